"""Conversations: utterances one by one, whole conversations, their summaries."""

from __future__ import annotations

import json
import re
from typing import Final

from ga_ooo.host.prompts.prompt import Prompt
from ga_ooo.scripted.answering import Answer, Answers
from ga_ooo.scripted.choice import pick, stable_hash
from ga_ooo.scripted.profile import Profile, find_first_profile, find_profile
from ga_ooo.scripted.wording import first_person, shorten

_FEWEST, _MOST = 2, 8
_SO_FAR = re.compile(r"\n(.+?) and (.+?) are chatting\. Here is their conversation so far:[ ]*\n")
_ASKED = re.compile(r"what should (.+?) say to (.+?) next in the conversation")

_OPENERS = (
    "Hi {other}! How is your day going?",
    "Hey {other}, good to see you!",
    "Hello {other}! Do you have a moment?",
    "Oh, hi {other}! I was hoping to run into you.",
)
_REPLIES = (
    "Hi {other}! It is going well, thank you.",
    "Hey {other}, nice to see you too!",
    "Hello {other}! Sure, I always have time for you.",
    "Hi {other}! I am glad you stopped by.",
)
_MIDDLES = (
    "That sounds wonderful. How did you get the idea?",
    "I had a feeling you would say that. What comes next?",
    "It has been on my mind for a while, and it helps to talk about it.",
    "Let me know if there is anything I can do to help.",
    "Thank you, that means a lot to me. I will keep you posted.",
    "You should tell the others about it too, they would be interested.",
    "I think the hardest part is simply to begin.",
    "By the way, have you heard anything about the local election?",
    "We could meet again this week and go over it together.",
    "I have to admit that I am a little nervous, but mostly excited.",
)
_PARTY = (
    "I would love to come to the party! I will put it in my calendar.",
    "A party sounds like fun. Can I bring something?",
)
_ELECTION = (
    "I am not sure yet whom to vote for. What do you think?",
    "The election is all that people talk about these days.",
)
_CLOSERS = (
    "It was great talking to you, {other}. See you later!",
    "I should get going now. Take care, {other}!",
    "Let us talk more soon, {other}. Have a good day!",
    "All right, I will let you get back to it. Bye, {other}!",
)


def next_utterance(prompt: Prompt) -> str:
    """One utterance and whether it ends the conversation.

    The host parses the text from the first ``{`` to the first ``}`` as JSON and reads the values by
    position. An ``f`` in the second value means that the conversation continues.
    """
    text = prompt.inner
    asked = _ASKED.search(text, text.rfind("\nTask:"))
    speaker, other = (asked[1], asked[2]) if asked else ("Speaker", "Other")
    begun = _SO_FAR.search(text)
    said = _said(text[begun.end() : text.rfind("\n---")] if begun else "", (speaker, other))
    occasion = text[text.find("\nCurrent Context:") : begun.start() if begun else None]
    speaking = find_profile(text[: text.find("PART 2.")])
    utterance, ends = _utterance(speaking, other, said, occasion)
    return json.dumps(
        {speaker: utterance, f"Did the conversation end with {speaker}'s utterance?": ends},
        ensure_ascii=False,
        indent=0,
    )


def _said(text: str, names: tuple[str, ...]) -> list[str]:
    heads = tuple(f"{name}: " for name in names)
    return [line for line in text.split("\n") if line.startswith(heads)]


def _utterance(speaker: Profile, other: str, said: list[str], occasion: str) -> tuple[str, bool]:
    """The next line, and whether it ends the conversation.

    The number of lines depends on the first line, which both speakers know.
    """
    number = len(said)
    first = {"other": other.split(" ")[0]}
    key = (speaker.name, other)
    if number == 0:
        opener = pick(_OPENERS, *key, occasion).format(**first)
        return f"{opener} {about_oneself(speaker, occasion)}", False
    length = _FEWEST + stable_hash("length", said[0]) % (_MOST - _FEWEST + 1)
    if number + 1 >= length:
        closer = pick(_CLOSERS, *key, said[0]).format(**first)
        return (f"{_answer(said[-1], key)} {closer}" if number == 1 else closer), True
    if number == 1:
        reply = pick(_REPLIES, *key, occasion).format(**first)
        return f"{reply} {about_oneself(speaker, occasion)}", False
    return _middle(said, key), False


def _answer(heard: str, key: tuple[str, str]) -> str:
    if "party" in heard:
        return pick(_PARTY, *key)
    if "election" in heard or "mayor" in heard:
        return pick(_ELECTION, *key)
    return pick(_MIDDLES[:5], *key, heard)


