"""Compares two simulations byte by byte, and explains the first difference."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from ga_ooo.disk import OWN_FOLDER


@dataclass(frozen=True)
class Difference:
    """The first difference of two simulations.

    Attributes:
        file: path in the folder of the simulation.
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
    """

    files: int
    bytes: int
    differing: int
    first: Difference | None

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
        for name in sorted(ours | theirs, key=_order)
        if name not in ours
        or name not in theirs
        or (reference / name).read_bytes() != (engine / name).read_bytes()
    ]
    return Comparison(
        files=len(ours),
        bytes=sum((reference / name).stat().st_size for name in ours),
        differing=len(differing),
        first=_explain(reference, engine, differing[0]) if differing else None,
    )


def _files(folder: Path) -> set[PurePosixPath]:
    """All files of a simulation, without those of ga_ooo, such as the journal."""
    names = (
        PurePosixPath(path.relative_to(folder).as_posix())
        for path in folder.rglob("*")
        if path.is_file()
    )
    return {name for name in names if name.parts[0] != OWN_FOLDER}


def _order(name: PurePosixPath) -> tuple[int, int, str]:
    """Sorts step files by step, and before others: the earliest difference explains later ones."""
    if name.parts[0] in ("movement", "environment") and name.stem.isdecimal():
        return (0, int(name.stem), name.parts[0])
    return (1, 0, str(name))


def _explain(reference: Path, engine: Path, name: PurePosixPath) -> Difference:
    step = int(name.stem) if name.stem.isdecimal() else None
    persona = name.parts[1] if name.parts[0] == "personas" and len(name.parts) > 2 else None
    texts = [_text(folder / name) for folder in (reference, engine)]
    if None in texts:
        shown = [None if text is None else "(exists)" for text in texts]
        return Difference(str(name), "the file itself", step, persona, (shown[0], shown[1]))
    try:
        values = [json.loads(text or "") for text in texts]
        path, left, right = next(_differences(*values))
    except (ValueError, StopIteration):
        # Equal as JSON, or not JSON: only the bytes differ.
        path, left, right = _first_line(texts[0] or "", texts[1] or "")
    if persona is None and len(path) > 1 and path[0] == "persona":
        persona, path = path[1], path[2:]
    elif persona is None and name.parts[0] == "environment" and path:
        persona, path = path[0], path[1:]
    where = " > ".join(path) or "the whole"
    return Difference(str(name), where, step, persona, (_short(left), _short(right)))


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


def _first_line(left: str, right: str) -> tuple[tuple[str, ...], str, str]:
    for number, (one, other) in enumerate(zip(left.split("\n"), right.split("\n"), strict=False)):
        if one != other:
            return (f"line {number + 1}",), one, other
    return ("length",), f"{len(left)} characters", f"{len(right)} characters"


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 400 else f"{text[:400]}… ({len(text)} characters)"
