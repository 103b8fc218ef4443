"""What a persona remembers and plans: now in a run, or when the simulation was saved."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from ga_ooo.errors import UsageError
from ga_ooo.host.json_files import read_json

_MEMORY: Final = "bootstrap_memory"
_TEXTS: Final = (
    *("curr_time", "innate", "learned", "currently", "lifestyle", "living_area"),
    *("daily_plan_req", "act_description", "act_address", "act_start_time"),
)
_SCORES: Final = ("recency_w", "relevance_w", "importance_w", "recency_decay")
_NODE: Final = ("type", "created", "expiration", "description", "poignancy", "last_accessed")


def saved_mind(simulation: Path, name: str) -> dict[str, Any] | None:
    """The mind of a persona as it was saved; None if no file can be read. See :func:`mind`."""
    folder = _folder(simulation, name)
    scratch = None if folder is None else _read(folder / "scratch.json")
    return mind(scratch) if isinstance(scratch, dict) else None


def mind(scratch: dict[str, Any]) -> dict[str, Any]:
    """The schedule and the texts of a scratch memory.

    Returns:
        ``schedule``: words and minutes of each entry, from midnight on; ``hourly``: the same before
        it was broken down; ``plan``: the day in words; ``texts``; ``scores``: the weights by which
        the host retrieves memories.
    """
    return {
        "schedule": _schedule(scratch.get("f_daily_schedule")),
        "hourly": _schedule(scratch.get("f_daily_schedule_hourly_org")),
        "plan": [str(each) for each in _list(scratch.get("daily_req"))],
        "texts": {key: str(scratch[key]) for key in _TEXTS if scratch.get(key) is not None},
        "scores": {
            key: scratch[key] for key in _SCORES if isinstance(scratch.get(key), int | float)
        },
    }


def scratch_of(scratch: dict[str, Any] | None) -> dict[str, Any] | None:
    """The part of a scratch memory in use that :func:`mind` reads, as values of JSON."""
    if scratch is None:
        return None
    kept: dict[str, Any] = {
        key: str(scratch[key]) for key in _TEXTS if scratch.get(key) is not None
    }
    for key in ("f_daily_schedule", "f_daily_schedule_hourly_org"):
        entries = scratch.get(key)
        kept[key] = [list(each) for each in entries] if isinstance(entries, list) else []
    kept["daily_req"] = [str(each) for each in _list(scratch.get("daily_req"))]
    return kept | {key: scratch[key] for key in _SCORES if key in scratch}


def saved_nodes(simulation: Path, name: str) -> dict[str, Any]:
    """The memories of a persona as they were saved, by their ids, the newest first."""
    folder = _folder(simulation, name)
    nodes = None if folder is None else _read(folder / "associative_memory" / "nodes.json")
    return nodes if isinstance(nodes, dict) else {}


def memories(
    nodes: dict[str, Any],
    *,
    skip: int,
    most: int,
    words: str = "",
    kind: str = "",
    scores: dict[str, dict[str, float]] | None = None,
) -> dict[str, Any]:
    """Some memories of a persona, in the order of ``nodes``, or the highest scores first.

    Args:
        skip: this many are left out at the begin.
        most: at most this many.
        words: only those whose description contains these words.
        kind: ``event``, ``thought`` or ``chat``; empty for all.
        scores: of the memories that the host retrieves, by id: others are left out.

    Returns:
        ``count``: of those that fit; ``nodes``: type, created, expiration, description, poignancy
        and last access of each, with its number in the host's memory, and its scores.
    """
    wanted = words.casefold()
    found: list[dict[str, Any]] = [
        {"node": str(number), **{key: node.get(key) for key in _NODE}}
        for number, node in nodes.items()
        if isinstance(node, dict)
        and kind in ("", node.get("type"))
        and wanted in str(node.get("description", "")).casefold()
    ]
    if scores is not None:
        scored = [{**node, **scores[node["node"]]} for node in found if node["node"] in scores]
        found = sorted(scored, key=lambda node: float(node["score"]), reverse=True)
    return {"count": len(found), "nodes": found[skip : skip + most]}


def _folder(simulation: Path, name: str) -> Path | None:
    """The memory of a persona. The name comes from a record, so it may be anything."""
    if name in ("", ".", "..") or "/" in name or "\0" in name:
        return None
    return simulation / "personas" / name / _MEMORY


def _read(path: Path) -> Any:
    try:
        return read_json(path)
    except UsageError:
        # Not saved yet, or damaged; `ga-ooo check` names the damage.
        return None


def _schedule(entries: object) -> list[list[Any]]:
    return [
        [str(entry[0]), entry[1]]
        for entry in _list(entries)
        if isinstance(entry, list) and len(entry) == 2 and isinstance(entry[1], int | float)
    ]


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
