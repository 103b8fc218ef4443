"""Prompts like those of hosts, written by hand; only the fragments that identify them are real."""

from __future__ import annotations

from ga_ooo.host.prompts.kinds import UNKNOWN, recognise
from ga_ooo.model.requests import CallKind, ModelRequest
from ga_ooo.scripted import ScriptedModel

MODEL = ScriptedModel()


def describe(
    name: str = "Ida Berg",
    lifestyle: str = "Ida Berg goes to bed around 11pm, awakes up around 6am.",
    requirement: str = "Ida Berg opens Corner Cafe at 8am, and stands at the counter until 8pm.",
    currently: str = "Ida Berg is planning a summer party. She is also learning to dance.",
    learned: str = "Ida Berg owns a cafe.",
) -> str:
    """The description of a persona."""
    return (
        f"Name: {name}\nAge: 34\nInnate traits: kind\nLearned traits: {learned}\n"
        f"Currently: {currently}\nLifestyle: {lifestyle}\n"
        f"Daily plan requirement: {requirement}\nCurrent Date: Monday May 01\n"
    )


def enveloped(prompt: str, example: str = "5") -> str:
    """The prompt in the envelope that asks for ``{"output": ...}``."""
    return (
        f'"""\n{prompt}\n"""\nOutput the response to the prompt above in json. Be brief.\n'
        f'Example output json:\n{{"output": "{example}"}}'
    )


def innocent(text: str) -> bool:
    """Whether the text alone is not a prompt that the model knows; such a text inside another
    prompt would be mistaken for it."""
    return recognise(text) is UNKNOWN


def complete(prompt: str, **parameters: object) -> str:
    """The answer to a completion prompt."""
    request = ModelRequest(CallKind.COMPLETION, "m", prompt=prompt, parameters=parameters)
    return MODEL.answer_text(request).text


def chat(prompt: str, **parameters: object) -> str:
    """The answer to a chat prompt."""
    request = ModelRequest(CallKind.CHAT, "m", (("user", prompt),), parameters=parameters)
    return MODEL.answer_text(request).text


def embed(text: str, width: int = 64) -> tuple[float, ...]:
    """The embedding of a text."""
    return (
        ScriptedModel(width)
        .answer_text(ModelRequest(CallKind.EMBEDDING, "m", prompt=text))
        .embedding
    )
