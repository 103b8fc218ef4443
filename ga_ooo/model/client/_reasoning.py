"""Removes the reasoning of a model from the text of its answer.

Reasoning models write their thoughts before the answer. A server with a reasoning parser returns
them apart from the text; without one they are part of the text, in a block such as
``<think>...</think>``. Some chat templates put the opening tag into the prompt, so that the text
contains the closing tag only.
"""

from __future__ import annotations

import re
from typing import Final

_TAGS: Final = "think|thinking|thought|thoughts|reasoning|seed:think"

_BLOCK: Final = re.compile(
    rf"\s*(?:<({_TAGS})>.*?(?:</\1>|\Z)|\[THINK\].*?(?:\[/THINK\]|\Z))\s*", re.DOTALL
)
_REST_OF_BLOCK: Final = re.compile(rf".*?(?:</(?:{_TAGS})>|\[/THINK\])\s*", re.DOTALL)

_CHANNEL: Final = re.compile(r"<\|channel\|>(?:analysis|commentary)\b.*?(?=<\|channel\|>|\Z)", re.S)
_FINAL_CHANNEL: Final = re.compile(r"<\|channel\|>final(?:<\|message\|>)?")


def without_reasoning(text: str) -> str:
    """The text after the reasoning; empty if the reasoning does not end."""
    if "<" not in text and "[" not in text:
        return text
    if "<|channel|>" in text:
        text = _FINAL_CHANNEL.sub("", _CHANNEL.sub("", text)).replace("<|start|>assistant", "")
    while found := _BLOCK.match(text):
        text = text[found.end() :]
    if "</" in text or "[/THINK]" in text:
        found = _REST_OF_BLOCK.match(text)
        text = text[found.end() :] if found else text
    return text
