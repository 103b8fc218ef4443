"""The language that a prompt is written in."""

from __future__ import annotations

import re
from typing import Final

from ga_ooo.scripted.mimicry.words import CHINESE, ENGLISH, JAPANESE, KOREAN, SPANISH, Language

_HANGUL: Final = re.compile(r"[\uac00-\ud7a3]")
_KANA: Final = re.compile(r"[\u3041-\u30ff]")
_HAN: Final = re.compile(r"[\u4e00-\u9fff]")
_SPANISH: Final = re.compile(
    r"[¿¡ñ]|\b(?:el|la|los|las|una|que|está|para|con|del)\b", re.IGNORECASE
)
_ENGLISH: Final = re.compile(r"\b(?:the|is|of|and|to|what|with|for|this)\b", re.IGNORECASE)
_DISTINCTIVE: Final = 8
"""Letters of a script that make a text one of its languages: names may be in another script."""


def language_of(text: str) -> Language:
    """The language that a prompt is written in; English if it is none of the others."""
    for letters, language in ((_HANGUL, KOREAN), (_KANA, JAPANESE), (_HAN, CHINESE)):
        if len(letters.findall(text)) >= _DISTINCTIVE:
            return language
    spanish = len(_SPANISH.findall(text))
    return SPANISH if spanish > len(_ENGLISH.findall(text)) else ENGLISH
