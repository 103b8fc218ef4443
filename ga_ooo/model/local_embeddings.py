"""Embeddings in this process, by the package sentence-transformers, for users without a server."""

from __future__ import annotations

import asyncio
import importlib
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from ga_ooo.errors import UsageError, install_command
from ga_ooo.model.endpoints import Capabilities, EndpointConfig, ServerLoad
from ga_ooo.model.errors import UnknownModelError
from ga_ooo.model.requests import CallKind, ModelAnswer, ModelCall

_PACKAGE: Final = "sentence_transformers"


class LocalEmbedder:
    """Embeds texts in a thread of this process, one after the other. Implements ``ServerClient``.

    Equal texts have equal embeddings: each text is a batch of its own.

    Args:
        config: of the endpoint, which has no URL.
        name: of the model on Hugging Face's hub, or a folder that holds it.

    Attributes:
        capabilities: found by the last probe.
        late: always 0, since no call has a deadline.

    Raises:
        UsageError: the package is not installed, or no model is named.
    """

    late = 0

    def __init__(self, config: EndpointConfig, name: str) -> None:
        if not name:
            raise UsageError(
                f"--embedding-url {config.url} without an embedding model",
                "give one with --embedding-name, such as sentence-transformers/all-MiniLM-L6-v2",
            )
        self.capabilities = Capabilities()
        self._name = name
        self._config = config
        self._package = _import()
        self._model: Any = None
        self._thread = ThreadPoolExecutor(1, "embeddings")

    async def answer(self, call: ModelCall) -> ModelAnswer:
        """Embed the text of a call.

        Raises:
            UnknownModelError: the model cannot be loaded.
        """
        loop = asyncio.get_running_loop()
        vector = await loop.run_in_executor(self._thread, self._embed, call.request.prompt)
        return ModelAnswer(embedding=vector, model=self._name)

    async def probe(self) -> Capabilities:
        """Load the model, and find the length of its embeddings.

        Raises:
            UnknownModelError: the model cannot be loaded.
        """
        loop = asyncio.get_running_loop()
        vector = await loop.run_in_executor(self._thread, self._embed, "Hi")
        self.capabilities = Capabilities(
            models=(self._name,),
            embedding_width=len(vector),
            answering=(f"{CallKind.EMBEDDING} by {self._name}",),
            notes=("this process embeds, with sentence-transformers",),
        )
        return self.capabilities

    async def find_form(self) -> str | None:
        """Embeddings have no form."""
        return None

    async def check(self) -> ServerLoad | None:
        """The model cannot fail on its own, and has no load to report."""
        return None

    async def close(self) -> None:
        """Stop the thread. A second call does nothing."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _embed(self, text: str) -> tuple[float, ...]:
        if self._model is None:
            try:
                self._model = self._package.SentenceTransformer(self._name)
            except Exception as error:  # of a download, of files, of PyTorch
                words = " ".join(str(error).split())[:300]
                raise UnknownModelError(self._config.url, self._name, (), words) from None
        return tuple(map(float, self._model.encode(text, show_progress_bar=False)))


def _import() -> Any:
    """The package.

    Raises:
        UsageError: it is not installed.
    """
    try:
        return importlib.import_module(_PACKAGE)
    except ImportError as error:
        raise UsageError(
            f"embeddings in this process need the package sentence-transformers: {error}",
            f"install it with {install_command('embeddings')}, or give the URL of a server for "
            "--embedding-url",
        ) from None
