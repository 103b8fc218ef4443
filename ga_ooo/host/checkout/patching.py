"""Adding the ``--ooo`` flag to a host's ``reverie.py``, and removing it.

The ``patches`` folder defines the inserted lines, their position and the reason (see its
README.md). This module finds the position, keeps the line endings, encoding and mode of the file,
and refuses a file that it does not recognise. A file is replaced as a whole: a crash leaves the old
or the new bytes, never a mixture.
"""

from __future__ import annotations

import codecs
import contextlib
import json
import os
import re
import stat
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from ga_ooo.disk import DISK
from ga_ooo.errors import GaOooError, HostError, UsageError
from ga_ooo.host.checkout.checkout import Checkout
from ga_ooo.host.checkout.fingerprints import FLAG_BEGIN, FLAG_END, fingerprint
from ga_ooo.host.checkout.layout import BACKEND
from ga_ooo.host.checkout.shipped import data_folder
from ga_ooo.host.checkout.source import parse_source


class PatchState(StrEnum):
    """Whether a checkout has the flag."""

    APPLIED = "applied"
    ABSENT = "not applied"
    REFUSED = "refused"


_PYTHON: Final = b'"@PYTHON@"'
"""Stands for the path of this Python in the lines that are inserted."""

_EXIT_CODES: Final = {PatchState.APPLIED: 0, PatchState.ABSENT: 1, PatchState.REFUSED: 2}


@dataclass(frozen=True)
class PatchStatus:
    """What ``ga-ooo patch --check`` reports.

    Attributes:
        state: applied, not applied (but possible), or refused.
        patch: the folder of ``patches/`` for this file.
        target: the file.
        reason: why the lines are inserted at their position.
        refusal: problem and remedy, if refused.
    """

    state: PatchState
    patch: str
    target: Path
    reason: str
    refusal: GaOooError | None = None

    @property
    def exit_code(self) -> int:
        """Exit code of ``--check``: 0 applied, 1 not applied, 2 refused."""
        return _EXIT_CODES[self.state]


@dataclass(frozen=True)
class PatchResult:
    """Result of :func:`apply` or :func:`revert`.

    Attributes:
        changed: whether the file was written.
        status: the state afterwards.
        message: one line for the user.
    """

    changed: bool
    status: PatchStatus
    message: str


@dataclass(frozen=True)
class _Patch:
    name: str
    reason: str
    target: str
    lines: tuple[bytes, ...]
    before: re.Pattern[str]
    only: bool
    requires: tuple[re.Pattern[str], ...]
    fingerprints: tuple[str, ...]
    folder: str | None


def status(checkout: Checkout) -> PatchStatus:
    """Find out whether the flag is in the file, or can be inserted. Writes nothing."""
    patch, target, data = _choose(checkout)
    try:
        present = _find_block(patch, target, data) is not None
        if not present:
            _insert(patch, target, data)
    except UsageError as refusal:
        return PatchStatus(PatchState.REFUSED, patch.name, target, patch.reason, refusal)
    state = PatchState.APPLIED if present else PatchState.ABSENT
    return PatchStatus(state, patch.name, target, patch.reason)


def apply(checkout: Checkout) -> PatchResult:
    """Insert the flag, unless it is in the file already.

    Raises:
        UsageError: the file is not recognised; nothing was written.
        HostError: the file cannot be written.
    """
    patch, target, data = _choose(checkout)
    done = PatchStatus(PatchState.APPLIED, patch.name, target, patch.reason)
    block = _find_block(patch, target, data)
    patched = _insert(patch, target, data if block is None else _without(data, block))
    if patched == data:
        return PatchResult(False, done, f"already applied: {target} has the flag --ooo")
    _replace(target, patched)
    return PatchResult(True, done, f"applied: {target} has the flag --ooo, for {sys.executable}")


def revert(checkout: Checkout) -> PatchResult:
    """Remove the flag, if it is in the file. This restores the exact bytes.

    Raises:
        UsageError: the inserted lines were edited; nothing was written.
        HostError: the file cannot be written.
    """
    patch, target, data = _choose(checkout)
    done = PatchStatus(PatchState.ABSENT, patch.name, target, patch.reason)
    block = _find_block(patch, target, data)
    if block is None:
        return PatchResult(False, done, f"not applied: {target} does not have the flag --ooo")
    _replace(target, _without(data, block))
    return PatchResult(True, done, f"reverted: {target} is the original again")


def _choose(checkout: Checkout) -> tuple[_Patch, Path, bytes]:
    """The most specific patch for this checkout, its target and the target's bytes."""
    best: tuple[int, _Patch, Path, bytes] | None = None
    for patch in _patches(data_folder("patches")):
        target = checkout.backend / Path(patch.target).relative_to(BACKEND)
        try:
            data = target.read_bytes()
        except OSError as error:
            raise HostError(
                f"{target} cannot be read: {error.strerror}", "restore the file or its permissions"
            ) from error
        rank = _rank(patch, checkout.root, data)
        if rank and (best is None or rank > best[0]):
            best = (rank, patch, target, data)
    if best is None:
        raise HostError("the installed package has no patch for any fork", "install ga-ooo again")
    return best[1:]


def _rank(patch: _Patch, root: Path, data: bytes) -> int:
    if patch.fingerprints:
        return 3 if fingerprint(data) in patch.fingerprints else 0
    if patch.folder is not None:
        return 2 if (root / patch.folder).is_dir() else 0
    return 1


