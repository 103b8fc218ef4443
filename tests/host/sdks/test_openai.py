"""Arguments of the host become a request, and its fingerprint covers what affects the answer; the
replies have what forks read from them, and what is not there ends the run and is named."""

from __future__ import annotations

import asyncio
import copy
import importlib
import inspect
import json
from typing import Any, NoReturn

import pytest
from pydantic import BaseModel, ValidationError

from ga_ooo.errors import GaOooError, HostError, ModelError
from ga_ooo.host.sdks.host_model import HostModel
from ga_ooo.host.sdks.openai import make_openai_module
from ga_ooo.model.requests import CallKind, ModelAnswer, ModelRequest

MESSAGES = [{"role": "user", "content": "Hello?"}]


class Api:
    """The module, and what was asked through it."""

    def __init__(self, text: str = "yes") -> None:
        self.asked: list[ModelRequest] = []
        self.refused: list[GaOooError] = []
        self.text = text
        self.openai: Any = make_openai_module(HostModel(self._ask, self._refuse))
        self.client = self.openai.OpenAI(api_key="secret", base_url="http://elsewhere/v1")

    def _ask(self, request: ModelRequest) -> ModelAnswer:
        self.asked.append(request)
        vector = (0.5, 1.0) if request.kind is CallKind.EMBEDDING else ()
        return ModelAnswer(self.text, vector, prompt_tokens=7, output_tokens=2)

    def _refuse(self, error: GaOooError) -> NoReturn:
        self.refused.append(error)
        raise error


@pytest.fixture
def api() -> Api:
    return Api()


def test_transport_arguments_are_not_parameters(api: Api) -> None:
    transport = ("headers", "organization", "api_type", "api_version", "extra_query", "user")
    api.openai.Completion.create(
        model="m",
        prompt="p",
        temperature=0.5,
        extra_headers={"Authorization": "x"},
        **dict.fromkeys(transport, "secret"),
    )
    assert api.asked == [
        ModelRequest(CallKind.COMPLETION, "m", prompt="p", parameters={"temperature": 0.5})
    ]


def test_half_a_surrogate_pair_has_a_fingerprint() -> None:
    whole, half = (ModelRequest(CallKind.COMPLETION, "m", prompt=p) for p in ("a", "a\ud83d"))
    assert half.fingerprint != whole.fingerprint


def test_both_generations_ask_the_same(api: Api) -> None:
    old = api.openai.ChatCompletion.create(model="m", messages=MESSAGES)
    new = api.client.chat.completions.create(model="m", messages=MESSAGES)
    azure = api.openai.AzureOpenAI(azure_endpoint="https://x", api_version="1")
    third = azure.with_options(timeout=3).chat.completions.create(model="m", messages=MESSAGES)
    assert old == new == third
    assert len({request.fingerprint for request in api.asked}) == 1
    assert old["choices"][0]["message"]["content"] == new.choices[0].message.content == "yes"


def test_a_reply_has_what_forks_read_from_it(api: Api) -> None:
    said = api.client.chat.completions.create(model="m", messages=MESSAGES)
    assert said.model == "m" and said.object == "chat.completion" and said.created == 0
    assert said.id.startswith("chatcmpl-") and said.system_fingerprint is None
    assert (said.usage.prompt_tokens, said.usage.completion_tokens) == (7, 2)
    message = said.choices[0].message
    assert message.tool_calls is None and message.refusal is None and message.parsed is None
    assert json.loads(said.model_dump_json())["choices"][0]["index"] == 0
    assert "tool_calls" not in said.model_dump(exclude_none=True)["choices"][0]["message"]
    assert not hasattr(said, "error") and said.get("error") is None


def test_a_field_that_no_reply_has_ends_the_run(api: Api) -> None:
    said = api.client.chat.completions.create(model="m", messages=MESSAGES)
    for reply, name in ((said, "the_answer"), (said.choices[0].message, "words")):
        with pytest.raises(HostError, match=f"{name} of the reply of chat.completion"):
            getattr(reply, name)
    assert len(api.refused) == 2
    copied = copy.deepcopy(said)
    assert copied == said and not hasattr(copied, "the_answer")


def test_every_field_of_the_real_reply_is_there(api: Api) -> None:
    chat = importlib.import_module("openai.types.chat")
    said = api.client.chat.completions.create(model="m", messages=MESSAGES)
    optional = {"moderation"}
    assert set(chat.ChatCompletion.model_fields) - optional <= set(said)
    message = importlib.import_module("openai.types.chat.chat_completion_message")
    assert set(message.ChatCompletionMessage.model_fields) <= set(said.choices[0].message)


def test_every_exception_of_the_real_package_is_there(api: Api) -> None:
    real: Any = importlib.import_module("openai")
    errors = {
        name
        for name in dir(real)
        if inspect.isclass(getattr(real, name)) and issubclass(getattr(real, name), Exception)
    }
    newer = {name for name in errors if name.startswith(("WebSocket", "InvalidWebhook", "OAuth"))}
    newer |= {"SubjectTokenProviderError", "WebhookError"}
    assert {"OpenAIError", "RateLimitError"} <= errors
    for name in errors - newer - {name for name in errors if name.startswith("_")}:
        assert vars(api.openai)[name] is ModelError, name
    for name in ("RateLimitError", "Timeout", "ServiceUnavailableError", "InvalidRequestError"):
        assert getattr(api.openai.error, name) is ModelError


