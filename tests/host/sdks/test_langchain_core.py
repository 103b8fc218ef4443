"""Stand-ins for LangChain's models in chains of the real ``langchain_core``."""

from __future__ import annotations

import importlib
from operator import attrgetter
from typing import Any

import pytest
from pydantic import BaseModel

from ga_ooo.host.sdks.host_model import HostModel
from ga_ooo.host.sdks.langchain import module
from ga_ooo.model.requests import ModelAnswer, ModelRequest

pytest.importorskip("langchain_core", reason="chains need langchain-core")


class Word(BaseModel):
    word: str


class Chains:
    """The models, what they are asked, and the real modules."""

    def __init__(self) -> None:
        self.asked: list[ModelRequest] = []
        self.models = module.make(HostModel(self._ask))
        self.chat = self.models["langchain_openai"].ChatOpenAI(model="m", temperature=0.5)

    def __getattr__(self, name: str) -> Any:
        return importlib.import_module(f"langchain_core.{name}")

    def _ask(self, request: ModelRequest) -> ModelAnswer:
        self.asked.append(request)
        text = '{"word": "yes"}' if "response_format" in request.parameters else "yes"
        return ModelAnswer(text, prompt_tokens=7, output_tokens=2)


@pytest.fixture
def chains() -> Chains:
    return Chains()


def test_a_chat_model_between_a_prompt_and_a_function(chains: Chains) -> None:
    prompt = chains.prompts.ChatPromptTemplate.from_messages(
        [("system", "Be brief"), ("human", "{question}")]
    )
    chain = prompt | chains.chat | chains.runnables.RunnableLambda(attrgetter("content"))
    assert chain.invoke({"question": "Hi"}) == "yes"
    assert chain.batch([{"question": "Hi"}]) == ["yes"]
    assert chains.asked[0].messages == (("system", "Be brief"), ("user", "Hi"))
    assert chains.asked[0].parameters == {"temperature": 0.5}


def test_messages_are_those_of_langchain(chains: Chains) -> None:
    messages = chains.messages
    said = chains.chat.invoke([messages.HumanMessage(content="a"), messages.AIMessage(content="b")])
    assert isinstance(said, messages.AIMessage) and said.usage_metadata["input_tokens"] == 7
    assert chains.asked[0].messages == (("user", "a"), ("assistant", "b"))


def test_a_model_at_the_begin_of_a_chain_and_an_llm(chains: Chains) -> None:
    parser = chains.output_parsers.StrOutputParser()
    assert (chains.chat | parser).invoke("Hi") == "yes"
    prompt = chains.prompts.PromptTemplate.from_template("say {word}")
    chain = prompt | chains.models["langchain.llms"].TextGen() | parser
    assert chain.invoke({"word": "Hi"}) == "yes"
    assert chains.asked[-1].prompt == "say Hi"


def test_structured_output(chains: Chains) -> None:
    prompt = chains.prompts.ChatPromptTemplate.from_messages([("human", "{question}")])
    chain = prompt | chains.chat.with_structured_output(Word)
    assert chain.invoke({"question": "Hi"}) == Word(word="yes")
