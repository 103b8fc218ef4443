"""``ga-ooo reembed``: replaces the embeddings of all memories of a save by those of another model.

New vectors are first kept aside, one line each, so that an interrupted command continues. When all
exist, new files are written beside; then a marker; then they replace the old ones. A run that would
fork a simulation with the marker is refused, so no run sees a mixture.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from ga_ooo.disk import DISK, Disk, naming_file
from ga_ooo.errors import UsageError
from ga_ooo.host.durable.embeddings import (
    READY,
    REEMBEDDING,
    EmbeddingModel,
    memories,
    write_note,
)
from ga_ooo.host.json_files import read_json
from ga_ooo.model.requests import CallKind, ModelCall, ModelClient, ModelRequest
from ga_ooo.model.routing import Router

_MODEL: Final = "text-embedding-ada-002"
"""The original's name of its embedding model; the table of names maps it to the served one."""

_BLANK: Final = "this is blank"
"""What the original embeds in place of an empty text."""

_AT_ONCE: Final = 16
_VECTORS: Final = "vectors.jsonl"
_RETRY: Final = "free space or fix the permissions, then give the same command again"

Report = Callable[[int, int], None]


def reembed(
    simulation: Path, client: ModelClient, name: str, report: Report, disk: Disk = DISK
) -> tuple[int, int]:
    """Replace all embeddings of a simulation. Nothing else changes.

    Args:
        simulation: its folder; no other process may use it.
        client: answers embedding calls; closed at the end.
        name: of the model, as the user gives it.
        report: called with the number of texts that are done, and of all texts.

    Returns:
        the number of memories, and the width of the new embeddings.

    Raises:
        UsageError: it has no memories, or a file of embeddings cannot be read.
        ModelError: the model failed; the command can be given again.
        RunStoppedError: a file cannot be written.
    """
    folder = simulation / REEMBEDDING
    with naming_file(folder, _RETRY):
        if disk.is_file(folder / READY):
            # Interrupted while the new files replaced the old ones: this part needs no model.
            asyncio.run(client.close())
        else:
            vectors = asyncio.run(_embedded(simulation, client, name, report, disk))
            _write_aside(simulation, vectors, disk)
        return _replace(simulation, name, disk)


async def _embedded(
    simulation: Path, client: ModelClient, name: str, report: Report, disk: Disk
) -> dict[str, Any]:
    """A vector for each text of the memories: those kept aside, and new ones."""
    texts = list(dict.fromkeys(text for _, old in _saved(simulation, disk) for text in old))
    if not texts:
        raise UsageError(
            f"{simulation} has no memories with embeddings", "do nothing: any model can be used"
        )
    folder = simulation / REEMBEDDING
    disk.make_private_folder(folder)
    path = folder / _VECTORS
    found = _kept(path, name)
    try:
        if isinstance(client, Router):
            await client.start()
        # One whole line for each text: a last line that was cut is written again.
        with path.open("w", encoding="utf-8") as file:
            print(json.dumps({"model": name}), file=file)
            for text, vector in found.items():
                print(json.dumps([text, vector]), file=file)
            for some in _batches([text for text in texts if text not in found]):
                for text, vector in zip(some, await _ask(client, some), strict=True):
                    found[text] = vector
                    print(json.dumps([text, vector]), file=file)
                file.flush()
                report(sum(text in found for text in texts), len(texts))
    finally:
        await client.close()
    return found


async def _ask(client: ModelClient, texts: Iterable[str]) -> list[list[float]]:
    answers = await asyncio.gather(*(client.answer(_call(text)) for text in texts))
    return [list(answer.embedding) for answer in answers]


def _call(text: str) -> ModelCall:
    """The call that the original makes for a text."""
    asked = text.replace("\n", " ") or _BLANK
    return ModelCall(ModelRequest(CallKind.EMBEDDING, _MODEL, prompt=asked))


def _batches(texts: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(texts), _AT_ONCE):
        yield texts[start : start + _AT_ONCE]


def _kept(path: Path, name: str) -> dict[str, Any]:
    """The vectors of this model that an interrupted command has kept."""
    found: dict[str, Any] = {}
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        if json.loads(lines[0]) != {"model": name}:
            return {}
        for line in lines[1:]:
            text, vector = json.loads(line)
            found[text] = vector
    except (OSError, ValueError, LookupError, TypeError):
        pass  # the rest was not written whole
    return found


def _saved(simulation: Path, disk: Disk) -> Iterator[tuple[Path, dict[str, Any]]]:
    for path in memories(simulation, disk):
        old = read_json(path, disk)
        if not isinstance(old, dict):
            raise UsageError(f"{path} is no JSON object", "restore the file")
        yield path, old


def _write_aside(simulation: Path, vectors: dict[str, Any], disk: Disk) -> None:
    """Write the new files beside the old ones, and the marker when all of them are durable.

    Raises:
        ModelError: the vectors have different widths.
    """
    folder = simulation / REEMBEDDING
    for path, old in _saved(simulation, disk):
        new = {text: vectors[text] for text in old}
        disk.write(_aside(path), json.dumps(new).encode())
    disk.sync_all(simulation)
    disk.write(folder / READY, b"")
    disk.sync(folder)


def _replace(simulation: Path, name: str, disk: Disk) -> tuple[int, int]:
    """Put the new files in the place of the old ones, and note the model."""
    for path in memories(simulation, disk):
        if disk.is_file(_aside(path)):
            disk.rename(_aside(path), path)
    count, width = 0, 0
    for _, new in _saved(simulation, disk):
        count += len(new)
        width = max([width, *map(len, new.values())])
    write_note(simulation, EmbeddingModel(name, width), disk)
    disk.sync_all(simulation)
    disk.remove_folder(simulation / REEMBEDDING)
    return count, width


def _aside(path: Path) -> Path:
    return path.with_name(f"{path.name}.new")
