"""What is known about the models of one server: the form of requests, and the listed names."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from ga_ooo.errors import ModelError
from ga_ooo.model.client._dialects.dialect import Dialect
from ga_ooo.model.client._dialects.form_probe import Ask, find_form
from ga_ooo.model.client._dialects.probe import Post, find_dialect, find_embedding_dialect
from ga_ooo.model.client.model_names import same_model
from ga_ooo.model.errors import (
    KeyRefusedError,
    NoEmbeddingsError,
    QuotaError,
    RefusedRequestError,
    UnknownModelError,
)
from ga_ooo.model.requests import GENERATION, CallKind

logger = logging.getLogger(__name__)


class Dialects:
    """The dialects of one server's models.

    Args:
        url: base URL of the server, for messages.
        post: sends a request.
        completion_as_chat: send completions as chat in any case.
    """

    def __init__(self, url: str, post: Post, *, completion_as_chat: bool) -> None:
        self._url = url
        self._post = post
        self._completion_as_chat = completion_as_chat
        self._known: dict[tuple[CallKind, str], Dialect] = {}
        self._spellings: dict[str, str] = {}

    @property
    def take_priorities(self) -> bool:
        """Whether all models that generate text take a priority; False before a probe."""
        found = [dialect for (kind, _), dialect in self._known.items() if kind in GENERATION]
        return bool(found) and not any("priority" in dialect.omitted for dialect in found)

    def get(self, kind: CallKind, model: str) -> Dialect:
        """The dialect of a model for calls of a kind."""
        known = self._known.get((kind, model))
        return known or Dialect(CallKind.CHAT if self._is_forced(kind) else kind)

    def spelled(self, model: str) -> str:
        """The name under which the server serves a model that the user names."""
        return self._spellings.get(model, model)

    def change(
        self,
        kind: CallKind,
        model: str,
        used: Dialect,
        changed: Dialect | None,
        error: ModelError,
    ) -> None:
        """Change a model's dialect after a failed call, unless another call has done so.

        Args:
            kind: kind of the call.
            model: served name.
            used: the dialect of the failed call.
            changed: the new dialect; None if nothing is left to change.
            error: the failure.

        Raises:
            ModelError: nothing is left to change.
        """
        if self.get(kind, model) != used:
            return
        if changed is None:
            raise error
        self._known[kind, model] = changed
        new = [note for note in changed.notes(kind) if note not in used.notes(kind)]
        logger.warning("%s, model %r: %s", self._url, model, "; ".join(new))

    async def probe_generation(self, kind: CallKind, model: str, served: tuple[str, ...]) -> None:
        """Find the dialect of a model for chat or completions.

        Raises:
            TransientModelError: the server does not answer.
            FinalModelError: it does not serve the model, or refuses all forms of requests.
        """

        async def probe(name: str) -> None:
            self._known[kind, name] = await find_dialect(
                kind,
                name,
                self.get(kind, name),
                self._url,
                self._post,
                forced=self._is_forced(kind),
            )

        await self._with_spelling(model, served, probe)

    async def find_form(self, kind: CallKind, model: str, ask: Ask) -> bool:
        """Find out how a model is given the form of an answer; False if it obeys no form.

        Raises:
            ModelError: the server does not answer any more.
        """
        name = self.spelled(model)
        found = await find_form(kind, self.get(kind, name), ask)
        if found is not None:
            self._known[kind, name] = found
        return found is not None

    async def probe_embeddings(self, model: str, served: tuple[str, ...]) -> bytes:
        """Find the dialect of a model for embeddings; returns the response with an embedding.

        Raises:
            TransientModelError: the server does not answer.
            FinalModelError: it gives no embeddings with the model.
        """
        kind = CallKind.EMBEDDING
        content = b""

        async def probe(name: str) -> None:
            nonlocal content
            self._known[kind, name], content = await find_embedding_dialect(
                name, self.get(kind, name), self._post
            )

        try:
            await self._with_spelling(model, served, probe)
        except (KeyRefusedError, QuotaError):
            raise
        except (RefusedRequestError, UnknownModelError) as error:
            raise NoEmbeddingsError(self._url, model, error.message, served) from None
        return content

    def notes(self, served: tuple[str, ...]) -> tuple[str, ...]:
        """Differences from OpenAI's API and from the user's names, in words."""
        found = [] if served else ["the server has no list of models"]
        found += [f"{name!r} is served as {listed!r}" for name, listed in self._spellings.items()]
        for (kind, model), dialect in self._known.items():
            if served and model and model not in served:
                found.append(f"{model!r} is not in the server's list of models, but answers")
            found += dialect.notes(kind)
        return tuple(dict.fromkeys(found))

    async def _with_spelling(
        self, model: str, served: tuple[str, ...], probe: Callable[[str], Awaitable[None]]
    ) -> None:
        """Probe a model under the user's name, else under the name in the server's list.

        Raises:
            UnknownModelError: the server serves neither.
        """
        try:
            await probe(model)
        except UnknownModelError as error:
            listed = same_model(model, served)
            if listed is None:
                raise UnknownModelError(self._url, model, served, error.message) from None
            await probe(listed)
            self._spellings[model] = listed

    def _is_forced(self, kind: CallKind) -> bool:
        return kind is CallKind.COMPLETION and self._completion_as_chat
