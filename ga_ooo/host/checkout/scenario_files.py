"""The JSON files of a scenario: read, and checked.

Sources: ``Persona.__init__``, ``Scratch.__init__`` and ``AssociativeMemory.__init__``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from ga_ooo.errors import UsageError

MEMORY_FILES: Final = (
    "scratch.json",
    "spatial_memory.json",
    "associative_memory/nodes.json",
    "associative_memory/embeddings.json",
    "associative_memory/kw_strength.json",
)
"""What each persona's ``bootstrap_memory`` folder must hold."""

_NUMBERS: Final = ("vision_r", "att_bandwidth", "retention")
"""Numbers of ``scratch.json`` by which the host cuts lists and ranges."""


def read_json(path: Path) -> Any:
    """Parse a JSON file.

    Raises:
        UsageError: the file cannot be read, is not UTF-8, or is not JSON (names line and column).
    """
    try:
        return json.loads(path.read_text("utf-8"))
    except json.JSONDecodeError as error:
        problem = f"{path}, line {error.lineno}, column {error.colno}: {error.msg}"
    except UnicodeDecodeError as error:
        problem = f"{path} is not UTF-8 text (byte {error.start})"
    except (ValueError, RecursionError) as error:
        problem = f"{path} holds a number or a nesting that is too large: {error}"
    except OSError as error:
        problem = f"{path} cannot be read: {error.strerror}"
    raise UsageError(problem, "correct the file, or restore it from the scenario's source")


def check_memory(folder: Path, persona: str) -> None:
    """Check the memory files of a persona.

    Args:
        folder: its ``bootstrap_memory``.

    Raises:
        UsageError: one is missing, is no JSON object, or has a number that the host cannot use.
    """
    for inner in MEMORY_FILES:
        path = folder / inner
        if not path.is_file():
            raise UsageError(
                f"{path} is missing: the memory of {persona!r} is not complete",
                "restore the file, or fork a scenario that has it",
            )
        content = read_object(path)
        if inner == "scratch.json":
            _check_numbers(path, content)


def _check_numbers(path: Path, scratch: dict[str, Any]) -> None:
    for name in _NUMBERS:
        value = scratch.get(name, 0)
        if type(value) is not int or value < 0:
            raise incomplete(
                path,
                f"{name!r} is {value!r}",
                f"give {name!r} as a whole number of 0 or more, such as 8",
            )


def read_object(path: Path) -> dict[str, Any]:
    """Parse a JSON file that holds an object.

    Raises:
        UsageError: the file is missing, or holds something else.
    """
    if not path.is_file():
        raise UsageError(f"{path} is missing", "restore the file, or fork a scenario that has it")
    value = read_json(path)
    if not isinstance(value, dict):
        raise incomplete(
            path, f"it contains {type(value).__name__}, not a JSON object", "correct the file"
        )
    return value


def incomplete(path: Path, problem: str, remedy: str) -> UsageError:
    """The error for a file whose content does not serve."""
    return UsageError(f"{path}: {problem}", remedy)