def test_an_embedding_of_texts(api: Api) -> None:
    said = api.client.embeddings.create(input=["a", "b"], model="e")
    assert not hasattr(said, "choices") and not api.refused, "as a cost logger asks"
    assert [item.embedding for item in said.data] == [[0.5, 1.0]] * 2
    assert said.model == "e" and said.usage.total_tokens == 14
    assert api.openai.Embedding.create(input="a", model="e")["data"][0]["embedding"] == [0.5, 1.0]


def test_texts_in_parts_are_one_text(api: Api) -> None:
    parts = [{"type": "text", "text": "Hel"}, {"type": "text", "text": "lo?"}]
    api.client.chat.completions.create(model="m", messages=[{"role": "user", "content": parts}])
    assert api.asked[0].messages == (("user", "Hello?"),)


def test_absent_arguments_of_the_new_client_are_absent(api: Api) -> None:
    absent = api.openai.NOT_GIVEN
    api.client.chat.completions.create(model="m", messages=MESSAGES, temperature=absent, stop=None)
    assert api.asked[0].parameters == {}


def test_further_arguments_in_the_body_are_parameters(api: Api) -> None:
    body = {"chat_template_kwargs": {"enable_thinking": False}}
    api.client.chat.completions.create(model="m", messages=MESSAGES, extra_body=body)
    assert api.asked[0].parameters == body


def test_a_stream_has_one_chunk(api: Api) -> None:
    stream = api.client.chat.completions.create(model="m", messages=MESSAGES, stream=True)
    assert "".join(chunk.choices[0].delta.content for chunk in stream) == "yes"
    with api.openai.Completion.create(model="m", prompt="p", stream=True) as chunks:
        assert [chunk["choices"][0]["text"] for chunk in chunks] == ["yes"]


class Mood(BaseModel):
    word: str
    strength: int


def test_parse_asks_for_the_form_and_gives_an_object() -> None:
    api = Api('{"word": "glad", "strength": 3}')
    for completions in (api.client.chat.completions, api.client.beta.chat.completions):
        said = completions.parse(model="m", messages=MESSAGES, response_format=Mood)
        assert said.choices[0].message.parsed == Mood(word="glad", strength=3)
        assert said.choices[0].message.content == api.text
    form = api.asked[0].parameters["response_format"]["json_schema"]
    assert form["name"] == "Mood" and form["strict"]
    assert form["schema"]["required"] == ["word", "strength"]
    assert form["schema"]["additionalProperties"] is False
    said = api.client.responses.parse(model="m", input="Hello?", text_format=Mood)
    assert said.output_parsed == Mood(word="glad", strength=3)


def test_an_answer_of_another_form_is_the_hosts_to_handle() -> None:
    api = Api("I am glad")
    with pytest.raises(ValidationError):
        api.client.chat.completions.parse(model="m", messages=MESSAGES, response_format=Mood)
    assert api.refused == []


def test_the_responses_api_is_a_chat(api: Api) -> None:
    said = api.client.responses.create(
        model="m", input="Hello?", instructions="Be brief.", max_output_tokens=9
    )
    assert said.output_text == "yes" and said.output[0].content[0].text == "yes"
    assert said.usage.input_tokens == 7
    (request,) = api.asked
    assert request.messages == (("system", "Be brief."), ("user", "Hello?"))
    assert request.parameters == {"max_tokens": 9}


def test_the_responses_api_has_forms_effort_and_streams(api: Api) -> None:
    form = {"type": "json_schema", "name": "mood", "schema": {"type": "object"}, "strict": True}
    effort = {"effort": "low"}
    stream = api.client.responses.create(
        model="m", input="Hello?", text={"format": form}, reasoning=effort, stream=True
    )
    *_, last = events = list(stream)
    assert [event.delta for event in events if event.type.endswith("delta")] == ["yes"]
    assert last.response.output_text == "yes"
    asked = api.asked[0].parameters
    assert asked["response_format"]["json_schema"]["name"] == "mood"
    assert asked["reasoning_effort"] == "low" and len(asked) == 2


def test_the_asynchronous_client(api: Api) -> None:
    async def ask() -> str:
        async with api.openai.AsyncOpenAI() as client:
            said = await client.chat.completions.create(model="m", messages=MESSAGES)
            old = await api.openai.ChatCompletion.acreate(model="m", messages=MESSAGES)
        return f"{said.choices[0].message.content} {old.choices[0].message.content}"

    assert asyncio.run(ask()) == "yes yes"


UNKNOWN = {
    "openai.Image": lambda api: api.openai.Image,
    "openai.moderations": lambda api: api.openai.moderations,
    "openai.OpenAI().batches": lambda api: api.client.batches,
    "openai.chat.completions.list": lambda api: api.client.chat.completions.list,
    "tools": lambda api: api.client.chat.completions.create(
        model="m", messages=MESSAGES, tools=[{"type": "function"}]
    ),
    "n=3": lambda api: api.client.chat.completions.create(model="m", messages=MESSAGES, n=3),
    "image_url": lambda api: api.client.chat.completions.create(
        model="m", messages=[{"role": "user", "content": [{"type": "image_url"}]}]
    ),
}


@pytest.mark.parametrize("named", UNKNOWN)
def test_what_is_not_there_ends_the_run_and_is_named(named: str, api: Api) -> None:
    with pytest.raises(HostError):
        UNKNOWN[named](api)
    (error,) = api.refused
    assert named in error.problem and "secret" not in str(error)


def test_libraries_may_look_at_it(api: Api) -> None:
    assert inspect.ismodule(api.openai) and not hasattr(api.openai, "__path__")
    assert inspect.isclass(api.openai.OpenAI)
    assert api.client.api_key == "secret" and api.client.timeout is None
    assert importlib.metadata.version("openai") == api.openai.__version__
    assert api.refused == []
