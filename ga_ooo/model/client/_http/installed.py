"""Whether the installed package ``openai`` is new enough."""

from __future__ import annotations

import sys
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from ga_ooo.errors import UsageError

OLDEST_OPENAI: Final = (1, 60)
"""As in pyproject.toml."""


def require_openai() -> None:
    """Check the version, before the package is imported.

    Generative Agents need openai 0.27. So where both share an environment, a later installation of
    the one replaces the package of the other.

    Raises:
        UsageError: the package is missing or too old.
    """
    try:
        found = version("openai")
    except PackageNotFoundError:
        found = ""
    oldest = ".".join(map(str, OLDEST_OPENAI))
    if _numbers(found) < OLDEST_OPENAI:
        raise UsageError(
            f"ga_ooo needs the package openai in version {oldest} or newer; this environment has "
            f"{f'version {found}' if found else 'none'}",
            "install ga_ooo into an environment of its own, with pipx or `uv tool install`; or "
            f"replace the package: {sys.executable} -m pip install 'openai>={oldest},<4'",
        )


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".")[:2] if part.isdecimal())
