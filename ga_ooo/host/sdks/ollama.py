"""The stand-in for ``ollama``; its functions also answer HTTP requests to an Ollama server.

Source: the API reference of Ollama (``/api/chat``, ``/api/generate``, ``/api/embed``,
``/api/embeddings``) and the functions of its package.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any, Final

from ga_ooo.host.sdks.arguments import TOOLS, Arguments
from ga_ooo.host.sdks.host_model import Exchange, HostModel, form_of_answer
from ga_ooo.host.sdks.parts import Client, SdkModule, asynchronous, client_class, errors
from ga_ooo.host.sdks.replies import Chunks, Reply

_OPTIONS: Final = Arguments(
    "ollama options",
    {
        **{name: name for name in ("temperature", "top_p", "top_k", "min_p", "stop", "seed")},
        **{name: name for name in ("presence_penalty", "frequency_penalty")},
        "num_predict": "max_tokens",
        "repeat_penalty": "repetition_penalty",
    },
    inert=frozenset(
        {"num_ctx", "num_gpu", "num_thread", "num_batch", "num_keep", "main_gpu", "low_vram"}
        | {"use_mmap", "use_mlock", "numa", "vocab_only", "f16_kv", "logits_all"}
        | {"embedding_only", "penalize_newline", "repeat_last_n"}
    ),
    refused={
        "mirostat": "samplers of other servers",
        "tfs_z": "samplers of other servers",
        "typical_p": "samplers of other servers",
    },
)

_ARGUMENTS: Final = Arguments(
    "ollama",
    {},
    inert=frozenset({"keep_alive", "think", "stream", "truncate", "dimensions"}),
    refused={
        **TOOLS,
        "images": "contents other than text",
        "suffix": "texts that are filled in",
        "context": "answers that continue others",
        "template": "templates of other servers",
        "logprobs": "log probabilities",
    },
)

_TIME: Final = "1970-01-01T00:00:00Z"
"""The real API gives the time of the answer. Hosts write replies to files, which must not differ
between two runs."""


class Api:
    """The functions of the package, which are the endpoints of the server too.

    Args:
        model: asked by all of them.
    """

    def __init__(self, model: HostModel) -> None:
        self._model = model

    def chat(self, model: str = "", messages: Any = (), **arguments: Any) -> Any:
        """A conversation."""
        said = self._model.chat(messages or (), model, self._parameters(arguments))
        message = Reply(
            role="assistant", content=said.text, thinking=None, images=None, tool_calls=None
        )
        return self._reply(said, arguments, "ollama.chat", message=message)

    def generate(self, model: str = "", prompt: str = "", **arguments: Any) -> Any:
        """One prompt, in the template of the model unless ``raw`` is set."""
        given = dict(arguments)
        system, raw = given.pop("system", None), given.pop("raw", False)
        parameters = self._parameters(given)
        if raw:
            said = self._model.complete(str(prompt), model, parameters)
        else:
            messages = [("system", system)] if system else []
            said = self._model.chat([*messages, ("user", prompt)], model, parameters)
        return self._reply(
            said, arguments, "ollama.generate", response=said.text, thinking=None, context=[]
        )

    def embed(self, model: str = "", input: Any = "", **arguments: Any) -> Reply:
        """The vectors of one text or of several."""
        self._parameters(arguments)
        texts = [input] if isinstance(input, str) else list(input)
        answers = [self._model.embed(str(text), model) for text in texts]
        reply = Reply(
            model=model,
            embeddings=[list(answer.embedding) for answer in answers],
            total_duration=0,
            load_duration=0,
            prompt_eval_count=sum(answer.prompt_tokens for answer in answers),
        )
        return self._model.sealed(reply, "ollama.embed")

    def embeddings(self, model: str = "", prompt: str = "", **arguments: Any) -> Reply:
        """The vector of one text."""
        self._parameters(arguments)
        answer = self._model.embed(str(prompt), model)
        reply = Reply(embedding=list(answer.embedding))
        return self._model.sealed(reply, "ollama.embeddings")

    def _parameters(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        given = dict(arguments)
        options, form = given.pop("options", None), given.pop("format", None)
        _ARGUMENTS.parameters(given, self._model)
        options = options if isinstance(options, Mapping) else vars(options or Reply())
        found = _OPTIONS.parameters(options, self._model)
        if found.get("max_tokens", 0) < 0:
            # No limit.
            del found["max_tokens"]
        if form == "json":
            found["response_format"] = {"type": "json_object"}
        elif isinstance(form, Mapping):
            found |= form_of_answer("answer", form)
        return found

    def _reply(self, said: Exchange, arguments: Mapping[str, Any], name: str, **fields: Any) -> Any:
        reply = Reply(
            model=said.request.model,
            created_at=_TIME,
            **fields,
            done=True,
            done_reason=said.answer.finish_reason,
            total_duration=0,
            load_duration=0,
            prompt_eval_count=said.answer.prompt_tokens,
            prompt_eval_duration=0,
            eval_count=said.answer.output_tokens,
            eval_duration=0,
        )
        sealed = self._model.sealed(reply, name)
        return Chunks(sealed) if arguments.get("stream") else sealed


def make(model: HostModel) -> dict[str, ModuleType]:
    """The module ``ollama``."""
    functions = _functions(Api(model))

    def client(wrap: Callable[[Any], Any], *hosts: Any, **settings: Any) -> Client:
        parts = {name: wrap(function) for name, function in functions.items()}
        return Client("ollama.Client()", model.refuse_name, **settings, **parts)

    names = {
        **functions,
        **errors(("ResponseError", "RequestError")),
        "Client": client_class("Client", "ollama", lambda *a, **k: client(_as_it_is, *a, **k)),
        "AsyncClient": client_class(
            "AsyncClient", "ollama", lambda *a, **k: client(asynchronous, *a, **k)
        ),
        "Options": Reply,
        "Message": Reply,
        "ChatResponse": Reply,
        "GenerateResponse": Reply,
    }
    return {"ollama": SdkModule("ollama", model.refuse_name, names)}


def _functions(api: Api) -> dict[str, Callable[..., Any]]:
    return {
        "chat": api.chat,
        "generate": api.generate,
        "embed": api.embed,
        "embeddings": api.embeddings,
        "list": lambda: Reply(models=[]),
        "ps": lambda: Reply(models=[]),
        "pull": lambda *_, **__: Reply(status="success"),
    }


def _as_it_is(function: Any) -> Any:
    return function
