"""Embeddings of a save: another width or model is refused, and can be replaced."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ga_ooo.api.reembedding import reembed
from ga_ooo.disk import Disk
from ga_ooo.errors import GaOooError, ModelError, UsageError
from ga_ooo.host.durable.embeddings import (
    MEMORY,
    NOTE,
    READY,
    REEMBEDDING,
    EmbeddingModel,
    check_embeddings,
    first_width,
    saved_model,
    write_note,
)
from ga_ooo.model.requests import ModelAnswer, ModelCall

HOST = Path("HOST")
OLD = {"Klaus": ["tea", 'a [list], "quoted"'], "Maria": ["tea", "", "x\ny"]}


@dataclass
class Embedder:
    """Gives vectors of a width; fails at the n-th text."""

    width: int = 3
    fails_at: int | None = None
    asked: list[str] = field(default_factory=list)

    async def answer(self, call: ModelCall) -> ModelAnswer:
        self.asked.append(call.request.prompt)
        if len(self.asked) == self.fails_at:
            raise ModelError("the server is gone", "start it")
        return ModelAnswer(embedding=(1.0 + len(call.request.prompt),) * self.width)

    async def close(self) -> None:
        pass


class FullDisk(Disk):
    """Fails at the n-th rename of a file of embeddings."""

    def __init__(self, renames: int) -> None:
        self.left = renames

    def rename(self, old: Path, new: Path) -> None:
        if new.name == "embeddings.json" and new.parent.name == "associative_memory":
            self.left -= 1
            if self.left < 0:
                raise OSError(28, "No space left on device", str(new))
        super().rename(old, new)


@pytest.fixture
def save(tmp_path: Path) -> Path:
    """A save of two personas, with embeddings of two numbers."""
    for persona, texts in OLD.items():
        path = tmp_path / "sim" / "personas" / persona / MEMORY
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps({text: [0.5, 1.0] for text in texts}))
    return tmp_path / "sim"


def vectors(save: Path) -> dict[str, Any]:
    return {name: json.loads((save / "personas" / name / MEMORY).read_text()) for name in OLD}


def silent(done: int, texts: int) -> None:
    pass


def test_another_width_is_refused_with_two_remedies(save: Path) -> None:
    check_embeddings(save, EmbeddingModel("m", 2), HOST)
    check_embeddings(save, EmbeddingModel("m", None), HOST)
    with pytest.raises(UsageError) as caught:
        check_embeddings(save, EmbeddingModel("m", 3), HOST)
    assert "of 2 numbers" in caught.value.problem
    assert "--embedding-name" in caught.value.remedy
    assert "ga-ooo reembed HOST sim" in caught.value.remedy


@pytest.mark.parametrize(
    ("name", "is_same"),
    [("m", True), ("M:latest", True), ("org/m", True), ("m2", False), ("", True)],
)
def test_another_model_of_the_same_width_is_refused(save: Path, name: str, is_same: bool) -> None:
    write_note(save, EmbeddingModel("m", 2))
    assert saved_model(save) == EmbeddingModel("m", 2)
    if is_same:
        check_embeddings(save, EmbeddingModel(name, 2), HOST)
        return
    with pytest.raises(UsageError, match="'m'") as caught:
        check_embeddings(save, EmbeddingModel(name, 2), HOST)
    assert "--embedding-name m;" in caught.value.remedy


def test_the_scripted_model_takes_the_width_of_the_save(save: Path) -> None:
    with pytest.raises(UsageError) as caught:
        check_embeddings(save, EmbeddingModel("scripted", 64), HOST)
    assert caught.value.remedy.startswith("add --embedding-width 2;")


def test_mixed_widths_are_named(save: Path) -> None:
    (save / "personas/Maria" / MEMORY).write_text('{"tea": [1, 2, 3]}')
    with pytest.raises(UsageError, match="different widths"):
        saved_model(save)


@pytest.mark.parametrize(
    ("content", "width"),
    [
        ("{}", None),
        ("[]", None),
        ('{"a": [1, 2.5, -3e-4]}', 3),
        (' {\n "a \\" [b]": [\n1,\n2\n]}', 2),
        ('{"a": []}', None),
        ('{"a": 1}', None),
        ('{"a": [1, 2', None),
    ],
)
def test_the_first_vector(tmp_path: Path, content: str, width: int | None) -> None:
    path = tmp_path / "embeddings.json"
    path.write_text(content)
    assert first_width(path) == width


def test_reembed(save: Path) -> None:
    seen: list[tuple[int, int]] = []
    model = Embedder()
    assert reembed(save, model, "new", lambda *done: seen.append(done)) == (5, 3)
    # As the host asks: no line ends, and a text of its own for an empty one.
    assert model.asked == ["tea", 'a [list], "quoted"', "this is blank", "x y"]
    assert {name: list(new) for name, new in vectors(save).items()} == OLD
    assert vectors(save)["Maria"]["tea"] == [4.0, 4.0, 4.0]
    assert (seen, saved_model(save)) == ([(4, 4)], EmbeddingModel("new", 3))
    assert not (save / REEMBEDDING).exists()
    assert (save / NOTE).is_file()


@pytest.mark.parametrize("fails_at", [1, 17, 30])
def test_reembed_continues_after_a_failure(save: Path, fails_at: int) -> None:
    many = {f"memory {number}": [0.5, 1.0] for number in range(40)}
    (save / "personas/Klaus" / MEMORY).write_text(json.dumps(many))
    before = vectors(save)
    with pytest.raises(ModelError):
        reembed(save, Embedder(fails_at=fails_at), "new", silent)
    assert vectors(save) == before
    check_embeddings(save, EmbeddingModel("old", 2), HOST)
    model = Embedder()
    reembed(save, model, "new", silent)
    whole_batches = (fails_at - 1) // 16 * 16
    assert len(model.asked) == 43 - whole_batches
    assert saved_model(save) == EmbeddingModel("new", 3)


def test_what_another_model_has_embedded_is_not_used(save: Path) -> None:
    with pytest.raises(ModelError):
        reembed(save, Embedder(fails_at=4), "one", silent)
    model = Embedder()
    reembed(save, model, "two", silent)
    assert len(model.asked) == 4


@pytest.mark.parametrize("renames", [0, 1])
def test_an_interrupted_replacement_is_finished(save: Path, renames: int) -> None:
    with pytest.raises(GaOooError, match="No space left"):
        reembed(save, Embedder(), "new", silent, FullDisk(renames))
    assert (save / REEMBEDDING / READY).exists()
    with pytest.raises(UsageError, match="only a part") as caught:
        check_embeddings(save, EmbeddingModel("old", 2), HOST)
    assert "ga-ooo reembed HOST sim" in caught.value.remedy
    model = Embedder()
    assert reembed(save, model, "new", silent) == (5, 3)
    assert model.asked == []
    assert saved_model(save) == EmbeddingModel("new", 3)


def test_a_save_without_memories(save: Path) -> None:
    for name in OLD:
        (save / "personas" / name / MEMORY).write_text("{}")
    check_embeddings(save, EmbeddingModel("m", 3), HOST)
    with pytest.raises(UsageError, match="no memories"):
        reembed(save, Embedder(), "new", silent)