def _patches(folder: Path) -> Iterator[_Patch]:
    for path in sorted(folder.glob("*/patch.toml")):
        text: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))
        recognise = text.get("recognise", {})
        anchor = text["anchor"]
        yield _Patch(
            name=path.parent.name,
            reason=text["reason"],
            target=text["target"],
            lines=tuple((path.parent / text["insert"]).read_bytes().splitlines()),
            before=re.compile(anchor["before"]),
            only=anchor["which"] == "only",
            requires=tuple(re.compile(pattern) for pattern in anchor["requires"]),
            fingerprints=tuple(recognise.get("fingerprints", ())),
            folder=recognise.get("folder"),
        )


def _find_block(patch: _Patch, target: Path, data: bytes) -> slice | None:
    """Lines of the inserted block; None if the file does not contain it.

    Raises:
        UsageError: one marker is missing, or the lines between the markers were changed.
    """
    lines = [line.rstrip(b"\r\n") for line in _split(data)[1]]
    begins = [number for number, line in enumerate(lines) if line.startswith(FLAG_BEGIN)]
    ends = [number for number, line in enumerate(lines) if line.startswith(FLAG_END)]
    if not begins and not ends:
        return None
    if len(begins) == len(ends) == 1:
        block = slice(begins[0], ends[0] + 1)
        if _is_block(lines[block], patch.lines):
            return block
    raise UsageError(
        f"{target}: the lines between the markers '{FLAG_BEGIN.decode()}' and "
        f"'{FLAG_END.decode()}' are not the lines that ga-ooo inserts (edited or incomplete)",
        "remove the markers and all lines between them by hand, then run ga-ooo patch again",
    )


def _is_block(lines: Sequence[bytes], inserted: Sequence[bytes]) -> bool:
    """Whether these lines are the inserted ones, for any Python."""
    before, after = map(re.escape, b"\n".join(inserted).split(_PYTHON))
    return re.fullmatch(before + rb'"(?:[^"\\]|\\.)*"' + after, b"\n".join(lines)) is not None


def _without(data: bytes, block: slice) -> bytes:
    mark, lines = _split(data)
    del lines[block]
    return mark + b"".join(lines)


def _insert(patch: _Patch, target: Path, data: bytes) -> bytes:
    mark, lines = _split(data)
    number = _insertion_line(patch, target, data, [line.rstrip(b"\r\n") for line in lines])
    ending = lines[number][len(lines[number].rstrip(b"\r\n")) :]
    # An environment without ga_ooo, such as that of the host, starts this Python.
    python = json.dumps(sys.executable).encode()
    block = [line.replace(_PYTHON, python) + ending for line in patch.lines]
    return mark + b"".join([*lines[:number], *block, *lines[number:]])


def _split(data: bytes) -> tuple[bytes, list[bytes]]:
    """The byte order mark, if any, which must stay first, and the lines with their line endings."""
    text = data.removeprefix(codecs.BOM_UTF8)
    return data[: len(data) - len(text)], text.splitlines(keepends=True)


def _insertion_line(patch: _Patch, target: Path, data: bytes, lines: list[bytes]) -> int:
    """Index of the line before which the block is inserted.

    Raises:
        UsageError: the file does not have the statements that the patch needs.
    """
    try:
        module = parse_source(data, str(target))
    except SyntaxError as error:
        problem = f"{target}, line {error.lineno}: {error.msg}"
        raise UsageError(problem, "correct the file first") from error
    # Lines cannot be inserted before a statement that shares its first line with another one.
    starts = [node.lineno - 1 for node in module.body if node.col_offset == 0]
    texts = [(start, lines[start].decode("utf-8", "replace").rstrip()) for start in starts]
    for pattern in patch.requires:
        count = sum(1 for _, text in texts if pattern.search(text))
        if count != 1:
            raise _unrecognised(target, pattern, count)
    found = [start for start, text in texts if patch.before.search(text)]
    if not found or (patch.only and len(found) > 1):
        raise _unrecognised(target, patch.before, len(found))
    return found[0]


def _unrecognised(target: Path, pattern: re.Pattern[str], count: int) -> UsageError:
    found = {0: "no statement"}.get(count, f"{count} statements")
    return UsageError(
        f"{target} is not recognised: {found} at its top level match {pattern.pattern!r}, "
        "but exactly one must",
        "use `ga-ooo reverie HOST`, which changes no file, or restore the file",
    )


def _replace(target: Path, data: bytes) -> None:
    """Write a temporary file and rename it over the target. Keeps the mode; follows a link."""
    real = target.resolve()
    temporary = None
    mode = stat.S_IMODE(real.stat().st_mode)
    if not mode & stat.S_IWUSR:
        raise HostError(f"{real} is read-only; it is unchanged", f"call chmod u+w {real} first")
    try:
        handle, temporary = tempfile.mkstemp(dir=real.parent, prefix=".ga-ooo-", suffix=".tmp")
        with os.fdopen(handle, "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(real)
    except BaseException as error:
        if temporary is not None:
            with contextlib.suppress(OSError):
                Path(temporary).unlink()
        if not isinstance(error, OSError):
            raise
        raise HostError(
            f"{real} cannot be written: {error.strerror}; it is unchanged",
            "give yourself write access to its folder, or free some space",
        ) from error
    DISK.sync(real.parent)
