"""The client of one OpenAI-compatible server, based on ``openai.AsyncOpenAI``.

One call here is one attempt. The router retries, so the retries of the library are switched off.
Requests use the library's generic ``post`` instead of its typed methods: answers must be checked
first, and the typed objects, which nobody would read, cost a third of the CPU time of a call.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import openai

from ga_ooo.errors import ModelError
from ga_ooo.model.client._answers import read_answer, read_object
from ga_ooo.model.client._connections import Connections
from ga_ooo.model.client._failures import connection_failure, refusal, transient_status
from ga_ooo.model.client._load import read_load
from ga_ooo.model.client._wire import OUTPUT_CAPS, PATHS, as_chat, wire_body
from ga_ooo.model.client.model_names import ModelNames
from ga_ooo.model.endpoints import Capabilities, EndpointConfig, ServerLoad
from ga_ooo.model.errors import (
    ContextLengthError,
    FailureKind,
    KeyRefusedError,
    RefusedParameterError,
    RefusedRequestError,
    TransientModelError,
    UnknownModelError,
)
from ga_ooo.model.requests import CallKind, ModelAnswer, ModelCall, ModelRequest

# If the context has no room for this number of output tokens, the prompt is too long.
_MIN_OUTPUT: Final = 16


def _unshaped(call: ModelCall) -> ModelCall:
    return call


@dataclass(frozen=True, slots=True)
class ClientOptions:
    """How requests are sent.

    Attributes:
        completion_as_chat: send completion prompts as a chat with one user message, for models
            that support chat only.
        default_max_tokens: limit of output tokens if the host gives none.
        attempt_deadline_s: seconds for one attempt, from the request to the whole answer.
        connect_deadline_s: seconds for connecting, and for the requests for models and health.
        max_answer_bytes: maximum length of an answer's text, in bytes of UTF-8.
        shape: applied to each call before it is sent.
    """

    completion_as_chat: bool = False
    default_max_tokens: int = 1024
    attempt_deadline_s: float = 120.0
    connect_deadline_s: float = 10.0
    max_answer_bytes: int = 1_000_000
    shape: Callable[[ModelCall], ModelCall] = _unshaped


class OpenAIClient:
    """Answers calls at one endpoint, with one attempt per call. Implements ``ServerClient``.

    Args:
        config: the endpoint.
        names: maps the host's model names to served names.
        options: how requests are sent.

    Attributes:
        capabilities: found by the last probe.
        late: answers that arrived whole at the moment when their deadline expired.
    """

    def __init__(
        self, config: EndpointConfig, names: ModelNames, options: ClientOptions | None = None
    ) -> None:
        self.config = config
        self.url = config.url
        self.names = names
        self.options = options or ClientOptions()
        self.capabilities = Capabilities()
        self.late = 0
        self._offers_health = True
        self._offers_metrics = True
        self._connections = Connections(
            config.url, config.key_variable, self.options.connect_deadline_s
        )

    async def answer(self, call: ModelCall) -> ModelAnswer:
        """Make one attempt at a call.

        Raises:
            TransientModelError: another attempt may succeed.
            ModelError: any other class is final.
        """
        call = self.options.shape(call)
        request = call.request
        model = self.names.served(request.kind, request.model)
        if request.kind is CallKind.COMPLETION and self.options.completion_as_chat:
            call = replace(call, request=as_chat(request))
        body = wire_body(
            call,
            model,
            default_max_tokens=self.options.default_max_tokens,
            with_priority=self.capabilities.priority,
        )
        while True:
            try:
                answer = await self._ask(call.request.kind, body)
            except ContextLengthError as error:
                body = _with_less_output(call.request, body, error)
            else:
                return answer if answer.model else replace(answer, model=model)

    async def close(self) -> None:
        """Close all connections. A second call does nothing."""
        await self._connections.close()

    async def models(self) -> tuple[str, ...]:
        """Names of the served models; empty if the server lists none.

        Raises:
            ModelError: the server does not answer, or refuses the key.
        """
        body = read_object(await self._get(f"{self.url}/models"), self.url)
        data = body.get("data")
        entries = data if isinstance(data, list) else []
        return tuple(str(e["id"]) for e in entries if isinstance(e, dict) and "id" in e)

    async def probe(self) -> Capabilities:
        """Find the server's capabilities: list its models, send one small request per kind.

        Raises:
            TransientModelError: it does not answer.
            UnknownModelError: it does not serve a model of the table.
            ModelError: it refuses the key or the small request.
        """
        served = await self.models()
        priority, width = False, None
        for kind in sorted(self.config.kinds):
            targets = self.names.targets(kind)
            for name in targets:
                if served and name not in served:
                    raise UnknownModelError(self.url, name, served)
            model = targets[0] if targets else (served[0] if served else "")
            if kind is CallKind.EMBEDDING:
                body = wire_body(
                    _small_request(kind), model, default_max_tokens=1, with_priority=False
                )
                width = len((await self._ask(kind, body)).embedding)
            else:
                priority = await self._takes_priority(kind, model)
        self.capabilities = Capabilities(served, priority, width)
        return self.capabilities

    async def check(self) -> ServerLoad | None:
        """Ask for health and load (vLLM's ``/health`` and ``/metrics``).

        A server without ``/health`` is healthy if it lists its models.

        Returns:
            the load, or None if the server publishes none.

        Raises:
            ModelError: the server is not healthy.
        """
        if self._offers_health:
            try:
                await self._get(f"{self.config.root}/health")
            except RefusedRequestError:
                self._offers_health = False
        if not self._offers_health:
            await self.models()
        if not self._offers_metrics:
            return None
        try:
            text = await self._get(f"{self.config.root}/metrics")
        except RefusedRequestError:
            self._offers_metrics = False
            return None
        return read_load(text.decode("utf-8", "replace"))

    async def _takes_priority(self, kind: CallKind, model: str) -> bool:
        """Whether the server accepts a priority. One without priority scheduling may refuse it."""
        if kind is CallKind.COMPLETION and self.options.completion_as_chat:
            kind = CallKind.CHAT
        call = _small_request(kind)
        for with_priority in (True, False):
            body = wire_body(call, model, default_max_tokens=1, with_priority=with_priority)
            try:
                # The text is not checked: a single token may be empty.
                await self._post(kind, body)
            except (RefusedParameterError, RefusedRequestError):
                if not with_priority:
                    raise
            else:
                return with_priority
        return False

    async def _ask(self, kind: CallKind, body: Mapping[str, Any]) -> ModelAnswer:
        content = await self._post(kind, body)
        return read_answer(kind, content, self.url, self.options.max_answer_bytes)

    async def _post(self, kind: CallKind, body: Mapping[str, Any]) -> bytes:
        deadline = self.options.attempt_deadline_s
        try:
            async with asyncio.timeout(deadline) as scope:
                content = await self._connections.post(PATHS[kind], body)
            # The answer is whole although its deadline expired: use it instead of asking again.
            self.late += scope.expired()
            return content
        except TimeoutError:
            raise TransientModelError(
                FailureKind.TIMEOUT, f"{self.url}: no whole answer within {deadline:g} s"
            ) from None
        except openai.APIStatusError as error:
            raise await self._status_failure(error, body) from None
        except openai.APIError as error:
            raise connection_failure(error, self.url) from None

    async def _status_failure(
        self, error: openai.APIStatusError, body: Mapping[str, Any]
    ) -> ModelError:
        if failure := transient_status(error, self.url):
            return failure
        if error.status_code in (401, 403):
            return KeyRefusedError(self.url, error.status_code, self.config.key_variable)
        if error.status_code == 404:
            try:
                served = await self.models()
            except ModelError:
                served = ()
            return UnknownModelError(self.url, str(body.get("model")), served)
        return refusal(error, self.url, body)

    async def _get(self, url: str) -> bytes:
        try:
            async with asyncio.timeout(self.options.connect_deadline_s):
                return await self._connections.get(url)
        except TimeoutError:
            raise TransientModelError(
                FailureKind.TIMEOUT,
                f"{self.url}: no answer within {self.options.connect_deadline_s:g} s",
            ) from None
        except openai.APIStatusError as error:
            if failure := transient_status(error, self.url):
                raise failure from None
            if error.status_code in (401, 403):
                raise KeyRefusedError(
                    self.url, error.status_code, self.config.key_variable
                ) from None
            raise RefusedRequestError(
                self.url, error.status_code, f"{url} does not exist"
            ) from None
        except openai.APIError as error:
            raise connection_failure(error, self.url) from None


def _with_less_output(
    request: ModelRequest, body: Mapping[str, Any], error: ContextLengthError
) -> dict[str, Any]:
    """The body with a lower output limit, if the limit was our own default.

    Raises:
        ContextLengthError: the host set the limit, or the context has no room for an answer.
    """
    if any(cap in request.parameters for cap in OUTPUT_CAPS) or "max_tokens" not in body:
        raise error
    cap: int = body["max_tokens"]
    if error.exact and error.limit is not None and error.prompt_tokens is not None:
        room = error.limit - error.prompt_tokens
    else:
        room = cap // 2
    if not _MIN_OUTPUT <= room < cap:
        raise error
    return {**body, "max_tokens": room}


def _small_request(kind: CallKind) -> ModelCall:
    """The smallest request of a kind. A priority other than 0 shows whether it is accepted."""
    if kind is CallKind.CHAT:
        request = ModelRequest(kind, "", messages=(("user", "Hi"),))
    else:
        request = ModelRequest(kind, "", prompt="Hi")
    return ModelCall(request, priority=1)
