"""The endpoints ``generateContent`` and ``embedContent`` of the Gemini API.

Source: the API reference of Gemini. The packages write its fields as ``max_output_tokens``, HTTP
requests as ``maxOutputTokens``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

from ga_ooo.host.sdks.arguments import TOOLS, Arguments
from ga_ooo.host.sdks.host_model import Exchange, HostModel, form_of_answer
from ga_ooo.host.sdks.replies import Chunks, Reply
from ga_ooo.model.requests import ModelAnswer

_CONFIG: Final = Arguments(
    "generate_content",
    {
        **{name: name for name in ("temperature", "top_p", "top_k", "seed")},
        **{name: name for name in ("presence_penalty", "frequency_penalty")},
        "max_output_tokens": "max_tokens",
        "stop_sequences": "stop",
    },
    inert=frozenset(
        {"safety_settings", "http_options", "thinking_config", "response_modalities", "labels"}
        | {"automatic_function_calling", "request_options", "tool_config", "media_resolution"}
    ),
    refused={
        **TOOLS,
        "cached_content": "answers that continue others",
        "response_logprobs": "log probabilities",
        "logprobs": "log probabilities",
    },
)

_ROLES: Final = {"model": "assistant", "function": "tool"}


class FinishReason(StrEnum):
    """Why an answer ended."""

    STOP = "STOP"
    MAX_TOKENS = "MAX_TOKENS"


class Response(Reply):
    """What ``generate_content`` gives. It is also a stream of one chunk."""

    def resolve(self) -> None:
        """All of the answer is there already."""

    def __iter__(self) -> Any:
        return Chunks(self)

    def __aiter__(self) -> Any:
        return Chunks(self)


class Api:
    """The endpoints of the API.

    Args:
        model: asked by all of them.
    """

    def __init__(self, model: HostModel) -> None:
        self._model = model

    def generate(
        self, name: str, contents: Any, config: Any = None, system: Any = None
    ) -> Response:
        """Generate a text.

        Args:
            name: of the model.
            contents: a text, a content with role and parts, or a list of either.
            config: settings of the generation, by the names of the packages.
            system: instruction: a text or a content.
        """
        settings = fields(config)
        system = settings.pop("system_instruction", None) or system
        form = settings.pop("response_schema", None) or settings.pop("response_json_schema", None)
        mime = settings.pop("response_mime_type", None)
        if settings.pop("candidate_count", 1) not in (None, 1):
            self._model.refuse_argument("candidate_count=...", "several answers to one request")
        parameters = _CONFIG.parameters(settings, self._model)
        if form is not None:
            parameters |= _form(form)
        elif mime == "application/json":
            parameters["response_format"] = {"type": "json_object"}
        messages = [("system", self.text(system))] if system else []
        said = self._model.chat([*messages, *self.messages(contents)], name, parameters)
        return self._response(said, form)

    def embed(self, name: str, content: Any) -> ModelAnswer:
        """The vector of one content."""
        return self._model.embed(self.text(content), name)

    def messages(self, contents: Any) -> list[tuple[str, str]]:
        """The messages of contents. Texts that follow each other are parts of one message."""
        if not isinstance(contents, list | tuple):
            contents = [contents]
        messages: list[tuple[str, str]] = []
        loose: list[str] = []
        for content in contents:
            if _has(content, "parts"):
                messages += _user(loose)
                loose = []
                role = str(fields(content).get("role") or "user")
                messages.append((_ROLES.get(role, role), self.text(content)))
            else:
                loose.append(self.text(content))
        return [*messages, *_user(loose)]

    def text(self, content: Any) -> str:
        """The text of a content, of a part, or of a list of parts."""
        if isinstance(content, str):
            return content
        if isinstance(content, list | tuple):
            return "".join(map(self.text, content))
        if _has(content, "parts"):
            return self.text(fields(content)["parts"])
        if fields(content).get("text") is None:
            self._model.refuse_argument(
                f"a {type(content).__name__} without a text", "contents other than text"
            )
        return str(fields(content)["text"])

    def _response(self, said: Exchange, form: Any) -> Response:
        is_cut = said.answer.finish_reason == "length"
        content = Reply(role="model", parts=[Reply(text=said.text)])
        candidate = Reply(
            index=0,
            content=content,
            finish_reason=FinishReason.MAX_TOKENS if is_cut else FinishReason.STOP,
            safety_ratings=[],
            token_count=said.answer.output_tokens,
        )
        parses = hasattr(form, "model_validate_json")
        response = Response(
            text=said.text,
            parts=content.parts,
            candidates=[candidate],
            parsed=form.model_validate_json(said.text) if parses else None,
            prompt_feedback=Reply(block_reason=None, safety_ratings=[]),
            usage_metadata=Reply(
                prompt_token_count=said.answer.prompt_tokens,
                candidates_token_count=said.answer.output_tokens,
                total_token_count=said.answer.tokens,
                cached_content_token_count=0,
                thoughts_token_count=0,
            ),
            model_version=said.request.model,
            response_id=said.name("gemini"),
        )
        self._model.sealed(response, "generate_content")
        return response


def fields(value: Any) -> dict[str, Any]:
    """The fields of a mapping, of an object of a package, or of a JSON object."""
    if value is None:
        return {}
    given = value if isinstance(value, Mapping) else vars(value)
    return {_snake(name): each for name, each in given.items() if each is not None}


def json_fields(value: Any) -> Any:
    """A reply as HTTP gives it: fields are written as ``finishReason``."""
    if isinstance(value, Mapping):
        return {_camel(name): json_fields(each) for name, each in value.items()}
    return [json_fields(each) for each in value] if isinstance(value, list) else value


def _form(form: Any) -> dict[str, Any]:
    if hasattr(form, "model_json_schema"):
        return form_of_answer(form.__name__, form.model_json_schema())
    return form_of_answer("answer", _lower_types(form))


def _lower_types(schema: Any) -> Any:
    """A JSON schema of one in Gemini's form, which writes types in capitals."""
    if isinstance(schema, list):
        return [_lower_types(each) for each in schema]
    if not isinstance(schema, Mapping):
        return schema
    return {
        name: str(value).lower() if name == "type" else _lower_types(value)
        for name, value in schema.items()
    }


def _user(texts: list[str]) -> list[tuple[str, str]]:
    return [("user", "\n".join(texts))] if texts else []


def _has(content: Any, name: str) -> bool:
    return (
        name in content
        if isinstance(content, Mapping)
        else name in getattr(content, "__dict__", {})
    )


def _snake(name: str) -> str:
    return re.sub("[A-Z]", lambda letter: f"_{letter[0].lower()}", name)


def _camel(name: str) -> str:
    return re.sub("_([a-z])", lambda letter: letter[1].upper(), name)
