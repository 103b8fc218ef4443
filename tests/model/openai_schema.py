"""The bodies of requests that OpenAI's published API accepts, as far as this package sends any.

An extract written for these tests: names, types and limits of the methods chat completions,
completions, embeddings and responses. Everything else is refused, in OpenAI's words.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr, ValidationError

_Penalty: TypeAlias = Annotated[float, Field(ge=-2, le=2)]
_Count: TypeAlias = Annotated[StrictInt, Field(ge=1)]
_Stops: TypeAlias = StrictStr | Annotated[list[StrictStr], Field(min_length=1, max_length=4)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Sampling(_Strict):
    model: StrictStr
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    top_p: Annotated[float, Field(ge=0, le=1)] | None = None
    stream: StrictBool | None = None
    user: StrictStr | None = None


class _StreamOptions(_Strict):
    include_usage: StrictBool


class _Completing(_Sampling):
    frequency_penalty: _Penalty | None = None
    presence_penalty: _Penalty | None = None
    logit_bias: dict[str, int] | None = None
    max_tokens: _Count | None = None
    n: Annotated[StrictInt, Field(ge=1, le=128)] | None = None
    seed: StrictInt | None = None
    stop: _Stops | None = None
    stream_options: _StreamOptions | None = None


class _Message(_Strict):
    role: Literal["developer", "system", "user", "assistant"]
    content: StrictStr


class _AnswerSchema(_Strict):
    type: Literal["object"]
    properties: dict[str, dict[str, Any]]
    required: list[str]
    additional_properties: Literal[False] = Field(alias="additionalProperties")


class _NamedSchema(_Strict):
    name: Annotated[StrictStr, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
    strict: StrictBool
    schema_: _AnswerSchema = Field(alias="schema")


class _ResponseFormat(_Strict):
    type: Literal["json_schema"]
    json_schema: _NamedSchema


class Chat(_Completing):
    """Body of a request to ``/chat/completions``."""

    messages: Annotated[list[_Message], Field(min_length=1)]
    max_completion_tokens: _Count | None = None
    response_format: _ResponseFormat | None = None
    reasoning_effort: Literal["none", "minimal", "low", "medium", "high"] | None = None
    logprobs: StrictBool | None = None
    store: StrictBool | None = None


class Completion(_Completing):
    """Body of a request to ``/completions``."""

    prompt: StrictStr
    best_of: Annotated[StrictInt, Field(ge=0, le=20)] | None = None
    echo: StrictBool | None = None
    logprobs: Annotated[StrictInt, Field(ge=0, le=5)] | None = None
    suffix: StrictStr | None = None


class Embedding(_Strict):
    """Body of a request to ``/embeddings``."""

    model: StrictStr
    input: StrictStr | Annotated[list[StrictStr], Field(min_length=1, max_length=2048)]
    encoding_format: Literal["float", "base64"] | None = None
    dimensions: _Count | None = None
    user: StrictStr | None = None


class _TextFormat(_NamedSchema):
    type: Literal["json_schema"]


class _Text(_Strict):
    format: _TextFormat


class _Reasoning(_Strict):
    effort: Literal["none", "minimal", "low", "medium", "high"]


class Responses(_Sampling):
    """Body of a request to ``/responses``."""

    input: StrictStr | list[_Message]
    max_output_tokens: Annotated[StrictInt, Field(ge=16)] | None = None
    store: StrictBool | None = None
    text: _Text | None = None
    reasoning: _Reasoning | None = None


SCHEMAS: Final[dict[str, type[BaseModel]]] = {
    "/v1/chat/completions": Chat,
    "/v1/completions": Completion,
    "/v1/embeddings": Embedding,
    "/v1/responses": Responses,
}


def refused(path: str, body: dict[str, Any]) -> tuple[str, str] | None:
    """The name of the first refused parameter and a message; None if the body is accepted."""
    try:
        SCHEMAS[path].model_validate(body)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        if first["type"] == "extra_forbidden":
            return name, f"Unknown parameter: '{name}'."
        return name, f"Invalid value for '{'.'.join(map(str, first['loc']))}': {first['msg']}."
    return None
