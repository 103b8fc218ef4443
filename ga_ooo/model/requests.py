"""What is asked of a language model and what comes back.

Every layer between the host and a server (journal, router, retry, HTTP client, scripted
model) speaks :class:`ModelCall` in and :class:`ModelAnswer` out, through the one protocol
:class:`ModelClient`, so that layers stack in any order.
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


@dataclass(frozen=True)
class ModelRequest:
    """One request in the host's own terms.

    Attributes:
        kind: endpoint family.
        model: model name as the host gives it (mapped to a served model further down).
        messages: chat only: ``(role, content)`` pairs in order.
        prompt: completion: the prompt; embedding: the one text to embed; chat: empty.
        parameters: sampling parameters that the host set (``temperature``, ``max_tokens``,
            ``stop`` ...), JSON values only, without those that are ``None``.
    """

    kind: CallKind
    model: str
    messages: tuple[tuple[str, str], ...] = ()
    prompt: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The text that asks: the prompt, or the contents of all messages joined."""
        if self.kind is CallKind.CHAT:
            return "\n".join(content for _, content in self.messages)
        return self.prompt

    def body(self) -> dict[str, Any]:
        """The request as the OpenAI API's JSON body."""
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
        """What is asked, as 32 hex digits: equal requests and no others share it."""
        canonical = _CANONICAL.encode([self.kind, self.body()])
        return hashlib.blake2b(canonical.encode(), digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True)
class CallKey:
    """Where a call stands: the ordinal-th call of one persona step.

    Attributes:
        persona: the persona's name.
        step: the step it is taking.
        ordinal: calls that the move made before this one.
        attempt: how often host code failed on this move before; a move that started over after
            the host raised must get new answers, or it would fail in the same way.
    """

    persona: str
    step: int
    ordinal: int
    attempt: int = 0


@dataclass(frozen=True, slots=True)
class ModelCall:
    """A request on its way, with what the layers below need to know about it.

    Attributes:
        request: what is asked.
        key: where the call stands; None outside of a move (interactive analysis).
        occurrence: how many equal requests the same move made before this one.
        seed: sampling seed in [0, 2**31), derived from (run seed, persona, fingerprint,
            occurrence, attempt) and never from the step, so that an answer asked for early fits
            later.
        priority: smaller is sooner; the step, for servers that schedule by priority.
        site: which functions of the host ask, outermost first; empty outside of a move.
    """

    request: ModelRequest
    key: CallKey | None = None
    occurrence: int = 0
    seed: int = 0
    priority: int = 0
    site: str = ""


@dataclass(frozen=True, slots=True)
class ModelAnswer:
    """What the model said.

    Attributes:
        text: generated text (chat, completion).
        embedding: the vector (embedding); empty otherwise.
        finish_reason: ``stop``, ``length`` ...
        prompt_tokens: tokens in, as the server counts them.
        output_tokens: tokens out.
        model: the served model that answered.
        seconds: how long it was under way, if longer than the caller waited (it was asked
            early); 0 otherwise. Loop time.
    """

    text: str = ""
    embedding: tuple[float, ...] = ()
    finish_reason: str = "stop"
    prompt_tokens: int = 0
    output_tokens: int = 0
    model: str = ""
    seconds: float = field(default=0.0, compare=False)

    @property
    def tokens(self) -> int:
        """Tokens in and out."""
        return self.prompt_tokens + self.output_tokens


class ModelClient(Protocol):
    """Answers model calls. Layers implement it by asking the layer below."""

    async def answer(self, call: ModelCall) -> ModelAnswer:
        """Answer one call.

        Raises:
            ModelError: the call failed for good; the host never sees a made-up text instead.
        """
        ...

    async def close(self) -> None:
        """Release connections. Calling it twice is harmless."""
        ...


@dataclass(frozen=True, slots=True)
class CallReport:
    """How a client came by an answer.

    Attributes:
        endpoint: base URL of the server that answered.
        attempts: attempts that it took, that one included.
    """

    endpoint: str = ""
    attempts: int = 0


Reported: TypeAlias = tuple[ModelAnswer, CallReport]

UNTOLD: Final = CallReport()
"""Of a client that does not say."""


@runtime_checkable
class ReportingClient(Protocol):
    """A client that can tell how it came by an answer; layers above ask those this way."""

    async def answer_with_report(self, call: ModelCall) -> tuple[ModelAnswer, CallReport]:
        """As ``answer`` of :class:`ModelClient`."""
        ...


def reporting(client: ModelClient) -> Callable[[ModelCall], Awaitable[Reported]]:
    """How to ask a client so that it tells how it came by its answers, if it can."""
    if isinstance(client, ReportingClient):
        return client.answer_with_report

    async def answer(call: ModelCall) -> Reported:
        return await client.answer(call), UNTOLD

    return answer


def derive_seed(
    run_seed: int, persona: str, fingerprint: str, occurrence: int, attempt: int = 0
) -> int:
    """Sampling seed of a call (DESIGN section 4, *adopt*): stable across steps and runs."""
    material = f"{run_seed}\0{persona}\0{fingerprint}\0{occurrence}\0{attempt}".encode()
    return int.from_bytes(hashlib.blake2b(material, digest_size=4).digest(), "big") >> 1
