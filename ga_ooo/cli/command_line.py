"""A command of ``ga-ooo``, and a command line that was given for it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

from ga_ooo.cli.arguments import ConfigArgument
from ga_ooo.host.checkout.layout import BACKEND
from ga_ooo.host.prompts.kinds import PROMPT_KINDS
from ga_ooo.options import Options
from ga_ooo.options.config_file import ConfigFile, find_config, read_config
from ga_ooo.options.declare import all_declarations, nested_in
from ga_ooo.options.settings import Settings, notes_of, values_of

A = TypeVar("A")

_NOTED: Final = {
    each.id: each for each in (*all_declarations(Options), *all_declarations(ConfigArgument))
}
"""Options that a run may note for the command that resumes it."""


@dataclass(frozen=True)
class Command(Generic[A]):
    """One command.

    Attributes:
        about: one line for the list of commands.
        arguments: the dataclass of its arguments and options.
        run: runs a command line; returns the exit code.
        description: further text of its help, above the options.
        epilog: the same below the options.
        rest: id of the option that takes all arguments behind ``--``; empty for none.
    """

    about: str
    arguments: type[A]
    run: Callable[[CommandLine[A]], int]
    description: str = ""
    epilog: str = ""
    rest: str = ""


@dataclass(frozen=True)
class CommandLine(Generic[A]):
    """The values that a user gave to a command.

    Attributes:
        command: the command.
        argv: all arguments of ``ga-ooo``, to start the process again.
        flags: the values given by arguments, by id.
        noted: values that an earlier command line noted; weaker than ``flags``.
    """

    command: Command[A]
    argv: Sequence[str]
    flags: Mapping[str, Any]
    noted: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def config_path(self) -> Path | None:
        """Path of the configuration file, if this command reads one and there is one.

        Raises:
            UsageError: the file that was named does not exist.
        """
        if not issubclass(self.command.arguments, ConfigArgument):
            return None
        folders = [Path.cwd()]
        host: Path | None = self.flags.get("host")
        if host is not None:
            folders.append(host)
            if host.parts[-2:] == Path(BACKEND).parts:
                # This is what `python reverie.py --ooo` gives.
                folders.append(host.parents[1])
        given = self.flags.get("config", self.noted.get("config"))
        return find_config(given, os.environ, folders)

    @cached_property
    def file(self) -> ConfigFile:
        """The content of the configuration file.

        Raises:
            UsageError: it does not exist, or is wrong.
        """
        path = self.config_path
        return ConfigFile() if path is None else read_config(path, PROMPT_KINDS)

    @cached_property
    def settings(self) -> Settings:
        """The values of the file and of the flags, with their origins."""
        ignored = {
            id
            for _, _, flags in nested_in(self.command.arguments)
            if flags
            for id in flags.not_in_file
        }
        file = {id: value for id, value in self.file.values.items() if id not in ignored}
        settings = Settings().over("file", file)
        return settings.over("noted", self.noted).over("flag", self.flags)

    @cached_property
    def arguments(self) -> A:
        """The arguments and options, with defaults.

        Raises:
            UsageError: values contradict each other, or the configuration file is wrong.
        """
        return self.settings.make(self.command.arguments)

    def notes(self) -> dict[str, Any]:
        """What a command that resumes this run has to know, as JSON."""
        return notes_of({id: self.flags[id] for id in self.flags if id in _NOTED}, _NOTED)

    def recall(self, notes: Mapping[str, Any]) -> CommandLine[A]:
        """This command line with what another one noted.

        Raises:
            UsageError: another version of this package noted it.
        """
        return replace(self, noted=values_of(notes, _NOTED))
