"""Compares the files of two runs byte by byte, and explains the first difference."""

from __future__ import annotations

import filecmp
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final

from ga_ooo.disk import OWN_FOLDER

_WHOLE_FILE: Final = ("the file itself",)


@dataclass(frozen=True)
class Difference:
    """The first difference of two runs.

    Attributes:
        file: path in the folder of the simulation, else in the checkout.
        where: path of the different value in the file, outermost key first.
        step: the step that the file belongs to; None if it belongs to no step.
        persona: the persona that the value belongs to; None if that is unknown.
        values: both values, shortened, the reference first; None for a missing file.
    """

    file: str
    where: str
    step: int | None
    persona: str | None
    values: tuple[str | None, str | None]

    def render(self) -> str:
        """The difference as text."""
        reference, engine = self.values
        at = f"step {self.step}, " if self.step is not None else ""
        who = f"{self.persona}, " if self.persona else ""
        return (
            f"first difference: {self.file} ({at}{who}{self.where})\n"
            f"  reference: {reference if reference is not None else '(no such file)'}\n"
            f"  engine:    {engine if engine is not None else '(no such file)'}"
        )


@dataclass(frozen=True)
class Comparison:
    """Result of a comparison.

    Attributes:
        files: number of files of the reference.
        bytes: their total size.
        differing: number of files that differ, or exist on one side only.
        first: the first difference in the order of steps; None if there is no difference.
        unsteady: of each file that differs between two runs of the host itself, the first such
            difference. What differs there is not counted in ``differing``.
    """

    files: int
    bytes: int
    differing: int
    first: Difference | None
    unsteady: tuple[Difference, ...] = ()

    @property
    def equal(self) -> bool:
        """Whether no file differs."""
        return self.differing == 0


def compare(reference: Path, engine: Path) -> Comparison:
    """Compare all files of two simulations.

    Args:
        reference: folder of the simulation of the host's own loop.
        engine: folder of the simulation of the engine.
    """
    ours, theirs = _files(reference), _files(engine)
    differing = [
        name
        for name in sorted(ours | theirs, key=order_of)
        if not same_bytes(reference / name, engine / name)
    ]
    first = differing[0] if differing else None
    return Comparison(
        files=len(ours),
        bytes=sum((reference / name).stat().st_size for name in ours),
        differing=len(differing),
        first=explain(first, reference / first, engine / first) if first is not None else None,
    )


def same_bytes(reference: Path, engine: Path) -> bool:
    """Whether both files exist and hold the same bytes."""
    both = reference.is_file() and engine.is_file()
    return both and filecmp.cmp(reference, engine, shallow=False)


def _files(folder: Path) -> set[PurePosixPath]:
    """All files of a simulation, without those of ga_ooo, such as the journal."""
    names = (
        PurePosixPath(path.relative_to(folder).as_posix())
        for path in folder.rglob("*")
        if path.is_file()
    )
    return {name for name in names if name.parts[0] != OWN_FOLDER}


def order_of(name: PurePosixPath) -> tuple[int, int, str]:
    """Sorts step files by step, and before others: the earliest difference explains later ones."""
    if name.parts[0] in ("movement", "environment") and name.stem.isdecimal():
        return (0, int(name.stem), name.parts[0])
    return (1, 0, str(name))


def explain(name: PurePosixPath, reference: Path, engine: Path) -> Difference:
    """The first difference of two files that differ, or of which one does not exist.

    Args:
        name: path in the folder of the simulation, else in the checkout.
        reference: the file of the host's own loop.
        engine: the file of the engine.
    """
    step = int(name.stem) if name.stem.isdecimal() else None
    persona = name.parts[1] if name.parts[0] == "personas" and len(name.parts) > 2 else None
    path, left, right = differences_of(reference, engine)[0]
    if path == _WHOLE_FILE:
        return Difference(str(name), path[0], step, persona, (left, right))
    if persona is None and len(path) > 1 and path[0] == "persona":
        persona, path = path[1], path[2:]
    elif persona is None and name.parts[0] == "environment" and path:
        persona, path = path[0], path[1:]
    where = " > ".join(path) or "the whole"
    return Difference(str(name), where, step, persona, (_short(left), _short(right)))


def differences_of(reference: Path, engine: Path) -> list[tuple[tuple[str, ...], Any, Any]]:
    """All differences of two files: where, and both values. Empty if their bytes are the same.

    The place is a path in a JSON file, else a line.
    """
    texts = [_text(path) for path in (reference, engine)]
    if None in texts:
        shown = [None if text is None else "(exists)" for text in texts]
        return [] if texts == [None, None] else [(_WHOLE_FILE, shown[0], shown[1])]
    left, right = (text or "" for text in texts)
    found: list[tuple[tuple[str, ...], Any, Any]] = []
    with suppress(ValueError):
        found = list(_differences(json.loads(left), json.loads(right)))
    # Equal as JSON, or not JSON: only the bytes differ.
    return found or list(_lines(left, right))


def _text(path: Path) -> str | None:
    return path.read_bytes().decode("utf-8", "backslashreplace") if path.is_file() else None


def _differences(left: Any, right: Any, path: tuple[str, ...] = ()) -> Iterator[Any]:
    if isinstance(left, dict) and isinstance(right, dict):
        for key in [*left, *(key for key in right if key not in left)]:
            here = (*path, str(key))
            if key not in left or key not in right:
                yield here, left.get(key, "(absent)"), right.get(key, "(absent)")
            else:
                yield from _differences(left[key], right[key], here)
        if left == right and list(left) != list(right):
            yield (*path, "order of keys"), list(left), list(right)
    elif isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
        for index, (one, other) in enumerate(zip(left, right, strict=True)):
            yield from _differences(one, other, (*path, str(index)))
    elif left != right:
        yield path, left, right


def _lines(left: str, right: str) -> Iterator[tuple[tuple[str, ...], str, str]]:
    ours, theirs = left.split("\n"), right.split("\n")
    for number, (one, other) in enumerate(zip(ours, theirs, strict=False)):
        if one != other:
            yield (f"line {number + 1}",), one, other
    if len(ours) != len(theirs):
        yield ("length",), f"{len(left)} characters", f"{len(right)} characters"


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 400 else f"{text[:400]}… ({len(text)} characters)"
