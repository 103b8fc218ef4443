"""Failed responses as errors: the words of several servers, and what each error is."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ga_ooo.errors import ModelError
from ga_ooo.model.client._http.failures import SentRequest, status_failure
from ga_ooo.model.errors import (
    ContentFilterError,
    ContextLengthError,
    FailureKind,
    KeyRefusedError,
    MissingMethodError,
    QuotaError,
    RefusedParameterError,
    RefusedRequestError,
    TransientModelError,
    UnknownModelError,
)

BODY = {
    "model": "m",
    "messages": [{"role": "user", "content": "Klaus thinks about the model of his secret life."}],
    "max_tokens": 5,
    "seed": 1,
    "temperature": 0.5,
}
REQUEST = SentRequest("POST", "http://gpu/v1/chat/completions", BODY)


def failed(
    status: int,
    content: object,
    headers: dict[str, str] | None = None,
    request: SentRequest = REQUEST,
) -> ModelError:
    """The error for a response, whose body is given as JSON, text or bytes."""
    if not isinstance(content, bytes | str):
        content = json.dumps(content)
    raw = content.encode() if isinstance(content, str) else content
    return status_failure(request, status, headers or {}, raw)


def api(message: str, **fields: Any) -> dict[str, Any]:
    return {"error": {"message": message, **fields}}


@pytest.mark.parametrize(
    ("message", "prompt_tokens", "limit"),
    [
        # vLLM, several years
        (
            "This model's maximum context length is 6048 tokens. However, you requested 6616 "
            "tokens (568 in the messages, 6048 in the completion). Please reduce the length.",
            568,
            6048,
        ),
        (
            "'max_tokens' or 'max_completion_tokens' is too large: 8000. This model's maximum "
            "context length is 4096 tokens and your request has 2778 input tokens (8000 > 4096 "
            "- 2778).",
            2778,
            4096,
        ),
        (
            "This model's maximum context length is 2048 tokens. However, your prompt contains "
            "at least 1025 input tokens, which exceeds this limit even without any output.",
            1025,
            2048,
        ),
        (
            "This model's maximum context length is 2048 tokens. However, your prompt contains "
            "90000 characters (more than 20000 characters, which is the upper bound for 1024 "
            "input tokens).",
            None,
            2048,
        ),
        (
            "The decoder prompt (length 5000) is longer than the maximum model length of 4096.",
            5000,
            4096,
        ),
        # SGLang
        (
            "Requested token count exceeds the model's maximum context length of 4096 tokens. You "
            "requested a total of 5100 tokens: 5000 tokens from the input messages and 100 tokens "
            "for the completion.",
            5000,
            4096,
        ),
        (
            "The input (5000 tokens) is longer than the model's context length (4096 tokens).",
            5000,
            4096,
        ),
        # llama.cpp
        ("request (4476 tokens) exceeds the available context size (4096 tokens)", 4476, 4096),
        # OpenAI
        (
            "This model's maximum context length is 4097 tokens. However, your messages resulted "
            "in 6164 tokens. Please reduce the length of the messages.",
            6164,
            4097,
        ),
        # Nobody: a number of many digits
        (f"maximum context length is {'9' * 5000} tokens", None, None),
    ],
)
def test_context_length(message: str, prompt_tokens: int | None, limit: int | None) -> None:
    error = failed(400, api(message))
    assert isinstance(error, ContextLengthError)
    assert (error.prompt_tokens, error.limit) == (prompt_tokens, limit)


@pytest.mark.parametrize(
    ("status", "message", "prompt_tokens", "limit"),
    [
        # llama.cpp
        (
            500,
            "input (992 tokens) is too large to process. increase the physical batch size "
            "(current batch size: 512)",
            992,
            512,
        ),
        (500, "input is too large to process, please increase the physical batch size", None, None),
        (500, "input prompt is too big compared to KV size, please increase KV size", None, None),
        # Text Embeddings Inference
        (
            413,
            "Input validation error: `inputs` must have less than 512 tokens. Given: 600",
            600,
            512,
        ),
        # Ollama
        (400, "the input length exceeds the context length", None, None),
    ],
)
def test_text_too_long_to_embed(
    status: int, message: str, prompt_tokens: int | None, limit: int | None
) -> None:
    error = failed(status, api(message))
    assert isinstance(error, ContextLengthError)
    assert (error.prompt_tokens, error.limit) == (prompt_tokens, limit)


def test_context_length_in_fields() -> None:
    body = {"type": "exceed_context_size_error", "n_prompt_tokens": 9, "n_ctx": 8, "message": ""}
    error = failed(400, {"error": body})
    assert isinstance(error, ContextLengthError)
    assert (error.prompt_tokens, error.limit) == (9, 8)


@pytest.mark.parametrize(
    ("message", "param", "parameter"),
    [
        ("Unsupported value", "temperature", "temperature"),
        ("temperature must be in [0, 2], got 3", None, "temperature"),
        ("[{'loc': ('body', 'max_tokens'), 'msg': 'must be positive'}]", None, "max_tokens"),
        ("1 validation error", "body.temperature", "temperature"),
        ("Per-request seed is not supported on this platform.", None, "seed"),
    ],
)
def test_refused_parameter(message: str, param: str | None, parameter: str) -> None:
    error = failed(400, api(message, param=param))
    assert isinstance(error, RefusedParameterError)
    assert error.parameter == parameter


def test_refused_parameter_of_fastapi() -> None:
    detail = [{"type": "extra_forbidden", "loc": ["body", "seed"], "msg": "Extra", "input": 1}]
    error = failed(422, {"detail": detail})
    assert isinstance(error, RefusedParameterError)
    assert error.parameter == "seed"


def test_refused_content_is_no_parameter() -> None:
    message = "should be a valid string; seed"
    error = failed(400, api(message, param="body.messages.0.content"))
    assert isinstance(error, RefusedRequestError)
    assert not isinstance(error, RefusedParameterError)


@pytest.mark.parametrize(
    ("status", "content"),
    [
        (404, {"detail": "Not Found"}),
        (405, {"detail": "Method Not Allowed"}),
        (501, api("not implemented")),
        (404, "404 page not found"),
        (404, "<html><head><title>404 Not Found</title></head></html>"),
        (404, api("Invalid URL (POST /chat/completions)")),
        (
            404,
            api(
                "This is a chat model and not supported in the v1/completions endpoint. Did you "
                "mean to use v1/chat/completions?",
                param="model",
            ),
        ),
        (400, api("As of transformers v4.44, default chat template is no longer allowed")),
    ],
)
def test_missing_method(status: int, content: object) -> None:
    assert isinstance(failed(status, content), MissingMethodError)


@pytest.mark.parametrize(
    ("status", "content"),
    [
        (404, api("The model `m` does not exist.", type="NotFoundError")),
        (404, api('model "m" not found, try pulling it first')),
        (
            404,
            api("The model 'm' does not exist or no access", code="model_not_found"),
        ),
        (404, api("The API deployment for this resource does not exist.")),
        (400, {"object": "error", "message": "Invalid model: m", "type": "invalid_model"}),
        (400, api("m is not a valid model ID", code=400)),
    ],
)
def test_unknown_model(status: int, content: object) -> None:
    error = failed(status, content)
    assert isinstance(error, UnknownModelError)
    assert error.model == "m"
    assert error.message in error.problem


@pytest.mark.parametrize(
    ("status", "content"),
    [
        (
            400,
            api(
                "The response was filtered due to the prompt triggering the content management "
                "policy.",
                code="content_filter",
            ),
        ),
        (400, api("Your request was rejected as a result of our safety system.")),
        (403, api("m requires moderation. Your input was flagged", code=403)),
        (400, api("...", code="content_policy_violation")),
        (
            400,
            {"error": {"code": "x", "innererror": {}, "message": "ResponsibleAIPolicyViolation"}},
        ),
    ],
)
def test_content_filter(status: int, content: object) -> None:
    error = failed(status, content)
    assert isinstance(error, ContentFilterError)
    assert "content filter" in error.remedy and "resume" in error.remedy


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("key", ["", "sk-secret-key"])
def test_refused_key(status: int, key: str) -> None:
    request = SentRequest("POST", "http://gpu/v1", BODY, key, "TOWN_KEY")
    error = failed(status, api(f"Incorrect API key provided: {key}"), request=request)
    assert isinstance(error, KeyRefusedError)
    assert "TOWN_KEY" in error.remedy
    assert ("it is not set" in error.remedy) == (not key)
    assert "Incorrect API key" in error.problem
    assert "secret" not in str(error)


@pytest.mark.parametrize(
    ("status", "content", "headers"),
    [
        (429, api("You exceeded your current quota, please check your plan", code="x"), {}),
        (429, api("...", code="insufficient_quota"), {"retry-after": "5"}),
        (402, api("Insufficient Balance"), {}),
        (402, "", {}),
        (400, api("Your credit balance is too low to access the API"), {}),
        (403, api("insufficient credits"), {}),
        (429, api("Rate limit exceeded: free-models-per-day"), {}),
        (429, api("Too many requests"), {"retry-after": "86400"}),
    ],
)
def test_quota(status: int, content: object, headers: dict[str, str]) -> None:
    error = failed(status, content, headers)
    assert isinstance(error, QuotaError)
    assert not error.retry_move
    assert "resume" in error.remedy


@pytest.mark.parametrize(
    ("content", "headers"),
    [
        (api("Rate limit reached for requests per minute"), {}),
        (api("You exceeded your current quota"), {"retry-after": "20"}),
        (api("Rate limit reached: Limit 3, Used 3. Please try again in 20s."), {}),
        ('[{"error": {"message": "exceeded your current quota", "details": '
         '[{"retryDelay": "30s"}]}}]', {}),
        ("", {}),
    ],
)  # fmt: skip
def test_a_limit_per_minute_is_no_quota(content: object, headers: dict[str, str]) -> None:
    error = failed(429, content, headers)
    assert isinstance(error, TransientModelError)
    assert error.kind is FailureKind.BUSY


@pytest.mark.parametrize("status", [408, 409, 500, 502, 503, 504, 520, 529])
def test_servers_in_trouble_are_asked_again(status: int) -> None:
    error = failed(status, api("Service temporarily overloaded"), {"retry-after": "7"})
    assert isinstance(error, TransientModelError)
    assert (error.kind, error.retry_after) == (FailureKind.SERVER, 7.0)
    assert f"HTTP {status}: Service temporarily overloaded" in error.problem


SHAPES = {
    "openai": api("WORDS", type="t", code=None, param=None),
    "text": {"error": "WORDS"},
    "tgi": {"error": "WORDS", "error_type": "validation"},
    "fastapi": {"detail": "WORDS"},
    "fastapi, validated": {"detail": [{"loc": ["body"], "msg": "WORDS", "type": "x"}]},
    "flat": {"message": "WORDS", "code": 400},
    "gemini": [api("WORDS", status="INVALID_ARGUMENT")],
    "problem": {"type": "about:blank", "title": "WORDS", "status": 400},
    "nested": {"error": {"error": {"message": "WORDS"}}},
    "string": "WORDS",
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("status", [400, 401, 404, 418, 429, 500, 503])
def test_the_servers_own_words_in_every_shape(shape: str, status: int) -> None:
    content = json.dumps(SHAPES[shape]).replace("WORDS", "the coffee machine is empty")
    error = failed(status, content)
    assert "the coffee machine is empty" in error.problem
    assert "http://gpu/v1/chat/completions" in error.problem
    assert error.remedy


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("<html><head><title>502 Bad Gateway</title></head><h1>x</h1></html>", "502 Bad Gateway"),
        ("<!DOCTYPE html><h1>Access &amp; denied</h1>", "Access & denied"),
        ("<p>only <b>text</b></p><script>var x</script>", "only text"),
        ("upstream connect error", "upstream connect error"),
        ("", "(without a message)"),
        ("\x00\x1b[31mred\x07", "[31mred"),
    ],
)
def test_pages_and_plain_text(page: str, words: str) -> None:
    problem = failed(502, page).problem
    assert problem.endswith(f"HTTP 502: {words}")
    assert problem.isprintable()


PROMPT = 'Klaus "the student" Müller\nwrites a\tletter: dear Maria & José, it\'s over \\o/. 🎉'


@pytest.mark.parametrize(
    "quoted",
    [
        PROMPT,
        repr(PROMPT),
        json.dumps(PROMPT),
        json.dumps(PROMPT, ensure_ascii=False),
        json.dumps(json.dumps({"messages": [{"content": PROMPT}]})),
        PROMPT.replace("&", "&amp;").replace('"', "&quot;"),
        PROMPT[5:60],
        PROMPT.replace("\n", "   "),
    ],
)
@pytest.mark.parametrize("status", [400, 404, 422, 429, 500])
@pytest.mark.parametrize("kind", ["messages", "prompt", "input"])
def test_a_prompt_is_never_shown(quoted: str, status: int, kind: str) -> None:
    content: Any = [{"role": "user", "content": PROMPT}] if kind == "messages" else [PROMPT]
    request = SentRequest("POST", "http://gpu/v1/x", {"model": "m", kind: content})
    for body in (api(f"cannot read: {quoted}"), {"detail": [{"msg": quoted}]}, quoted):
        shown = str(failed(status, body, request=request))
        for word in ("Klaus", "student", "Müller", "letter", "Maria", "José", "over"):
            assert word not in shown


def test_a_short_prompt_is_never_shown() -> None:
    request = SentRequest("POST", "http://gpu/v1/x", {"model": "m", "prompt": "my diary"})
    assert "diary" not in str(failed(400, api('bad prompt "my diary", sorry'), request=request))
    assert "sorry" in str(failed(400, api('bad prompt "my diary", sorry'), request=request))


def test_words_are_cut_before_the_input_of_pydantic() -> None:
    message = "1 validation error: {'type': 'x', 'msg': 'bad', 'input': {'content': 'a thing'}}"
    problem = failed(400, api(message)).problem
    assert "'msg': 'bad'" in problem
    assert "thing" not in problem


def test_long_words_are_cut() -> None:
    assert len(failed(400, api("a b " * 5000)).problem) < 500


def test_the_words_of_a_prompt_decide_nothing() -> None:
    """A prompt about quota, models and context that a server quotes is no reason of a failure."""
    prompt = "Her daily quota exceeded, the unknown model had no context length. Payment required!"
    request = SentRequest("POST", "http://gpu/v1/x", {"model": "m", "prompt": prompt})
    for status in (400, 404, 429):
        error = failed(status, api(f"cannot parse {prompt}"), request=request)
        assert not isinstance(error, QuotaError | ContextLengthError | UnknownModelError)
