"""One OpenAI-compatible server, asked through ``openai.AsyncOpenAI``.

One call here is one attempt: trying again is the router's business, so the library's own retries
are off. Requests go through the library's ``post`` (its way for endpoints of any shape) rather
than its typed methods, because an answer has to be checked before it is believed, and because
typed objects that nobody reads cost a third of a call's processor time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import openai

from ga_ooo.errors import ModelError
from ga_ooo.model.client.answers import read_answer, read_object
from ga_ooo.model.client.connections import Connections
from ga_ooo.model.client.failures import connection_failure, refusal, transient_status
from ga_ooo.model.client.load import ServerLoad, read_load
from ga_ooo.model.client.model_names import ModelNames
from ga_ooo.model.client.wire import OUTPUT_CAPS, PATHS, as_chat, wire_body
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
from ga_ooo.model.routing.endpoint import Capabilities, EndpointConfig

# Tokens of output; a context that has no room for these is too short for the prompt.
_LEAST_OUTPUT: Final = 16


def _unshaped(call: ModelCall) -> ModelCall:
    return call


@dataclass(frozen=True, slots=True)
class ClientOptions:
    """How requests are sent.

    Attributes:
        completion_as_chat: wrap completion prompts as a chat of one user message, for servers
            whose model only chats.
        default_max_tokens: cap on output tokens where the host gives none.
        attempt_deadline_s: seconds for one attempt, from sending to the whole answer.
        connect_deadline_s: seconds for connecting, and for listing models and health.
        max_answer_bytes: most bytes of text in one answer.
        shape: applied to each call before it is sent (response schema, model per prompt kind).
    """

    completion_as_chat: bool = False
    default_max_tokens: int = 1024
    attempt_deadline_s: float = 120.0
    connect_deadline_s: float = 10.0
    max_answer_bytes: int = 1_000_000
    shape: Callable[[ModelCall], ModelCall] = _unshaped


class OpenAIClient:
    """Answers calls at one endpoint, one attempt each.

    Args:
        config: the endpoint.
        names: host names to served names.
        options: how requests are sent.
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
        """Close all connections. Calling it twice is harmless."""
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
        """Find out what the server can do: list its models, make one tiny request per kind.

        Raises:
            TransientModelError: it does not answer (now).
            UnknownModelError: it does not serve a model of the table.
            ModelError: it refuses the key or the tiny request.
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
                body = wire_body(_tiny(kind), model, default_max_tokens=1, with_priority=False)
                width = len((await self._ask(kind, body)).embedding)
            else:
                priority = await self._takes_priority(kind, model)
        self.capabilities = Capabilities(served, priority, width)
        return self.capabilities

    async def check(self) -> ServerLoad | None:
        """Ask for health and load (vLLM's ``/health`` and ``/metrics``).

        A server that has no ``/health`` is healthy when it lists its models.

        Returns:
            the load, or None where the server publishes none.

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
        """Whether the server takes a priority. A first-come server may refuse it with 400."""
        if kind is CallKind.COMPLETION and self.options.completion_as_chat:
            kind = CallKind.CHAT
        call = _tiny(kind)
        for with_priority in (True, False):
            body = wire_body(call, model, default_max_tokens=1, with_priority=with_priority)
            try:
                # No check of the text: one token may well be none.
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
            # Whole although its time was up: it is used, so nobody asks for it again.
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
            raise RefusedRequestError(self.url, error.status_code, f"there is no {url}") from None
        except openai.APIError as error:
            raise connection_failure(error, self.url) from None


def _with_less_output(
    request: ModelRequest, body: Mapping[str, Any], error: ContextLengthError
) -> dict[str, Any]:
    """The body with a cap that may fit, if it was only our own default that did not.

    Raises:
        ContextLengthError: the host set the cap, or there is no room for an answer.
    """
    if any(cap in request.parameters for cap in OUTPUT_CAPS) or "max_tokens" not in body:
        raise error
    cap: int = body["max_tokens"]
    if error.exact and error.limit is not None and error.prompt_tokens is not None:
        room = error.limit - error.prompt_tokens
    else:
        room = cap // 2
    if not _LEAST_OUTPUT <= room < cap:
        raise error
    return {**body, "max_tokens": room}


def _tiny(kind: CallKind) -> ModelCall:
    """The smallest request of a kind. A first-come server takes no priority other than 0."""
    if kind is CallKind.CHAT:
        request = ModelRequest(kind, "", messages=(("user", "Hi"),))
    else:
        request = ModelRequest(kind, "", prompt="Hi")
    return ModelCall(request, priority=1)
