"""Answers of models that cannot be given a form: they are checked, and asked for once more.

The host asks the same again where it cannot use an answer, and gets the same from a model at
temperature 0. So the second request of this package says which form the answer must have.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace

from ga_ooo.host.prompts.structured import allowed_answers
from ga_ooo.model.grammar import Choice, Pattern
from ga_ooo.model.requests import (
    CallKind,
    ClientLayer,
    ModelCall,
    ModelRequest,
    Reported,
)


class CheckedAnswers(ClientLayer):
    """A model client that asks once more where an answer does not have the host's form.

    If the second answer does not have it either, the host gets the first, and does what it does
    without this package.
    """

    async def answer_with_report(self, call: ModelCall) -> Reported:
        """Answer one call, and report how the client came by the answer.

        The tokens of both answers are counted.
        """
        first, report = await self._ask(call)
        form = allowed_answers(call.request)
        if form is None or has_form(form, first.text):
            return first, report
        request = reminded(call.request, form, first.text)
        second, more = await self._ask(replace(call, request=request))
        kept = second if has_form(form, second.text) else first
        tokens = replace(
            kept,
            prompt_tokens=first.prompt_tokens + second.prompt_tokens,
            output_tokens=first.output_tokens + second.output_tokens,
        )
        return tokens, replace(report, attempts=report.attempts + more.attempts)


def has_form(form: Pattern | Choice, text: str) -> bool:
    """Whether an answer begins with what the host needs. Hosts cut off the rest of an answer.

    Choices, numbers and JSON objects are checked. The host itself reads prose and lists, and takes
    more than the form that this package asks for.
    """
    text = text.strip()
    if isinstance(form, Choice):
        return any(_plain(text).startswith(_plain(answer)) for answer in form.answers)
    if form.shortest.startswith("{"):
        return _has_keys(form.shortest, text)
    return bool(form.rooms) or re.match(form.marked, text) is not None


def _plain(text: str) -> str:
    return "".join(text.casefold().split())


def _has_keys(example: str, text: str) -> bool:
    """Whether a text is a JSON object with the keys of an example, up to the last brace."""
    try:
        return set(json.loads(example)) <= set(json.loads(text[: text.rfind("}") + 1]))
    except (ValueError, TypeError):
        return False


def reminded(request: ModelRequest, form: Pattern | Choice, answer: str) -> ModelRequest:
    """The request with a sentence about the form that its answer must have.

    Args:
        answer: the first one.
    """
    words = _words(form)
    if request.kind is CallKind.CHAT:
        messages = (*request.messages, ("assistant", answer), ("user", words))
        return replace(request, messages=messages)
    # A completion continues the end of its prompt, so the sentence comes first.
    return replace(request, prompt=f"({words})\n\n{request.prompt}")


def _words(form: Pattern | Choice) -> str:
    if isinstance(form, Choice):
        listed = ", ".join(form.answers)
        return f"Answer with exactly one of these and nothing else: {listed}"
    return (
        f"Answer in exactly this form, with your own words for x, and nothing else: {form.shortest}"
    )
