"""The length of embeddings, which must be the same for a whole run: the host compares them."""

from __future__ import annotations

from ga_ooo.errors import ModelError
from ga_ooo.model.errors import FailureKind, TransientModelError
from ga_ooo.model.requests import ModelAnswer


class EmbeddingWidths:
    """Lengths of the embeddings of several endpoints."""

    def __init__(self) -> None:
        self._widths: dict[str, int] = {}

    def add(self, url: str, width: int | None) -> None:
        """Store the length that a probe found; None if the endpoint gives no embeddings."""
        if width is not None:
            self._widths[url] = width

    def check_all(self) -> None:
        """Compare the lengths that the probes found.

        Raises:
            ModelError: they differ.
        """
        if len(set(self._widths.values())) > 1:
            widths = ", ".join(f"{url}: {width}" for url, width in self._widths.items())
            raise ModelError(
                f"the embedding endpoints give vectors of different lengths ({widths})",
                "serve the same embedding model at all of them",
            )

    def check(self, url: str, answer: ModelAnswer) -> None:
        """Compare the length of an answer's embedding with the others.

        Raises:
            TransientModelError: it differs.
        """
        width = len(answer.embedding)
        if not width:
            return
        expected = next(iter(self._widths.values()), width)
        if width != expected:
            raise TransientModelError(
                FailureKind.MALFORMED, f"{url}: an embedding of {width} numbers, not {expected}"
            )
        self._widths.setdefault(url, width)
