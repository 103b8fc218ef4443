"""How an option is declared: once, as a field of a frozen dataclass.

``option()`` puts all about an option into the metadata of its field. The command line, the
configuration file, ``ga-ooo config show``, shell completion and the reference page read it there.
"""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import MISSING, dataclass, field, fields, replace
from functools import cache
from typing import Any, ClassVar, Final, TypeVar, get_type_hints

from ga_ooo.errors import UsageError
from ga_ooo.options.kinds import Kind, kind_of

T = TypeVar("T")

REQUIRED: Final = object()
"""The default of an option that must be given."""

_OPTION: Final = "option"
_NESTED: Final = "nested"


@dataclass(frozen=True)
class Check:
    """A rule that a value must keep.

    Attributes:
        words: the values that are allowed, in words: completes "is not" and "give".
        holds: whether a value is allowed.
    """

    words: str
    holds: Callable[[Any], bool]


def at_least(least: int, what: str = "a whole number") -> Check:
    """This number or a larger one."""
    return Check(f"{what} of {least} or more", lambda value: value >= least)


PORT: Final = Check("a port from 1 to 65535", lambda value: 1 <= value <= 65535)

SECONDS: Final = Check("seconds above 0", lambda value: value > 0)


@dataclass(frozen=True)
class Declaration:
    """Everything about one option.

    Attributes:
        help: the meaning, as a noun phrase or a sentence without a full stop.
        flag: such as ``--seed``; a word without dashes for a positional argument; empty for none.
        metavar: stands for the value in help texts.
        kind: of values.
        check: which values are allowed.
        unset: the meaning of a default that is no value, such as "no limit".
        in_file: ``ga-ooo.toml`` may set it.
        resumed: a resumed run takes over the flag that the run began with.
        hides: options of a weaker source, by id, that this one puts aside.
        name: of the field, and the key in ``ga-ooo.toml``.
        table: of ``ga-ooo.toml``; empty for arguments of one command.
        default: REQUIRED where a value must be given.
    """

    help: str
    flag: str
    metavar: str
    kind: Kind
    check: Check | None
    unset: str
    in_file: bool
    resumed: bool
    hides: tuple[str, ...]
    name: str
    table: str
    default: Any

    @property
    def id(self) -> str:
        """Such as ``run.seed``."""
        return f"{self.table}.{self.name}" if self.table else self.name

    @property
    def words(self) -> str:
        """The values that are allowed."""
        return self.check.words if self.check is not None else self.kind.words

    @property
    def is_positional(self) -> bool:
        """Whether the command line knows it by its place."""
        return bool(self.flag) and not self.flag.startswith("-")

    def read(self, value: Any, where: str = "") -> Any:
        """A value of a TOML file or of Python code, checked.

        Args:
            where: names the place of the value in the error; its own name if empty.

        Raises:
            UsageError: it is of another kind, or out of range.
        """
        if value is None and self.default is None:
            return None
        try:
            read = self.kind.read(value)
            if self.check is None or self.check.holds(read):
                return read
        except (ValueError, TypeError):
            pass
        # The value is not quoted: it may be a secret in the wrong place.
        raise UsageError(f"{where or self.name} is not {self.words}", f"give {self.words}")

    def parse(self, text: str) -> Any:
        """The value of a flag, or one item of it.

        Raises:
            ValueError: the text is of another kind, or its value is out of range.
        """
        value = self.kind.parse(text)
        if self.check is not None and not self.check.holds(
            (value,) if self.kind.repeats else value
        ):
            raise ValueError(text)
        return value


def option(
    default: Any = REQUIRED,
    help: str = "",
    *,
    flag: str | None = None,
    metavar: str = "",
    kind: Kind | None = None,
    check: Check | None = None,
    unset: str = "",
    in_file: bool = True,
    resumed: bool = True,
    hides: tuple[str, ...] = (),
) -> Any:
    """Declare an option as a field of a dataclass that derives from :class:`Declared`.

    Args:
        flag: None: ``--`` and the name of the field. The others are attributes of
            :class:`Declaration`.
    """
    declared = {
        "help": help,
        "flag": flag,
        "metavar": metavar,
        "kind": kind,
        "check": check,
        "unset": unset,
        "in_file": in_file,
        "resumed": resumed,
        "hides": hides,
    }
    metadata = {_OPTION: declared}
    if default == {}:
        return field(default_factory=dict, metadata=metadata)
    return (
        field(metadata=metadata)
        if default is REQUIRED
        else field(default=default, metadata=metadata)
    )


