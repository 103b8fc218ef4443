"""The embeddings of a save: their width and model, compared before a fork writes anything.

The host compares new embeddings with old ones. Vectors of two models have nothing in common, and
vectors of two widths raise an error in the middle of a run.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from ga_ooo.disk import DISK, OWN_FOLDER, RESUME_REMEDY, Disk, naming_file, write_whole
from ga_ooo.errors import UsageError
from ga_ooo.model.requests import ModelClient, can_repeat_answers
from ga_ooo.model.routing import Router
from ga_ooo.observer import Observer
from ga_ooo.options import SCRIPTED, ModelOptions

MEMORY: Final = "bootstrap_memory/associative_memory/embeddings.json"
"""The host's file of one persona: a JSON object from text to vector."""

NOTE: Final = f"{OWN_FOLDER}/embeddings.json"
REEMBEDDING: Final = f"{OWN_FOLDER}/reembed"
"""Folder of `ga-ooo reembed` while it works."""

READY: Final = "ready"
"""File in it that exists from the moment when all new vectors are written."""

_BEGINNING: Final = 1_000_000
"""Bytes of a file that hold its first vector; a number takes some 20 bytes."""


@dataclass(frozen=True)
class EmbeddingModel:
    """The model that embeds.

    Attributes:
        name: as the user gives it; empty if it is not known.
        width: numbers of its vectors; None if it is not known.
    """

    name: str = ""
    width: int | None = None


class _Note(msgspec.Struct):
    """The content of the file :data:`NOTE`."""

    model: Annotated[str, Meta(max_length=500)]
    width: Annotated[int, Meta(ge=1, le=10**6)]


class SavedEmbeddings(Observer):
    """Compares the embedding model of a run with that of the scenario that it forks.

    Args:
        model: of the run.
        storage: folder of simulations.
        host: folder of the host, for remedies.
    """

    def __init__(self, model: EmbeddingModel, storage: Path, host: Path) -> None:
        self._model = model
        self._storage = storage
        self._host = host

    def forking(self, scenario: str) -> None:
        """See :class:`~ga_ooo.observer.Observer`."""
        check_embeddings(self._storage / scenario, self._model, self._host)

    def forked(self, simulation: Path) -> None:
        """See :class:`~ga_ooo.observer.Observer`."""
        if self._model.name != SCRIPTED:
            write_note(simulation, self._model)


def embedding_name(options: ModelOptions) -> str:
    """The name of the model that embeds, as the user gives it; empty if the host's name is sent."""
    for server in options.servers:
        if "embedding" in server.kinds:
            return server.embedding_name or next(iter(options.names.embedding.values()), "")
    return options.embedded_model


def embedding_model(client: ModelClient, options: ModelOptions) -> EmbeddingModel:
    """The model that embeds in a run, as far as it is known.

    Args:
        client: of the run, after the probes of its servers.
    """
    name = embedding_name(options)
    if isinstance(client, Router):
        found = (endpoint.client.capabilities for endpoint in client.endpoints)
        widths = (each.embedding_width for each in found if each.embedding_width is not None)
        return EmbeddingModel(name, next(widths, None))
    if name == SCRIPTED and can_repeat_answers(client):
        return EmbeddingModel(name, options.embedding_width)
    return EmbeddingModel()


def check_embeddings(simulation: Path, model: EmbeddingModel, host: Path) -> None:
    """Compare the model of a run with that of a save.

    Args:
        host: folder of the host, for the remedy.

    Raises:
        UsageError: the save has embeddings of another width or model, or they are being replaced.
    """
    command = f"ga-ooo reembed {host} {simulation.name}"
    if (simulation / REEMBEDDING / READY).exists():
        raise UsageError(
            f"`ga-ooo reembed` has replaced only a part of the embeddings in {simulation}",
            f"finish it: {command}",
        )
    saved = saved_model(simulation)
    if saved.width is None:
        return
    is_other_width = model.width is not None and model.width != saved.width
    is_other_name = bool(saved.name and model.name) and not _same(saved.name, model.name)
    if not (is_other_width or is_other_name):
        return
    name = f" of {saved.name!r}" if saved.name else ""
    given = f"{model.width} numbers" if model.width else "another width"
    remedy = f"give an embedding model of {saved.width} numbers with --embedding-name"
    if saved.name:
        remedy = f"give the same model with --embedding-name {saved.name}"
    if model.name == SCRIPTED:
        remedy = (
            f"add --embedding-width {saved.width}; where a server answers, to the command `ga-ooo "
            "scripted-model` that started it"
        )
    raise UsageError(
        f"the memories in {simulation} have embeddings{name} of {saved.width} numbers; the model "
        f"{model.name!r} gives {given}, and the host would compare the two",
        f"{remedy}; or replace the embeddings of all memories: {command} with the flags of the "
        "new model",
    )


def saved_model(simulation: Path, disk: Disk = DISK) -> EmbeddingModel:
    """The model of the embeddings of a save; the width is None if it has no memories.

    Raises:
        UsageError: two personas have embeddings of different widths.
    """
    widths: dict[int, Path] = {}
    for path in memories(simulation, disk):
        width = first_width(path)
        if width is not None:
            widths[width] = path
    if len(widths) > 1:
        listed = ", ".join(f"{width} in {path}" for width, path in sorted(widths.items()))
        raise UsageError(
            f"embeddings of different widths in one save: {listed}",
            "replace all of them with `ga-ooo reembed`, or fork another simulation",
        )
    name = ""
    if disk.is_file(simulation / NOTE):
        try:
            note = msgspec.json.decode(disk.read(simulation / NOTE), type=_Note)
        except (OSError, ValueError):
            note = None
        name = note.model if note is not None and {note.width} == set(widths) else ""
    return EmbeddingModel(name, next(iter(widths), None))


def memories(simulation: Path, disk: Disk = DISK) -> list[Path]:
    """The files of embeddings of all personas, in the order of their names."""
    personas = simulation / "personas"
    paths = [personas / name / MEMORY for name in disk.names(personas)]
    return [path for path in paths if disk.is_file(path)]


def first_width(path: Path) -> int | None:
    """The length of the first vector in a file; None if there is none."""
    with path.open("rb") as file:
        text = file.read(_BEGINNING).decode("utf-8", "replace")
    found = re.match(r'\s*\{\s*(?=")', text)
    if found is None:
        return None
    decoder = json.JSONDecoder()
    try:
        _, end = decoder.raw_decode(text, found.end())
        start = text.index("[", end)
        vector, _ = decoder.raw_decode(text, start)
    except ValueError:
        return None
    return len(vector) if isinstance(vector, list) and vector else None


def write_note(simulation: Path, model: EmbeddingModel, disk: Disk = DISK) -> None:
    """Note the model of a simulation's embeddings, if it is known.

    Raises:
        RunStoppedError: the file cannot be written.
    """
    if model.width is None or not model.name:
        return
    path = simulation / NOTE
    content = msgspec.json.encode(_Note(model.name[:500], model.width))
    with naming_file(path, RESUME_REMEDY):
        disk.make_private_folder(path.parent)
        write_whole(disk, path, content, private=True)


def _same(one: str, other: str) -> bool:
    """Whether two names are spellings of one model, such as ``m`` and ``openai/m:latest``."""
    plain = [name.casefold().removesuffix(":latest") for name in (one, other)]
    return plain[0] == plain[1] or len({name.rpartition("/")[2] for name in plain}) == 1
