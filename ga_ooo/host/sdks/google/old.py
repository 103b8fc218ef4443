"""``google.generativeai``: ``GenerativeModel(name).generate_content(prompt)``."""

from __future__ import annotations

from types import ModuleType
from typing import Any, Final

from ga_ooo.host.sdks.google.api import Api, FinishReason, Response, fields
from ga_ooo.host.sdks.google.types import AnyName
from ga_ooo.host.sdks.host_model import HostModel
from ga_ooo.host.sdks.parts import Client, SdkModule, asynchronous, client_class
from ga_ooo.host.sdks.replies import Reply

_PACKAGE: Final = "google.generativeai"

_TYPES: Final = {
    "GenerationConfig": Reply,
    "GenerateContentResponse": Response,
    "HarmCategory": AnyName("HarmCategory"),
    "HarmBlockThreshold": AnyName("HarmBlockThreshold"),
    "BlockedPromptException": ValueError,
    "StopCandidateException": ValueError,
}

_PROTOS: Final = {
    "Content": Reply,
    "Part": Reply,
    "Candidate": Reply,
    "FinishReason": FinishReason,
}


def make_old(model: HostModel) -> ModuleType:
    """The module ``google.generativeai``."""
    api = Api(model)

    def generative_model(
        model_name: str = "gemini-1.5-flash",
        safety_settings: Any = None,
        generation_config: Any = None,
        tools: Any = None,
        tool_config: Any = None,
        system_instruction: Any = None,
    ) -> Client:
        if tools:
            model.refuse_argument("GenerativeModel(tools=...)", "tools and function calls")
        asked = _Generative(api, model_name, generation_config, system_instruction)
        return Client(
            "GenerativeModel()",
            model.refuse_name,
            model_name=model_name,
            generate_content=asked.generate_content,
            generate_content_async=asynchronous(asked.generate_content),
            start_chat=lambda history=None, **_: _chat(model, asked, history),
        )

    def embed_content(model: str = "", content: Any = "", **_: Any) -> Reply:
        several = isinstance(content, list | tuple)
        texts = list(content) if several else [content]
        vectors = [list(api.embed(model, text).embedding) for text in texts]
        return Reply(embedding=vectors if several else vectors[0])

    names = {
        "configure": lambda **_: None,
        "GenerativeModel": client_class("GenerativeModel", _PACKAGE, generative_model),
        "GenerationConfig": Reply,
        "embed_content": embed_content,
        "list_models": lambda **_: [],
        "types": SdkModule(f"{_PACKAGE}.types", model.refuse_name, _TYPES),
        "protos": SdkModule(f"{_PACKAGE}.protos", model.refuse_name, _PROTOS),
    }
    return SdkModule(_PACKAGE, model.refuse_name, names)


class _Generative:
    """A model with its settings.

    Args:
        api: asked.
        name: of the model.
        config: settings of each generation.
        system: instruction.
    """

    def __init__(self, api: Api, name: str, config: Any, system: Any) -> None:
        self._api = api
        self._name = name
        self._config = config
        self._system = system

    def generate_content(
        self,
        contents: Any,
        *,
        generation_config: Any = None,
        stream: bool = False,
        **arguments: Any,
    ) -> Response:
        config = {**fields(self._config), **fields(generation_config), **arguments}
        return self._api.generate(self._name, contents, config, self._system)


def _chat(model: HostModel, asked: _Generative, history: Any) -> Client:
    """A conversation that remembers its messages."""
    contents = list(history or [])

    def send_message(content: Any, **arguments: Any) -> Response:
        contents.append(Reply(role="user", parts=[content]))
        response = asked.generate_content(contents, **arguments)
        contents.append(response.candidates[0].content)
        return response

    return Client(
        "ChatSession()",
        model.refuse_name,
        history=contents,
        send_message=send_message,
        send_message_async=asynchronous(send_message),
    )
