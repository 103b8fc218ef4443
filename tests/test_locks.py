"""The lock files hold all that pyproject.toml asks for, with hashes, and name no package index."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Final

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT: Final = Path(__file__).parents[1]
LOCKS: Final = {
    "runtime": ("runtime",),
    "ci": ("runtime", "dev"),
    "release": ("release",),
}
"""Lists of requirements in each lock file."""

_PIN: Final = re.compile(r"^([a-z0-9-]+==\S+(?: ; .+?)?) \\$", re.MULTILINE)


def requirements(name: str) -> list[Requirement]:
    """The requirements of the package, or of a group."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    if name == "runtime":
        return [Requirement(line) for line in project["project"]["dependencies"]]
    found = []
    for entry in project["dependency-groups"][name]:
        if isinstance(entry, dict):
            found += requirements(entry["include-group"])
        else:
            found.append(Requirement(entry))
    return found


def pins(lock: str) -> dict[str, str]:
    """The version of each package for this Python and this system."""
    found = [Requirement(pin) for pin in _PIN.findall(lock)]
    return {
        canonicalize_name(pin.name): next(iter(pin.specifier)).version
        for pin in found
        if pin.marker is None or pin.marker.evaluate()
    }


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_file_fits(name: str) -> None:
    lock = (ROOT / ".ci/locks" / f"{name}.txt").read_text()
    pinned = pins(lock)
    for group in LOCKS[name]:
        for required in requirements(group):
            version = pinned.get(canonicalize_name(required.name), "")
            assert version and version in required.specifier, f"{required}: run .ci/lock"
    for block in re.split(r"^(?=[a-z0-9-]+==)", lock, flags=re.MULTILINE)[1:]:
        assert "--hash=sha256:" in block, block
    assert "://" not in lock
