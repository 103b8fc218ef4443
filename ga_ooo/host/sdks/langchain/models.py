"""The classes of models: chat models give messages, LLMs give texts, embeddings give vectors."""

from __future__ import annotations

import functools
import importlib
import json
from types import new_class
from typing import Any

from ga_ooo.host.sdks.host_model import Exchange, HostModel, form_of_answer
from ga_ooo.host.sdks.langchain.inputs import messages, parameters, prompt
from ga_ooo.host.sdks.parts import Named
from ga_ooo.host.sdks.replies import Chunks, Reply


class _Asking(Named):
    """A model with settings, or a chain that begins with it.

    Args:
        name: of the class.
        model: asked.
        settings: of the constructor.
    """

    _class_name: str
    _model: HostModel
    _settings: dict[str, Any]
    _named: str

    def __init__(self, name: str, model: HostModel, settings: dict[str, Any]) -> None:
        named = settings.get("model") or settings.get("model_name") or ""
        known = {"model": named, "model_name": named, **settings}
        super().__init__(f"{name}()", model.refuse_name, **known)
        vars(self).update(_class_name=name, _model=model, _settings=settings, _named=str(named))

    def invoke(self, input: Any, config: Any = None, **settings: Any) -> Any:
        """Ask once."""
        raise NotImplementedError

    async def ainvoke(self, input: Any, config: Any = None, **settings: Any) -> Any:
        """See :meth:`invoke`."""
        return self.invoke(input, config, **settings)

    def batch(self, inputs: Any, config: Any = None, **settings: Any) -> list[Any]:
        """Ask once for each input."""
        return [self.invoke(each, None, **settings) for each in inputs]

    async def abatch(self, inputs: Any, config: Any = None, **settings: Any) -> list[Any]:
        """See :meth:`batch`."""
        return self.batch(inputs, config, **settings)

    def stream(self, input: Any, config: Any = None, **settings: Any) -> Chunks:
        """The answer in one chunk."""
        return Chunks(self.invoke(input, config, **settings))

    def astream(self, input: Any, config: Any = None, **settings: Any) -> Any:
        """See :meth:`stream`."""
        return self.stream(input, config, **settings)

    def bind(self, **settings: Any) -> Any:
        """The model with further settings."""
        return type(self)(self._class_name, self._model, {**self._settings, **settings})

    def bind_tools(self, *tools: Any, **settings: Any) -> Any:
        """Refused."""
        self._model.refuse_argument("bind_tools(...)", "tools and function calls")

    def with_retry(self, **settings: Any) -> Any:
        """The model itself: the router retries."""
        return self

    def with_config(self, *config: Any, **settings: Any) -> Any:
        """The model itself: callbacks, tags and names have no effect."""
        return self

    def _chat(self, input: Any, settings: dict[str, Any]) -> Exchange:
        kept = parameters({**self._settings, **settings}, self._model)
        return self._model.chat(messages(input, self._model), self._named, kept)


class ChatModel(_Asking):
    """A chat model: an input becomes a message."""

    def invoke(self, input: Any, config: Any = None, **settings: Any) -> Any:
        """Ask once."""
        said = self._chat(input, settings)
        counted = {
            "input_tokens": said.answer.prompt_tokens,
            "output_tokens": said.answer.output_tokens,
            "total_tokens": said.answer.tokens,
        }
        usage = {
            "prompt_tokens": said.answer.prompt_tokens,
            "completion_tokens": said.answer.output_tokens,
            "total_tokens": said.answer.tokens,
        }
        details = {
            "token_usage": usage,
            "model_name": said.request.model,
            "finish_reason": said.answer.finish_reason,
        }
        fields: dict[str, Any] = {
            "content": said.text,
            "id": said.name("run"),
            "response_metadata": details,
            "usage_metadata": counted,
        }
        message_class = core("messages", "AIMessage")
        if message_class is not None:
            return message_class(**fields)
        message = Reply(**fields, type="ai", additional_kwargs={}, tool_calls=[], name=None)
        return self._model.sealed(message, f"{self._class_name}.invoke")

    def __call__(self, input: Any, *values: Any, **settings: Any) -> Any:
        return self.invoke(input, None, **settings)

    predict_messages = __call__

    def predict(self, text: str, **settings: Any) -> str:
        """The answer to a text, as a text."""
        return str(self.invoke(text, None, **settings).content)

    call_as_llm = predict

    def generate(self, messages: Any, *values: Any, **settings: Any) -> Reply:
        """Ask once for each of several conversations."""
        answers = [self.invoke(each, None, **settings) for each in messages]
        made = [[Reply(text=each.content, message=each)] for each in answers]
        return Reply(generations=made, llm_output={})

    def with_structured_output(self, schema: Any, **settings: Any) -> Any:
        """A chain that gives an object of a pydantic class, or of a JSON schema."""
        if settings.get("include_raw"):
            self._model.refuse_argument("include_raw=True", "answers in two forms")
        kind = _runnable(StructuredOutput)
        return kind(self._class_name, self._model, {**self._settings, "_schema": schema})


