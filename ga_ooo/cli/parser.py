"""The parser of a command line, made from the declarations of its options."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, NoReturn

from ga_ooo.errors import UsageError
from ga_ooo.options.declare import REQUIRED, Declaration, nearest
from ga_ooo.options.kinds import toml_text

_TITLES: Final[Mapping[str, str]] = {
    "run": "run",
    "model": "model (docs/vllm.md)",
    "journal": "journal (docs/journal.md)",
    "serve": "model servers on this machine (docs/vllm.md)",
    "files": "files",
}


class Parser(argparse.ArgumentParser):
    """A parser that names the nearest option where one does not exist."""

    def __init__(self, **more: Any) -> None:
        super().__init__(formatter_class=argparse.RawDescriptionHelpFormatter, **more)
        self.flags = ["--help"]

    def parse_known_args(  # type: ignore[override]  # argparse declares overloads
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """Refuse unknown options before anything else is missed or refused."""
        for text in args or ():
            name = text.partition("=")[0]
            if not name.startswith("-") and self._subparsers is not None:
                # What follows is for the parser of a command.
                break
            if name.startswith("--") and not any(flag.startswith(name) for flag in self.flags):
                raise UsageError(f"there is no option {name}", nearest(name, self.flags))
        return super().parse_known_args(args, namespace)

    def error(self, message: str) -> NoReturn:
        """Refuse a command line.

        Raises:
            UsageError: always.
        """
        usage = " ".join(self.format_usage().split())
        raise UsageError(message, f"{usage}; `{self.prog} --help` says more")

    def add_options(self, declarations: Iterable[Declaration], complete_path: Any = None) -> None:
        """Add the options; each one is left out of the result where it is not given.

        Args:
            complete_path: how a shell completes a path, for ``shtab``.
        """
        groups: dict[str, argparse._ActionsContainer] = {"": self}
        for declaration in declarations:
            table = declaration.table
            if table not in groups:
                groups[table] = self.add_argument_group(_TITLES[table])
            name, keywords = _arguments(declaration)
            action = groups[table].add_argument(name, **keywords)
            if declaration.kind.is_path:
                action.complete = complete_path  # type: ignore[attr-defined]  # shtab reads it
            self.flags += action.option_strings


def _arguments(option: Declaration) -> tuple[str, dict[str, Any]]:
    """The arguments of ``add_argument``."""
    keywords: dict[str, Any] = {"default": argparse.SUPPRESS, "help": help_text(option)}
    if option.is_positional:
        many = option.kind.repeats
        keywords |= {"metavar": option.flag, "type": _parser_of(option)}
        keywords["nargs"] = "+" if many else None if option.default is REQUIRED else "?"
        return option.id, keywords
    keywords["dest"] = option.id
    if option.kind.words == "true or false":
        return option.flag, {**keywords, **_switch(option)}
    keywords |= {"type": _parser_of(option), "required": option.default is REQUIRED}
    keywords["metavar"] = option.metavar or _metavar(option)
    if option.kind.repeats:
        keywords["action"] = "append"
    return option.flag, keywords


def _switch(option: Declaration) -> dict[str, Any]:
    if option.flag.startswith("--no-"):
        return {"action": "store_false"}
    return {"action": "store_true" if option.default is False else argparse.BooleanOptionalAction}


def _metavar(option: Declaration) -> str:
    return f"{{{','.join(option.kind.choices)}}}" if option.kind.choices else option.name.upper()


def _parser_of(option: Declaration) -> Callable[[str], Any]:
    def parse(text: str) -> Any:
        try:
            return option.parse(text)
        except ValueError:
            where = option.flag if option.flag.startswith("-") else option.name
            raise UsageError(
                f"{where} {text} is not {option.words}", f"give {option.words}"
            ) from None

    return parse


def help_text(option: Declaration) -> str:
    """The help with the default, where the help of a switch does not say it."""
    text = option.help.replace("%", "%%")
    default = default_text(option)
    return (
        f"{text} (default: {default})" if default and not isinstance(option.default, bool) else text
    )


def default_text(option: Declaration) -> str:
    """The default in words; empty if there is none."""
    if option.default is REQUIRED or (option.default is None and not option.unset):
        return ""
    if option.unset:
        return option.unset
    if isinstance(option.default, bool):
        return "on" if option.default else "off"
    return option.default if isinstance(option.default, str) else toml_text(option.default)
