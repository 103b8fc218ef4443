"""Recognising a host by the content of its files, without git.

A fingerprint does not depend on changes that an editor or git makes by itself (line endings,
trailing blanks, a byte order mark), nor on the flag that ``ga-ooo patch`` inserts. Any other change
changes it: indentation is part of a Python program.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Final

FLAG_BEGIN: Final = b"# >>> ga-ooo"
FLAG_END: Final = b"# <<< ga-ooo"

UTILS: Final = "utils.py"
"""Every user writes this file, so it does not identify a revision."""

_ENOUGH_EQUAL: Final = 0.75
"""Share of equal files from which a host counts as an edited known revision. The school fork shares
8 of 19 files with the original; edits of a user change one or two."""

_NOT_THE_HOST: Final = frozenset({"__pycache__", "site-packages", "node_modules"})


@dataclass(frozen=True)
class KnownHost:
    """One known revision.

    Attributes:
        name: the name for users.
        commit: git commit of the revision.
        files: fingerprint by path of the Python file, relative to the backend folder.
    """

    name: str
    commit: str
    files: Mapping[str, str]


@dataclass(frozen=True)
class Identity:
    """The known revision that a backend is, or is closest to.

    Attributes:
        known: the revision; None for an unknown fork.
        edited: files that differ from it or are missing, relative to the backend folder.
    """

    known: KnownHost | None
    edited: tuple[str, ...] = ()


def without_flag_block(lines: list[bytes]) -> list[bytes]:
    """The lines of a file without the lines that ``ga-ooo patch`` inserts."""
    kept: list[bytes] = []
    inside = False
    for line in lines:
        if line.startswith(FLAG_BEGIN):
            inside = True
        if not inside:
            kept.append(line)
        if line.startswith(FLAG_END):
            inside = False
    return kept


def fingerprint(source: bytes) -> str:
    """Fingerprint of a Python file: 32 hex digits."""
    lines = without_flag_block(source.removeprefix(b"\xef\xbb\xbf").splitlines())
    text = b"\n".join(line.rstrip() for line in lines).rstrip(b"\n")
    return hashlib.blake2b(text, digest_size=16).hexdigest()


def fingerprint_folder(backend: Path) -> dict[str, str]:
    """Fingerprints of all Python files under a backend folder, by relative POSIX path."""
    prints: dict[str, str] = {}
    for path in sorted(backend.rglob("*.py")):
        inner = path.relative_to(backend)
        hidden = any(part.startswith(".") for part in inner.parts)
        if hidden or not _NOT_THE_HOST.isdisjoint(inner.parts) or not path.is_file():
            continue
        prints[inner.as_posix()] = fingerprint(path.read_bytes())
    return prints


def known_hosts() -> tuple[KnownHost, ...]:
    """The table of known revisions that is shipped with the package."""
    text = resources.files("ga_ooo.host.checkout").joinpath("known_hosts.toml").read_text("utf-8")
    return tuple(
        KnownHost(host["name"], host["commit"], host["files"])
        for host in tomllib.loads(text)["host"]
    )


def identify(prints: Mapping[str, str], known: tuple[KnownHost, ...]) -> Identity:
    """Find the known revision with the most equal files; ``utils.py`` does not count."""
    best = Identity(None)
    best_share = _ENOUGH_EQUAL
    for host in known:
        edited = tuple(
            sorted(name for name, value in host.files.items() if prints.get(name) != value)
        )
        share = 1 - len(edited) / len(host.files)
        if share >= best_share:
            best, best_share = Identity(host, edited), share
    return best