def _middle(said: list[str], key: tuple[str, str]) -> str:
    text = "\n".join(said)
    answer = _answer(said[-1], key)
    if answer not in text:
        return answer
    start = stable_hash(said[0]) % len(_MIDDLES)
    lines = _MIDDLES[start:] + _MIDDLES[:start]
    return next((line for line in lines if line not in text), lines[0])


_LONGEST = 180


def about_oneself(profile: Profile, occasion: str = "") -> str:
    """A current occupation of the persona, in the first person.

    Args:
        profile: the persona.
        occasion: text that decides which occupation it is.
    """
    sentences = [
        sentence
        for sentence in re.split(r"(?<=[a-z0-9])\. ", profile.currently)
        if sentence.startswith((profile.first_name, "He ", "She ", "They "))
    ]
    if not sentences:
        return "I am taking it easy today."
    sentence = pick(sentences, profile.name, occasion).rstrip(".")
    sentence = first_person(sentence, profile.name, profile.first_name)
    return shorten(sentence, _LONGEST) + "."


def dialogue(one: Profile, two: Profile, occasion: str) -> list[list[str]]:
    """A whole conversation as rows of ``[name, utterance]``."""
    said: list[str] = []
    rows: list[list[str]] = []
    ends = False
    while not ends:
        speaker, other = (one, two) if len(said) % 2 == 0 else (two, one)
        utterance, ends = _utterance(speaker, other.name, said, occasion)
        said.append(f"{speaker.name}: {utterance}")
        rows.append([speaker.name, utterance])
    return rows


def create_conversation(prompt: Prompt) -> str:
    """The rest of a script; the prompt ends after the first name and quotation mark."""
    text = prompt.inner
    found = re.findall(r"\n(.+?) and (.+?) (?:are in|met at) ", text)
    names = found[-1] if found else ("Speaker", "Other")
    one, two = find_first_profile(text), find_profile(text)
    if one.name != names[0] or two.name != names[1]:
        one, two = Profile(name=names[0]), Profile(name=names[1])
    rows = [f'{name}: "{utterance}"' for name, utterance in dialogue(one, two, text[-400:])]
    return "\n".join(rows).removeprefix(f'{one.name}: "')


def agent_chat(prompt: Prompt) -> Answer:
    """A whole conversation: rows in JSON, or the rest of a script."""
    text = prompt.inner
    speaker = text.rsplit("\n", 1)[-1].split(":")[0].strip()
    others = re.findall(r"anything more about (.+?)\)", text)
    other = others[0] if others else "Other"
    about = re.findall(r"^Character [12]: (.*)$", text, re.M) or ["", ""]
    one = Profile(name=speaker, currently=about[0])
    rows = dialogue(one, Profile(name=other, currently=about[-1]), text[-400:])
    if prompt.enveloped:
        return rows
    lines = [f'{name}: "{utterance}"' for name, utterance in rows]
    return "\n".join(lines).removeprefix(f'{speaker}: "')


_ABOUT = re.compile(r"\bI (?:also )?(?:am|live|have) (?:also )?([^,.!?\"(]+)")


def summarize_conversation(prompt: Prompt) -> str:
    """The rest of "This is a conversation about", which becomes an activity of both speakers.

    It has no brackets, dashes or line ends, because the host splits activities at these.
    """
    rows = re.findall(r'^(.+?): "(.*)"$', prompt.inner, re.M)
    names = list(dict.fromkeys(name for name, _ in rows))
    if len(names) < 2:
        return "the day so far"
    found = _ABOUT.search(rows[0][1])
    topic = re.split(r" and (?:I |am )", found[1])[0] if found else "the day"
    topic = re.sub(r"[()~]|--", "", re.sub(r"\bmy\b", "their", topic))
    return f"{shorten(topic.strip(), 80)}, which {names[0]} tells {names[1]} about"


def next_line(prompt: Prompt) -> str:
    """The persona's next line to an interviewer; the prompt ends with its quotation mark."""
    text = prompt.inner
    profile = find_profile(text[: text.find("\n===")])
    lines = text[text.find("Following is a conversation") :].split("(Note --")[0]
    question = lines.strip().split("\n")[-1].split(": ", 1)[-1]
    reply = pick(
        ("That is a good question.", "I am glad you ask.", "Let me think.", "Of course."),
        profile.name, question,
    )  # fmt: skip
    return f'{reply} {about_oneself(profile)}"'


ANSWERS: Final[Answers] = {
    "utterance": next_utterance,
    "create conversation": create_conversation,
    "agent chat": agent_chat,
    "conversation summary": summarize_conversation,
    "next line": next_line,
}
