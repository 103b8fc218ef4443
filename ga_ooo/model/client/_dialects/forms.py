"""How a request says which form its answer must have: each kind of server has its own parameter.

The request itself holds vLLM's parameter (:data:`ga_ooo.model.structured.PARAMETER`): a regular
expression, or a list of texts. For other servers it is translated:

================ ============================== =============================================
parameter        servers                        value
================ ============================== =============================================
structured_...   vLLM                           as it is
regex            SGLang                         the regular expression
grammar          llama.cpp                      the same as a grammar (GBNF)
response_format  OpenAI, Ollama, LM Studio ...  a JSON object whose only text has the form
================ ============================== =============================================
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from enum import StrEnum
from typing import Any, Final

from ga_ooo.model.requests import ModelAnswer
from ga_ooo.model.structured import PARAMETER


class Form(StrEnum):
    """The parameter by which a model is given the form of an answer."""

    STRUCTURED_OUTPUTS = "structured_outputs"
    REGEX = "regex"
    GRAMMAR = "grammar"
    SCHEMA = "response_format"


_FIELD: Final = "answer"
_WRAPPING_TOKENS: Final = 16
"""Tokens of the JSON around an answer, and of its escapes."""

_CUT_OBJECT: Final = re.compile(r'\s*\{\s*"answer"\s*:\s*"(.*)', re.DOTALL)
_TOKEN: Final = re.compile(
    r"(?P<class>\[(?:\\.|[^\]\\])*\])|(?P<group>\((?:\?:)?)|(?P<mark>[)|])"
    r"|(?P<times>\{\d+,\d*\}|[*+?])|\\(?P<escaped>.)|(?P<plain>.)",
    re.DOTALL,
)
_CLASS_ESCAPE: Final = re.compile(r"\\([-^])")


def put_form(body: dict[str, Any], form: Form, cap: str) -> None:
    """Translate the parameter of a body in place; a body without it stays as it is.

    Args:
        cap: name of the limit of output tokens in the body.
    """
    if PARAMETER not in body or form is Form.STRUCTURED_OUTPUTS:
        return
    constraint = body.pop(PARAMETER)
    if form is Form.SCHEMA:
        body["response_format"] = _response_format(constraint)
        # A stop text would end the JSON; the client applies them to the text inside.
        body.pop("stop", None)
        if isinstance(body.get(cap), int):
            body[cap] += _WRAPPING_TOKENS
        return
    regex = _regex(constraint)
    body[form.value] = regex if form is Form.REGEX else gbnf(regex)


def unwrapped(answer: ModelAnswer) -> ModelAnswer:
    """The answer inside the JSON object that a schema asks for; as it is where there is none."""
    try:
        text = json.loads(answer.text)[_FIELD]
    except (ValueError, LookupError, TypeError):
        text = _cut(answer.text)
    return replace(answer, text=text) if isinstance(text, str) else answer


def gbnf(regex: str) -> str:
    """A regular expression of :mod:`ga_ooo.model.grammar` as a grammar of llama.cpp."""
    return "root ::= " + " ".join(_gbnf_parts(regex))


def _regex(constraint: dict[str, Any]) -> str:
    if "regex" in constraint:
        return str(constraint["regex"])
    return "|".join(map(re.escape, constraint["choice"]))


def _response_format(constraint: dict[str, Any]) -> dict[str, Any]:
    if "choice" in constraint:
        answer: dict[str, Any] = {"type": "string", "enum": constraint["choice"]}
    else:
        answer = {"type": "string", "pattern": f"^({constraint['regex']})$"}
    schema = {
        "type": "object",
        "properties": {_FIELD: answer},
        "required": [_FIELD],
        "additionalProperties": False,
    }
    return {
        "type": "json_schema",
        "json_schema": {"name": _FIELD, "strict": True, "schema": schema},
    }


def _cut(text: str) -> str | None:
    """The part of the answer in a JSON object that the limit of output tokens has cut."""
    found = _CUT_OBJECT.fullmatch(text)
    if found is None:
        return None
    inner = found.group(1)
    # The cut may be within an escape of up to six characters.
    for end in range(len(inner), max(len(inner) - 7, -1), -1):
        try:
            return str(json.loads(f'"{inner[:end]}"'))
        except ValueError:
            continue
    return None


def _gbnf_parts(regex: str) -> Iterator[str]:
    pending = ""  # fixed text; a repetition applies to its last character only
    for found in _TOKEN.finditer(regex):
        name, text = str(found.lastgroup), found[str(found.lastgroup)]
        if name in ("plain", "escaped"):
            pending += "\n" if name == "escaped" and text == "n" else text
            continue
        if pending:
            head, last = (pending[:-1], pending[-1:]) if name == "times" else (pending, "")
            yield from map(_quoted, filter(None, (head, last)))
            pending = ""
        if name == "class":
            # A grammar knows fewer escapes than an expression.
            yield _CLASS_ESCAPE.sub(lambda at: f"\\x{ord(at.group(1)):02x}", text)
        else:
            yield "(" if name == "group" else text
    if pending:
        yield _quoted(pending)


def _quoted(text: str) -> str:
    escapes = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    return f'"{"".join(escapes.get(char, char) for char in text)}"'
