"""What servers say when they refuse, in the words of several servers, and Retry-After."""

from __future__ import annotations

import pytest

from ga_ooo.errors import UsageError
from ga_ooo.model.client._failures import refusal, retry_after, without_input
from ga_ooo.model.client._load import read_load
from ga_ooo.model.client.model_names import ModelNames
from ga_ooo.model.endpoints import EndpointConfig
from ga_ooo.model.errors import ContextLengthError, RefusedParameterError, RefusedRequestError
from ga_ooo.model.requests import CallKind
from tests.model.refusals import status_error

BODY = {"model": "m", "messages": [], "max_tokens": 5, "seed": 1, "temperature": 0.5}


@pytest.mark.parametrize(
    ("told", "prompt_tokens", "limit"),
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
    ],
)
def test_context_length(told: str, prompt_tokens: int | None, limit: int) -> None:
    error = refusal(status_error(400, {"message": told}), "http://gpu/v1", BODY)
    assert isinstance(error, ContextLengthError)
    assert (error.prompt_tokens, error.limit) == (prompt_tokens, limit)


def test_context_length_told_in_fields() -> None:
    body = {"type": "exceed_context_size_error", "n_prompt_tokens": 9, "n_ctx": 8, "message": ""}
    error = refusal(status_error(400, body), "http://gpu/v1", BODY)
    assert isinstance(error, ContextLengthError)
    assert (error.prompt_tokens, error.limit) == (9, 8)


@pytest.mark.parametrize(
    ("message", "param", "parameter"),
    [
        ("Unsupported value", "temperature", "temperature"),
        ("temperature must be in [0, 2], got 3", None, "temperature"),
        ("[{'loc': ('body', 'max_tokens'), 'msg': 'must be positive'}]", None, "max_tokens"),
        ("1 validation error", "body.top_p", "top_p"),
        ("Per-request seed is not supported on this platform.", None, "seed"),
    ],
)
def test_refused_parameter(message: str, param: str | None, parameter: str) -> None:
    error = refusal(status_error(400, {"message": message, "param": param}), "http://gpu/v1", BODY)
    assert isinstance(error, RefusedParameterError)
    assert error.parameter == parameter


def test_refused_content_is_no_parameter() -> None:
    body = {"message": "should be a valid string; seed", "param": "body.messages.0.content"}
    error = refusal(status_error(400, body), "http://gpu/v1", BODY)
    assert isinstance(error, RefusedRequestError)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0.25"}, 0.25),
        ({"retry-after": "86400"}, 300.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "-3"}, None),
        (
            {
                "retry-after": "Wed, 21 Oct 2026 07:28:30 GMT",
                "date": "Wed, 21 Oct 2026 07:28:00 GMT",
            },
            30.0,
        ),
        (
            {
                "retry-after": "Wed, 21 Oct 2026 07:28:00 GMT",
                "date": "Wed, 21 Oct 2026 07:29:00 GMT",
            },
            0.0,
        ),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, None),
    ],
)
def test_retry_after(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers) == seconds


def test_what_the_server_told_is_cut_before_it_quotes_the_request() -> None:
    told = "1 validation error:\n  {'type': 'x', 'msg': 'bad', 'input': {'content': 'my secret'}}"
    assert without_input(told) == "1 validation error: {'type': 'x', 'msg': 'bad',"
    assert len(without_input("a" * 5000)) < 300


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("http://gpu:8000", "http://gpu:8000/v1"),
        ("http://gpu:8000/", "http://gpu:8000/v1"),
        ("http://gpu:8000/v1/", "http://gpu:8000/v1"),
        ("https://host/openai/v1", "https://host/openai/v1"),
        ("http://[::1]:8000", "http://[::1]:8000/v1"),
    ],
)
def test_url_is_completed(given: str, url: str) -> None:
    assert EndpointConfig(given).url == url


@pytest.mark.parametrize(
    "given", ["gpu:8000", "", "ftp://gpu", "http://", "http://key@gpu/v1", "http://gpu?key=secret"]
)
def test_bad_url_is_refused_without_quoting_secrets(given: str) -> None:
    with pytest.raises(UsageError) as caught:
        EndpointConfig(given)
    assert "key@" not in str(caught.value)
    assert "secret" not in str(caught.value)


def test_root_is_where_health_is() -> None:
    assert EndpointConfig("http://gpu:8000").root == "http://gpu:8000"
    assert EndpointConfig("https://host/openai/v1").root == "https://host/openai"


def test_model_names() -> None:
    names = ModelNames(
        chat={"gpt-4": "big", "*": "small"}, completion={"text-davinci-003": "small"}
    )
    assert names.served(CallKind.CHAT, "gpt-4") == "big"
    assert names.served(CallKind.CHAT, "gpt-3.5-turbo") == "small"
    assert names.served(CallKind.COMPLETION, "text-davinci-002") == "text-davinci-002"
    assert names.targets(CallKind.CHAT) == ("big", "small")
    assert names.targets(CallKind.EMBEDDING) == ()


def test_metrics_of_another_server_are_no_load() -> None:
    assert read_load("") is None
    assert read_load("sglang:num_running_reqs 3\nprocess_open_fds 9\n") is None
    assert read_load("vllm:num_requests_waiting_by_reason{reason='x'} 4\n") is None
    assert read_load("vllm:num_requests_running NaN\n") is None
    load = read_load("vllm:num_requests_running 2.0\n")
    assert load is not None
    assert load.running == 2
