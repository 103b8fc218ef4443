"""``--embedding-url local``: embeddings in this process, where sentence-transformers is installed.

The model is the one that tests/vllm/real_models.py makes; ``GA_OOO_LOCAL_EMBEDDER`` names another
folder, or a model of Hugging Face's hub.
"""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import pytest

from ga_ooo.model.endpoints import EndpointConfig
from ga_ooo.model.errors import UnknownModelError
from ga_ooo.model.local_embeddings import LocalEmbedder
from ga_ooo.model.requests import CallKind, ModelCall, ModelRequest

NAME: Final = os.environ.get(
    "GA_OOO_LOCAL_EMBEDDER", str(Path.home() / ".cache/ga-ooo/real-models/minilm")
)
CONFIG: Final = EndpointConfig("local", frozenset({CallKind.EMBEDDING}), is_local=True)

pytestmark = [
    pytest.mark.skipif(
        find_spec("sentence_transformers") is None, reason="sentence-transformers is not installed"
    ),
    # PyTorch and its companions warn of their own future.
    pytest.mark.filterwarnings("default"),
]


async def vector(embedder: LocalEmbedder, text: str) -> tuple[float, ...]:
    request = ModelRequest(CallKind.EMBEDDING, "any", prompt=text)
    return (await embedder.answer(ModelCall(request))).embedding


@pytest.mark.skipif(
    NAME.startswith("/") and not Path(NAME).is_dir(),
    reason=f"{NAME} does not exist; tests/vllm/real_models.py makes it",
)
async def test_real_embeddings() -> None:
    embedder = LocalEmbedder(CONFIG, NAME)
    try:
        found = await embedder.probe()
        tea = await vector(embedder, "Isabella Rodriguez is drinking tea at the cafe")
        assert len(tea) == found.embedding_width == 384
        assert await vector(embedder, "Isabella Rodriguez is drinking tea at the cafe") == tea
        near = await vector(embedder, "Isabella has a cup of coffee at Hobbs Cafe")
        far = await vector(embedder, "the pool table is broken")
        assert sum(map(float.__mul__, tea, near)) > sum(map(float.__mul__, tea, far)) + 0.2
    finally:
        await embedder.close()


async def test_a_model_that_does_not_exist(tmp_path: Path) -> None:
    embedder = LocalEmbedder(CONFIG, str(tmp_path / "nothing"))
    try:
        with pytest.raises(UnknownModelError, match="nothing"):
            await embedder.probe()
    finally:
        await embedder.close()