class StructuredOutput(_Asking):
    """A chat model whose answers have a given form."""

    def invoke(self, input: Any, config: Any = None, **settings: Any) -> Any:
        """Ask once.

        Raises:
            pydantic.ValidationError: the answer has another form.
        """
        schema = self._settings["_schema"]
        is_class = hasattr(schema, "model_json_schema")
        name = schema.__name__ if is_class else str(schema.get("title", "answer"))
        form = form_of_answer(name, schema.model_json_schema() if is_class else schema)
        said = self._chat(input, {**settings, **form})
        return schema.model_validate_json(said.text) if is_class else json.loads(said.text)

    __call__ = invoke


class TextModel(_Asking):
    """An LLM: an input becomes a text."""

    completes = True

    def invoke(self, input: Any, config: Any = None, **settings: Any) -> str:
        """Ask once."""
        if not self.completes:
            return self._chat(input, settings).text
        kept = parameters({**self._settings, **settings}, self._model)
        return self._model.complete(prompt(input, self._model), self._named, kept).text

    def __call__(self, input: Any, *values: Any, **settings: Any) -> str:
        return self.invoke(input, None, **settings)

    predict = __call__

    def generate(self, prompts: Any, *values: Any, **settings: Any) -> Reply:
        """Ask once for each of several prompts."""
        texts = [self.invoke(each, None, **settings) for each in prompts]
        return Reply(generations=[[Reply(text=text)] for text in texts], llm_output={})


class ChatTextModel(TextModel):
    """An LLM whose server puts the prompt in the template of the model."""

    completes = False


class Embeddings(Named):
    """A model of vectors.

    Args:
        name: of the class.
        model: asked.
        settings: of the constructor.
    """

    _model: HostModel
    _named: str

    def __init__(self, name: str, model: HostModel, settings: dict[str, Any]) -> None:
        super().__init__(f"{name}()", model.refuse_name, **settings)
        vars(self).update(
            _model=model, _named=str(settings.get("model") or settings.get("deployment") or "")
        )

    def embed_query(self, text: str) -> list[float]:
        """The vector of a text."""
        return list(self._model.embed(str(text), self._named).embedding)

    def embed_documents(self, texts: Any, *values: Any, **settings: Any) -> list[list[float]]:
        """The vectors of several texts."""
        return [self.embed_query(text) for text in texts]

    async def aembed_query(self, text: str) -> list[float]:
        """See :meth:`embed_query`."""
        return self.embed_query(text)

    async def aembed_documents(self, texts: Any) -> list[list[float]]:
        """See :meth:`embed_documents`."""
        return self.embed_documents(texts)


class _WithoutChains:
    """Where ``langchain_core`` is not installed, there are no chains."""

    _model: HostModel

    def __or__(self, other: Any) -> Any:
        self._model.refuse(
            "the host makes a chain of a LangChain model, and langchain_core is not installed",
            "install it: pip install langchain-core",
        )

    __ror__ = __or__


def make_model(kind: type, name: str, model: HostModel, /, *values: Any, **settings: Any) -> Any:
    """An instance of a class of LangChain.

    Args:
        kind: what it is.
        name: of the class.
        model: asked.
        settings: of the constructor.
    """
    made = kind if kind is Embeddings else _runnable(kind)
    return made(name, model, settings)


@functools.cache
def _runnable(kind: type) -> Any:
    """A class that is also a ``Runnable``, so that it can be part of a chain."""
    base = core("runnables", "Runnable") or _WithoutChains
    return new_class(kind.__name__, (kind, base))


def core(module: str, name: str) -> Any:
    """A name of ``langchain_core``; None where that is not installed."""
    try:
        return getattr(importlib.import_module(f"langchain_core.{module}"), name)
    except ImportError:
        return None