@dataclass(frozen=True)
class Flags:
    """Which options of nested dataclasses a command line has flags for.

    Attributes:
        of: tables and ids.
        without: ids that are left out.
        not_in_file: ids that the configuration file does not set for this command.
        named: flags with other names here, by id.
    """

    of: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    not_in_file: tuple[str, ...] = ()
    named: Mapping[str, str] = field(default_factory=dict)

    def choose(self, declaration: Declaration) -> Declaration | None:
        """The declaration as this command line has it; None if it has no flag for it."""
        id = declaration.id
        if id in self.named:
            return replace(declaration, flag=self.named[id])
        asked = id in self.of or declaration.table in self.of
        return declaration if asked and declaration.flag and id not in self.without else None


def nested(kind: type[T], flags: Flags | None = None) -> T:
    """Declare that a field holds further options.

    Args:
        kind: their dataclass.
        flags: for arguments of a command: which of them have flags there.
    """
    nested: T = field(default_factory=kind, metadata={_NESTED: (kind, flags)})
    return nested


class Declared:
    """Base of all frozen dataclasses of options: checks the values when an object is made."""

    TABLE: ClassVar[str] = ""
    """Table of ``ga-ooo.toml`` whose keys are the fields."""
    IN_FILE: ClassVar[bool] = True
    """Whether the file may set them."""
    HAS_FLAGS: ClassVar[bool] = True
    """Whether they have flags of their own names."""

    def __post_init__(self) -> None:
        for declaration in declarations(type(self)):
            value = getattr(self, declaration.name)
            object.__setattr__(self, declaration.name, declaration.read(value))
        self.check()

    def check(self) -> None:
        """Check what concerns several options.

        Raises:
            UsageError: they contradict each other.
        """


def declarations(cls: Any) -> tuple[Declaration, ...]:
    """The options that are fields of this class."""
    return _declarations(cls)


@cache
def _declarations(cls: Any) -> tuple[Declaration, ...]:
    hints = get_type_hints(cls)
    return tuple(
        _complete(each, cls, hints[each.name]) for each in fields(cls) if _OPTION in each.metadata
    )


def _complete(each: dataclasses.Field[Any], cls: Any, hint: Any) -> Declaration:
    """The declaration with what the class says about its field."""
    found: dict[str, Any] = each.metadata[_OPTION]
    default = REQUIRED if each.default is MISSING else each.default
    if each.default_factory is not MISSING:
        default = each.default_factory()
    kind = found["kind"] or kind_of(hint)
    if default is not REQUIRED and default is not None:
        default = kind.read(default)
    own_flag = f"--{each.name.replace('_', '-')}" if cls.HAS_FLAGS else ""
    of_class = {
        "name": each.name,
        "table": cls.TABLE,
        "default": default,
        "flag": own_flag if found["flag"] is None else found["flag"],
        "kind": kind,
        "in_file": found["in_file"] and cls.IN_FILE,
    }
    return Declaration(**{**found, **of_class})


def nested_in(cls: type) -> Iterator[tuple[str, type, Flags | None]]:
    """The fields of this class that hold further options, with their classes."""
    for each in fields(cls):
        if _NESTED in each.metadata:
            yield each.name, *each.metadata[_NESTED]


def all_declarations(cls: type) -> Iterator[Declaration]:
    """The options of a class and of all that are nested in it."""
    yield from declarations(cls)
    for _, kind, _ in nested_in(cls):
        yield from all_declarations(kind)


def flag_declarations(cls: type) -> Iterator[Declaration]:
    """The options of a command's arguments that its command line has flags for."""
    yield from (each for each in declarations(cls) if each.flag)
    for _, kind, flags in nested_in(cls):
        for declaration in all_declarations(kind):
            chosen = flags.choose(declaration) if flags is not None else None
            if chosen is not None:
                yield chosen


def nearest(name: str, known: Iterable[str]) -> str:
    """The remedy for a name that does not exist."""
    known = sorted(known)
    near = difflib.get_close_matches(name, known, 3, 0.5)
    return f"did you mean {' or '.join(near)}?" if near else f"choose from {', '.join(known)}"
