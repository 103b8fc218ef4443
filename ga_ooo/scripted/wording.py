"""English words and word forms that several answers need."""

from __future__ import annotations

import re

_BASE_FORMS = {
    "having": "have", "making": "make", "taking": "take", "using": "use", "writing": "write",
    "serving": "serve", "preparing": "prepare", "coming": "come", "conversing": "converse",
    "closing": "close", "choosing": "choose", "sharing": "share", "practicing": "practice",
    "composing": "compose", "revising": "revise", "exercising": "exercise", "wiping": "wipe",
    "refining": "refine", "rehearsing": "rehearse", "getting": "get", "sitting": "sit",
    "putting": "put", "cutting": "cut", "setting": "set", "running": "run", "lying": "lie",
    "planning": "plan", "chatting": "chat", "changing": "change", "coding": "code",
    "enjoying": "enjoy", "buying": "buy", "completing": "complete", "lifting": "lift",
    "outlining": "outline", "unlocking": "unlock", "tuning": "tune", "arranging": "arrange",
    "solving": "solve", "summarizing": "summarize", "tasting": "taste", "chopping": "chop",
    "paying": "pay", "trying": "try", "warming": "warm", "looking": "look", "tidying": "tidy",
}  # fmt: skip
_GERUND = re.compile(r"\b(and )?([a-z]+ing)\b")


def base_verb(gerund: str) -> str:
    """``eating`` as ``eat``."""
    return _BASE_FORMS.get(gerund, gerund.removesuffix("ing"))


def as_plan(activity: str) -> str:
    """``having lunch and reading`` as ``have lunch and read``."""

    def plain(match: re.Match[str]) -> str:
        leads = match.start() == 0 or match[1]
        return f"{match[1] or ''}{base_verb(match[2])}" if leads else match[0]

    return _GERUND.sub(plain, activity)


_PRONOUNS = (
    (re.compile(r"\b(?:his|her|their)\b"), "my"),
    (re.compile(r"\b(?:She|He|They|she|he|they)\b"), "I"),
    (re.compile(r"\bI's\b"), "I am"),
    (re.compile(r"\bI hasn't\b"), "I have not"),
    (re.compile(r"[{}*\"\n]"), ""),
)
_FIRST_PERSON = {
    "is": "am", "are": "am", "has": "have", "spends": "spend", "lives": "live",
    "works": "work", "visits": "visit", "likes": "like", "talks": "talk", "jokes": "joke",
    "gets": "get",
}  # fmt: skip
_VERB = re.compile(rf"\b(I|and|also|mostly) ({'|'.join(_FIRST_PERSON)})\b")


def first_person(sentence: str, *names: str) -> str:
    """A sentence about a persona, in the first person.

    Args:
        sentence: names the persona or uses pronouns.
        names: of the persona, the full name first.
    """
    for name in names:
        sentence = sentence.replace(name, "I")
    for pattern, replacement in _PRONOUNS:
        sentence = pattern.sub(replacement, sentence)
    return _VERB.sub(lambda match: f"{match[1]} {_FIRST_PERSON[match[2]]}", sentence)


def shorten(text: str, longest: int) -> str:
    """The text, cut at a word to at most ``longest`` characters."""
    if len(text) <= longest:
        return text
    return text[:longest].rsplit(" ", 1)[0].rstrip(" ,;:-")


def harmless(statement: str) -> str:
    """A statement without its number and without the characters by which the host parses."""
    text = re.sub(r"^\s*\d+\.\s+", "", statement)
    text = re.sub(r'["{}()~]|--', "", text).replace(". ", ", ")
    return re.sub(r"\s+", " ", text).strip().rstrip(".")
