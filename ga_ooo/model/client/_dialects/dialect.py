"""The differences between the API of one model and OpenAI's published one.

Servers differ in the parameters that they take, and hosted models do, too. A :class:`Dialect`
holds what is known about one model for one kind of call; it begins with OpenAI's form and
changes when the server refuses a request (:func:`adapted`). So a run adapts to servers that no
table knows, and an upgrade of a server needs no change here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from ga_ooo.model.client._dialects.forms import Form
from ga_ooo.model.errors import RefusedParameterError, RefusedRequestError
from ga_ooo.model.requests import CallKind

LEGACY_CAP: Final = "max_tokens"
CAP: Final = "max_completion_tokens"

PATHS: Final = {
    CallKind.CHAT: "/chat/completions",
    CallKind.COMPLETION: "/completions",
    CallKind.EMBEDDING: "/embeddings",
}
RESPONSES_PATH: Final = "/responses"

_OURS: Final = frozenset(
    {"seed", "priority", "encoding_format", "stream_options", "store", LEGACY_CAP, CAP}
)
"""Parameters that this package adds; the host did not ask for them."""

_OPTIONAL: Final = (
    *("temperature", "top_p", "frequency_penalty", "presence_penalty", "n", "user", "stop"),
    *("logit_bias", "best_of", "echo", "suffix", "logprobs"),
)
"""Parameters of hosts without which a model still answers."""

_UNSUPPORTED: Final = re.compile(
    r"unsupported|not support|unrecogni[sz]ed|unknown|not permitted|unexpected|not allowed"
    r"|only the default|not enabled|extra (inputs|fields)|not available|deprecated|forbidden"
    r"|cannot be used|not implemented|no longer",
    re.IGNORECASE,
)
_POSITIVE: Final = re.compile(r"strictly positive|greater than 0|> ?0\b|above 0|positive", re.I)

SMALL_TEMPERATURE: Final = 0.01
"""In place of 0, for servers that take positive temperatures only."""

_STREAM_ONLY: Final = re.compile(
    r"(only|must|requires?|need)\b.{0,40}\bstream|stream\S* (must be|is required|should be set)"
    r"|non-?streaming.{0,40}(not|un)",
    re.IGNORECASE,
)
_ROLES: Final = re.compile(
    r"(system|developer|role).{0,40}(not support|unsupported|not allowed|alternat|invalid)"
    r"|(unsupported|unknown|invalid|only user).{0,20}roles?\b",
    re.IGNORECASE,
)

_FIRST_ALLOWANCE: Final = 2048
_MAX_ALLOWANCE: Final = 32768

NO_REASONING: Final[tuple[Mapping[str, Any], ...]] = (
    {"chat_template_kwargs": {"enable_thinking": False, "thinking": False}},
    {"reasoning_effort": "none"},
    {"reasoning": {"enabled": False}},
    {"reasoning_effort": "minimal"},
)
"""Parameters that switch reasoning off: chat templates (vLLM, SGLang, llama.cpp), OpenAI and
Ollama, OpenRouter, and older models of OpenAI, which can only reduce it."""


@dataclass(frozen=True)
class Dialect:
    """How requests for one model are sent.

    Attributes:
        sent_as: kind of the request that is sent; differs from the call's kind where a server
            has chat only, or completions only.
        by_responses: chat is sent by the responses API.
        streams: the answer is asked for as a stream, since the server gives no other.
        one_message: all messages are sent as one of the user, since the model takes no others.
        form: how the form of an answer is asked for.
        cap: name of the limit of output tokens.
        omitted: parameters that the model refuses.
        positive_temperature: a temperature of 0 is sent as a small number.
        max_stops: maximum number of stop texts; None for any number. Further ones are applied to
            the answer.
        single_input: the text to embed is sent as a text and not as a list.
        extra: parameters that switch reasoning off.
        allowance: output tokens for reasoning, which are added to the limit of every call.
    """

    sent_as: CallKind
    by_responses: bool = False
    streams: bool = False
    one_message: bool = False
    form: Form = Form.STRUCTURED_OUTPUTS
    cap: str = LEGACY_CAP
    omitted: frozenset[str] = frozenset()
    positive_temperature: bool = False
    max_stops: int | None = None
    single_input: bool = False
    extra: Mapping[str, Any] = field(default_factory=dict)
    allowance: int = 0

    @property
    def path(self) -> str:
        """Path of the method, below the base URL."""
        return RESPONSES_PATH if self.by_responses else PATHS[self.sent_as]

    def notes(self, kind: CallKind) -> list[str]:
        """The differences in words, for calls of this kind."""
        found = []
        if self.sent_as is not kind:
            found.append(f"{kind} prompts are sent as {self.sent_as}")
        if self.by_responses:
            found.append("chat prompts are sent by the responses API")
        if self.streams:
            found.append("answers are read as streams")
        if self.one_message:
            found.append("all messages of a chat are sent as one of the user")
        if self.form is not Form.STRUCTURED_OUTPUTS:
            found.append(f"answers get their form by {self.form}")
        if self.cap != LEGACY_CAP and not self.by_responses:
            found.append(f"{LEGACY_CAP} is sent as {self.cap}")
        if self.omitted:
            found.append(f"not sent: {', '.join(sorted(self.omitted))}")
        if self.positive_temperature:
            found.append(f"temperature 0 is sent as {SMALL_TEMPERATURE}")
        if self.max_stops is not None:
            found.append(f"at most {self.max_stops} stop texts are sent")
        if self.extra:
            found.append(f"reasoning is switched off ({', '.join(self.extra)})")
        if self.allowance:
            found.append(f"{self.allowance} output tokens are added for reasoning")
        return found

    def with_allowance(self) -> Dialect | None:
        """With more output tokens for reasoning; None if the maximum is reached."""
        if self.allowance >= _MAX_ALLOWANCE:
            return None
        return replace(self, allowance=2 * self.allowance or _FIRST_ALLOWANCE)


def adapted(
    dialect: Dialect, error: RefusedRequestError, body: Mapping[str, Any]
) -> Dialect | None:
    """The dialect after a refusal; None if the refusal is about something else.

    Only a parameter that the model does not support is left out. A value that is out of range
    is an error of the host, and stays one.

    Args:
        dialect: with which the request was made.
        error: the refusal.
        body: the JSON body that was refused.
    """
    message = error.message
    if LEGACY_CAP in body and CAP in message:
        return replace(dialect, cap=CAP)
    if not body.get("stream") and "input" not in body and _STREAM_ONLY.search(message):
        return replace(dialect, streams=True)
    if not dialect.one_message and _has_roles(body) and _ROLES.search(message):
        return replace(dialect, one_message=True)
    if isinstance(body.get("input"), list) and re.search(r"must be a string", message):
        return replace(dialect, single_input=True)
    name = error.parameter if isinstance(error, RefusedParameterError) else None
    if name is None or name not in body:
        return None
    if name == "stop" and isinstance(body["stop"], list):
        return _with_fewer_stops(dialect, message, len(body["stop"]))
    if name == "temperature" and body[name] == 0 and _POSITIVE.search(message):
        return replace(dialect, positive_temperature=True)
    if name == LEGACY_CAP and _UNSUPPORTED.search(message):
        return replace(dialect, cap=CAP)
    is_neutral = name == "top_p" and body[name] == 1
    refusable = name in _OURS - {LEGACY_CAP, CAP} or is_neutral
    if refusable or ((name in _OPTIONAL or name in _OURS) and _UNSUPPORTED.search(message)):
        return replace(dialect, omitted=dialect.omitted | {name})
    return None


def _has_roles(body: Mapping[str, Any]) -> bool:
    """Whether a chat has more than one message of the user."""
    messages = body.get("messages") or ()
    return len(messages) > 1 or any(message["role"] != "user" for message in messages)


def _with_fewer_stops(dialect: Dialect, message: str, sent: int) -> Dialect | None:
    if sent == 0:
        return None
    found = re.search(r"(?:at most|maximum of|up to|max(?:imum)?|than) (\d)\b", message)
    most = int(found.group(1)) if found else 0
    return replace(dialect, max_stops=min(most, sent - 1))
