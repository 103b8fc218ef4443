"""The client of one OpenAI-compatible server, based on ``openai.AsyncOpenAI``.

One call here is one attempt. The router retries, so the retries of the library are switched off.
Requests use the library's generic ``post`` instead of its typed methods: answers must be checked
first, and the typed objects, which nobody would read, cost a third of the CPU time of a call.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any, Final

from ga_ooo.errors import ModelError
from ga_ooo.model.client._answers import (
    ENVELOPE_FACTOR,
    ThoughtOnlyError,
    read_answer,
)
from ga_ooo.model.client._bodies import read_names
from ga_ooo.model.client._dialects.dialect import Dialect, adapted
from ga_ooo.model.client._dialects.form_probe import Ask
from ga_ooo.model.client._dialects.known import Dialects
from ga_ooo.model.client._dialects.wire import cut_at_stops, wire_body
from ga_ooo.model.client._fitting import lower_cap, shorter_text
from ga_ooo.model.client._http.exchange import Exchange
from ga_ooo.model.client._load import read_load
from ga_ooo.model.client.model_names import ModelNames
from ga_ooo.model.endpoints import Capabilities, EndpointConfig, ServerLoad
from ga_ooo.model.errors import (
    ContextLengthError,
    FailureKind,
    KeyRefusedError,
    RefusedRequestError,
    TransientModelError,
    UnknownModelError,
)
from ga_ooo.model.requests import GENERATION, CallKind, ModelAnswer, ModelCall, ModelRequest
from ga_ooo.options import ClientOptions

logger = logging.getLogger(__name__)

# Forms of one call that are tried. A server that refuses each for another reason is at fault.
_MAX_FORMS: Final = 24

# A LiteLLM proxy has the first one. At its second one it asks each model behind it for an answer.
_HEALTH_PATHS: Final = ("/health/liveliness", "/health")


class OpenAIClient:
    """Answers calls at one endpoint, with one attempt per call. Implements ``ServerClient``.

    Args:
        config: the endpoint.
        names: maps the host's model names to served names.
        options: how requests are sent.

    Attributes:
        capabilities: found by the last probe.

    Raises:
        UsageError: the key, the proxy or the certificates of the environment cannot be used.
    """

    def __init__(
        self, config: EndpointConfig, names: ModelNames, options: ClientOptions | None = None
    ) -> None:
        self.config = config
        self.url = config.url
        self.names = names
        self.options = options or ClientOptions()
        self.capabilities = Capabilities()
        self._health_paths = [*_HEALTH_PATHS]
        self._offers_metrics = True
        self._cut_texts_of: set[str] = set()
        self._exchange = Exchange(
            config,
            attempt_deadline_s=self.options.attempt_deadline_s,
            connect_deadline_s=self.options.connect_deadline_s,
            max_bytes=self.options.max_answer_bytes * ENVELOPE_FACTOR,
            ca=self.options.ca,
        )
        self._dialects = Dialects(
            self.url, self._exchange.post, completion_as_chat=self.options.completion_as_chat
        )

    @property
    def late(self) -> int:
        """Answers that arrived whole at the moment when their deadline expired."""
        return self._exchange.late

    async def answer(self, call: ModelCall) -> ModelAnswer:
        """Make one attempt at a call.

        A refusal of a parameter changes the form of requests for this model, and the call is sent
        again in the new form.

        Raises:
            TransientModelError: another attempt may succeed.
            ModelError: any other class is final.
        """
        kind = call.request.kind
        model = self._served_name(call.request)
        cap = self.options.default_max_tokens
        last: ModelError | None = None
        for _ in range(_MAX_FORMS):
            dialect = self._dialects.get(kind, model)
            body = wire_body(
                call,
                model,
                dialect,
                default_max_tokens=cap,
                with_priority=self.capabilities.priority,
            )
            try:
                answer = await self._ask(dialect, body)
            except ContextLengthError as error:
                last = error
                if kind is CallKind.EMBEDDING:
                    call = shorter_text(call, error)
                    self._note_long_text(model, error)
                else:
                    cap = lower_cap(call.request, cap, error)
            except UnknownModelError as error:
                served = error.served or await self._models_if_any()
                raise UnknownModelError(self.url, model, served, error.message) from None
            except RefusedRequestError as error:
                last, changed = error, adapted(dialect, error, body)
                self._dialects.change(kind, model, dialect, changed, error)
            except ThoughtOnlyError as error:
                last, wider = error, dialect.with_allowance() if error.was_cut else None
                self._dialects.change(kind, model, dialect, wider, error)
            else:
                answer = cut_at_stops(answer, call, dialect)
                return answer if answer.model else replace(answer, model=model)
        assert last is not None
        raise last

    async def close(self) -> None:
        """Close all connections. A second call does nothing."""
        await self._exchange.close()

    async def models(self) -> tuple[str, ...]:
        """Names of the served models; empty if the server has no list.

        Raises:
            ModelError: the server does not answer, or refuses the key.
        """
        try:
            content = await self._exchange.get(f"{self.url}/models")
            return read_names(content, self.url)
        except KeyRefusedError:
            raise
        except RefusedRequestError:
            return ()
        except TransientModelError as error:
            if error.kind is FailureKind.MALFORMED:
                return ()
            raise

    async def probe(self) -> Capabilities:
        """Find the server's capabilities by its list of models and small requests.

        Raises:
            TransientModelError: it does not answer.
            UnknownModelError: it does not serve a model of the table.
            ModelError: it refuses the key or the small request.
        """
        served = await self.models()
        asked = {kind: self._targets(kind, served) for kind in sorted(self.config.kinds)}
        width = None
        for kind, models in asked.items():
            if kind in GENERATION:
                for model in models:
                    await self._dialects.probe_generation(kind, model, served)
                continue
            content = await self._dialects.probe_embeddings(models[0], served)
            width = len(
                read_answer(
                    CallKind.EMBEDDING, content, self.url, self.options.max_answer_bytes
                ).embedding
            )
        self.capabilities = Capabilities(
            models=served,
            priority=self._dialects.take_priorities,
            embedding_width=width,
            answering=tuple(f"{kind} by {', '.join(models)}" for kind, models in asked.items()),
            notes=self._dialects.notes(served),
        )
        return self.capabilities

    async def find_form(self) -> str | None:
        """Find out how each model is given the form of an answer.

        Returns:
            None; or the reason why some model cannot be given one.

        Raises:
            ModelError: the server does not answer any more.
        """
        served = self.capabilities.models
        for kind in sorted(self.config.kinds & GENERATION):
            for model in self._targets(kind, served):
                if not await self._dialects.find_form(kind, model, self._asker(model)):
                    return f"{self.url} does not obey the form of {kind} answers of {model!r}"
        self.capabilities = replace(self.capabilities, notes=self._dialects.notes(served))
        return None

    async def check(self) -> ServerLoad | None:
        """Ask for health and load (vLLM's ``/health`` and ``/metrics``).

        A server without a path for health is healthy if it lists its models, or refuses to.

        Returns:
            the load, or None if the server publishes none.

        Raises:
            ModelError: the server is not healthy.
        """
        while self._health_paths:
            try:
                await self._exchange.get(f"{self.config.root}{self._health_paths[0]}")
                break
            except RefusedRequestError:
                del self._health_paths[0]
        else:
            try:
                await self.models()
            except RefusedRequestError:
                return None
        if not self._offers_metrics:
            return None
        try:
            text = await self._exchange.get(f"{self.config.root}/metrics")
        except RefusedRequestError:
            self._offers_metrics = False
            return None
        return read_load(text.decode("utf-8", "replace"))

    def _note_long_text(self, model: str, error: ContextLengthError) -> None:
        """Tell the user once per model that the ends of long texts have no part in embeddings."""
        if model not in self._cut_texts_of:
            self._cut_texts_of.add(model)
            logger.warning("%s; the beginning of such a text is embedded instead", error.problem)

    async def _models_if_any(self) -> tuple[str, ...]:
        try:
            return await self.models()
        except ModelError:
            return ()

    def _served_name(self, request: ModelRequest) -> str:
        return self._dialects.spelled(self.names.served(request.kind, request.model))

    def _targets(self, kind: CallKind, served: tuple[str, ...]) -> tuple[str, ...]:
        """The models to probe; if the user names none, the first that is served."""
        return self.names.targets(kind) or served[:1] or ("",)

    def _asker(self, model: str) -> Ask:
        """Makes one attempt at a call to this model."""
        name = self._dialects.spelled(model)

        async def ask(call: ModelCall, dialect: Dialect) -> ModelAnswer:
            body = wire_body(call, name, dialect, default_max_tokens=1, with_priority=False)
            return cut_at_stops(await self._ask(dialect, body), call, dialect)

        return ask

    async def _ask(self, dialect: Dialect, body: dict[str, Any]) -> ModelAnswer:
        content = await self._exchange.post(dialect.path, body)
        limit = self.options.max_answer_bytes
        return read_answer(dialect.sent_as, content, self.url, limit, body)
