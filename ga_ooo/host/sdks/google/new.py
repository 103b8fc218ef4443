"""``google.genai``: ``Client().models.generate_content(model=..., contents=...)``."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any, Final

from ga_ooo.host.sdks.google.api import Api, FinishReason, Response
from ga_ooo.host.sdks.google.types import AnyName, Part
from ga_ooo.host.sdks.host_model import HostModel
from ga_ooo.host.sdks.parts import Client, Named, SdkModule, asynchronous, client_class, errors
from ga_ooo.host.sdks.replies import Chunks, Reply

_PACKAGE: Final = "google.genai"

_RECORDS: Final = (
    *("GenerateContentConfig", "EmbedContentConfig", "Content", "ThinkingConfig", "HttpOptions"),
    *("SafetySetting", "GenerationConfig", "AutomaticFunctionCallingConfig", "HttpRetryOptions"),
)
"""Types with fields, which are read where a request is made."""

_TYPES: Final = {
    **dict.fromkeys(_RECORDS, Reply),
    "Part": Part,
    "FinishReason": FinishReason,
    "HarmCategory": AnyName("HarmCategory"),
    "HarmBlockThreshold": AnyName("HarmBlockThreshold"),
    "GenerateContentResponse": Response,
}

_ERRORS: Final = ("APIError", "ClientError", "ServerError")


class _Models:
    """``client.models``.

    Args:
        api: asked.
        model: ends the run.
    """

    def __init__(self, api: Api, model: HostModel) -> None:
        self._api = api
        self._model = model

    def generate_content(self, *, model: str, contents: Any, config: Any = None) -> Response:
        return self._api.generate(model, contents, config)

    def generate_content_stream(self, *, model: str, contents: Any, config: Any = None) -> Chunks:
        return Chunks(self._api.generate(model, contents, config))

    def embed_content(self, *, model: str, contents: Any, config: Any = None) -> Reply:
        several = contents if isinstance(contents, list | tuple) else [contents]
        vectors = [
            # No Reply: its method `values` would hide the field.
            Named("embedding", self._model.refuse_name, values=list(answer.embedding))
            for answer in (self._api.embed(model, each) for each in several)
        ]
        return Reply(embeddings=vectors)


class _Chat:
    """A conversation that remembers its messages.

    Args:
        models: asked.
        name: of the model.
        config: of each generation.
        history: earlier contents.
    """

    def __init__(self, models: _Models, name: str, config: Any, history: Any) -> None:
        self._models = models
        self._name = name
        self._config = config
        self.contents = list(history or [])

    def send_message(self, message: Any, config: Any = None) -> Response:
        self.contents.append(Reply(role="user", parts=[message]))
        response = self._models.generate_content(
            model=self._name, contents=self.contents, config=config or self._config
        )
        self.contents.append(response.candidates[0].content)
        return response

    def get_history(self, curated: bool = False) -> list[Any]:
        return self.contents


def make_new(model: HostModel) -> ModuleType:
    """The module ``google.genai``."""
    models = _Models(Api(model), model)

    def named(name: str, **parts: Any) -> Named:
        return Named(f"{_PACKAGE}.Client().{name}", model.refuse_name, **parts)

    def parts(wrap: Callable[[Any], Any]) -> dict[str, Any]:
        def create(*, model: str, config: Any = None, history: Any = None) -> Named:
            chat = _Chat(models, model, config, history)
            return named(
                "chats.create()",
                send_message=wrap(chat.send_message),
                get_history=chat.get_history,
            )

        return {
            "models": named(
                "models",
                generate_content=wrap(models.generate_content),
                generate_content_stream=wrap(models.generate_content_stream),
                embed_content=wrap(models.embed_content),
                list=lambda **_: [],
            ),
            "chats": named("chats", create=create),
        }

    def client(**settings: Any) -> Client:
        waiting = named("aio", **parts(asynchronous))
        now = parts(lambda each: each)
        return Client(f"{_PACKAGE}.Client()", model.refuse_name, **now, aio=waiting)

    names = {
        "Client": client_class("Client", _PACKAGE, client),
        "types": SdkModule(f"{_PACKAGE}.types", model.refuse_name, _TYPES),
        "errors": SdkModule(f"{_PACKAGE}.errors", model.refuse_name, errors(_ERRORS)),
    }
    return SdkModule(_PACKAGE, model.refuse_name, names)
