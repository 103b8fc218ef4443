"""Requests to a language model, and its answers.

Every layer between the host and a server (journal, router, HTTP client, scripted model)
implements the protocol :class:`ModelClient`: it takes a :class:`ModelCall` and returns a
:class:`ModelAnswer`. So layers can be stacked in any order.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any, Final, Protocol, TypeAlias, runtime_checkable

_CANONICAL: Final = json.JSONEncoder(sort_keys=True, ensure_ascii=True)


class CallKind(StrEnum):
    """Which endpoint of the OpenAI API a request is for."""

    CHAT = "chat"
    COMPLETION = "completion"
    EMBEDDING = "embedding"


GENERATION: Final = frozenset({CallKind.CHAT, CallKind.COMPLETION})
"""The kinds of calls that are answered with text."""


@dataclass(frozen=True)
class ModelRequest:
    """One request as the host makes it.

    Attributes:
        kind: which endpoint of the API it is for.
        model: model name as the host gives it; the client maps it to a served name.
        messages: of a chat: ``(role, content)`` pairs in order.
        prompt: of a completion: the prompt; of an embedding: the text; of a chat: empty.
        parameters: sampling parameters that the host set (``temperature``, ``max_tokens``,
            ``stop`` ...); JSON values, without those that are ``None``.
    """

    kind: CallKind
    model: str
    messages: tuple[tuple[str, str], ...] = ()
    prompt: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The prompt, or the contents of all messages joined by line ends."""
        if self.kind is CallKind.CHAT:
            return "\n".join(content for _, content in self.messages)
        return self.prompt

    def body(self) -> dict[str, Any]:
        """The request as a JSON body of the OpenAI API."""
        body: dict[str, Any] = {"model": self.model, **self.parameters}
        if self.kind is CallKind.CHAT:
            body["messages"] = [{"role": role, "content": text} for role, text in self.messages]
        elif self.kind is CallKind.COMPLETION:
            body["prompt"] = self.prompt
        else:
            body["input"] = [self.prompt]
        return body

    @cached_property
    def fingerprint(self) -> str:
        """Hash of kind and body, 32 hex digits: equal for equal requests, else different."""
        canonical = _CANONICAL.encode([self.kind, self.body()])
        return hashlib.blake2b(canonical.encode(), digest_size=16).hexdigest()

    def share_fingerprint(self, equal: ModelRequest) -> None:
        """Take the fingerprint of an equal request, so that it is not computed again."""
        vars(self)["fingerprint"] = equal.fingerprint


@dataclass(frozen=True, slots=True)
class CallKey:
    """Identifies a call: the ordinal-th call of one persona step.

    Attributes:
        persona: name of the persona.
        step: step of the persona.
        ordinal: number of calls that the move made before this one.
        attempt: number of earlier attempts at this move in which host code raised. A repeated
            move needs new answers, or it would fail in the same way.
    """

    persona: str
    step: int
    ordinal: int
    attempt: int = 0


@dataclass(frozen=True, slots=True)
class ModelCall:
    """A request with the context that the layers below need.

    Attributes:
        request: the request.
        key: identifies the call; None outside of a move (interactive analysis).
        occurrence: number of equal requests that the same move made before this one.
        seed: sampling seed in [0, 2**31), derived from (run seed, persona, fingerprint,
            occurrence, attempt) and never from the step, so that an answer that was requested
            early is still valid at a later step.
        priority: the step; servers that schedule by priority serve lower numbers first.
        site: functions of the host that make the call, outermost first; empty outside of a move.
    """

    request: ModelRequest
    key: CallKey | None = None
    occurrence: int = 0
    seed: int = 0
    priority: int = 0
    site: str = ""


@dataclass(frozen=True, slots=True)
class ModelAnswer:
    """The answer of a model.

    Attributes:
        text: generated text (chat, completion).
        embedding: the vector (embedding); empty otherwise.
        finish_reason: ``stop``, ``length`` ...
        prompt_tokens: number of prompt tokens as counted by the server.
        output_tokens: number of output tokens as counted by the server.
        model: served name of the model that answered.
        seconds: time from request to answer in seconds of the loop, if the answer was requested
            before the call was made, so that the caller waited for less; 0 otherwise.
        cached_tokens: those of ``prompt_tokens`` that the server has found in its cache, as far as
            it says so.
    """

    text: str = ""
    embedding: tuple[float, ...] = ()
    finish_reason: str = "stop"
    prompt_tokens: int = 0
    output_tokens: int = 0
    model: str = ""
    seconds: float = field(default=0.0, compare=False)
    cached_tokens: int = field(default=0, compare=False)

    @property
    def tokens(self) -> int:
        """Prompt tokens plus output tokens."""
        return self.prompt_tokens + self.output_tokens


class ModelClient(Protocol):
    """Answers model calls. A layer implements it with the help of the layer below."""

    async def answer(self, call: ModelCall) -> ModelAnswer:
        """Answer one call.

        Raises:
            ModelError: the call failed for good; the host never gets an invented text instead.
        """
        ...

    async def close(self) -> None:
        """Release connections. A second call does nothing."""
        ...


@dataclass(frozen=True, slots=True)
class CallReport:
    """Where an answer came from.

    Attributes:
        endpoint: base URL of the server that answered.
        attempts: number of attempts, including the successful one.
    """

    endpoint: str = ""
    attempts: int = 0


Reported: TypeAlias = tuple[ModelAnswer, CallReport]

NO_REPORT: Final = CallReport()
"""Of a client that reports nothing."""


@runtime_checkable
class ReportingClient(Protocol):
    """A client that reports where an answer came from."""

    async def answer_with_report(self, call: ModelCall) -> tuple[ModelAnswer, CallReport]:
        """As ``answer`` of :class:`ModelClient`, with the report."""
        ...


def reporting(client: ModelClient) -> Callable[[ModelCall], Awaitable[Reported]]:
    """A function that asks a client for an answer with its report, if it gives one."""
    if isinstance(client, ReportingClient):
        return client.answer_with_report

    async def answer(call: ModelCall) -> Reported:
        return await client.answer(call), NO_REPORT

    return answer


class ClientLayer:
    """A model client that asks another one, and changes or watches what it answers.

    Args:
        client: answers the calls.
    """

    def __init__(self, client: ModelClient) -> None:
        self._client = client
        self._ask = reporting(client)

    async def answer(self, call: ModelCall) -> ModelAnswer:
        """Answer one call."""
        answer, _ = await self.answer_with_report(call)
        return answer

    async def answer_with_report(self, call: ModelCall) -> Reported:
        """Answer one call, and report how the client came by the answer."""
        return await self._ask(call)

    async def close(self) -> None:
        """Close the client."""
        await self._client.close()


def can_repeat_answers(client: ModelClient) -> bool:
    """Whether a client gives the same answer each time it is asked the same, so that no journal is
    needed: it then has an attribute ``repeats_answers`` that is true."""
    return bool(getattr(client, "repeats_answers", False))


def derive_seed(
    run_seed: int, persona: str, fingerprint: str, occurrence: int, attempt: int = 0
) -> int:
    """Sampling seed of a call. It depends on neither the step nor the process."""
    material = f"{run_seed}\0{persona}\0{fingerprint}\0{occurrence}\0{attempt}".encode()
    return int.from_bytes(hashlib.blake2b(material, digest_size=4).digest(), "big") >> 1
