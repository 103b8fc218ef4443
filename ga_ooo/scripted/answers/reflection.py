"""Thoughts: relationships, focal points, insights, and memories of conversations."""

from __future__ import annotations

import re
from typing import Final

from ga_ooo.host.prompts.prompt import Prompt
from ga_ooo.scripted.answering import Answer, Answers
from ga_ooo.scripted.choice import pick, stable_hash
from ga_ooo.scripted.wording import harmless, shorten

_NAME = re.compile(
    r"(?:^|\n|\. |For |which |tells )([A-Z][a-z]+ [A-Z][a-z]+)(?= is |'s | and | tells | about)"
)
_PAIR = re.compile(r"(?:characterize|summarize) (.+?) and (.+?)'s relationship")


def relationship(prompt: Prompt) -> str:
    """The relationship of two personas, from the number of statements about the other one."""
    text = prompt.inner
    found = _PAIR.search(text, text.rfind("Based on the statements"))
    one, two = (found[1], found[2]) if found else ("They", "the other")
    statements = text[: text.rfind("Based on the statements")].split("\n")
    about = [line for line in statements if two in line]
    talks = sum("convers" in line or "chat" in line for line in about)
    if talks:
        bond = pick(("on good terms", "friends", "getting to know each other better"), one, two)
        return f"{one} and {two} are {bond} and have talked with each other lately."
    if about:
        seen = shorten(harmless(about[0]), 80)
        return f"{one} knows {two} by sight and is aware that {seen}."
    return f"{one} and {two} do not know each other well yet."


def _statements(text: str) -> list[str]:
    return [line for line in text.split("\n") if line.strip()]


def _people(statements: list[str]) -> list[str]:
    """The personas in the statements, in order of appearance."""
    return list(dict.fromkeys(_NAME.findall("\n".join(statements))))


_QUESTIONS = (
    "What is {one} most occupied with at the moment?",
    "How does {one} get along with {two}?",
    "What matters most to {one} in everyday life?",
    "What does {one} plan to do next?",
    "How do {one} and {two} spend their time?",
    "What has {one} learned from recent conversations?",
)


def focal_points(prompt: Prompt) -> Answer:
    """Questions about the statements. In JSON the host needs the text of a list (``literal_eval``),
    otherwise numbered lines; the prompt ends after the first number."""
    text = prompt.inner
    body, _, rest = text.partition("\nGiven only the information above")
    wanted = re.search(r"what are (\d+)", rest)
    statements = _statements(body)
    people = _people(statements) or ["the subject"]
    one = people[0]
    two = people[1] if len(people) > 1 else "the others"
    start = stable_hash(body) % len(_QUESTIONS)
    questions = [
        _QUESTIONS[(start + i) % len(_QUESTIONS)].format(one=one, two=two)
        for i in range(min(int(wanted[1]) if wanted else 3, len(_QUESTIONS)))
    ]
    if prompt.enveloped:
        return repr(questions)
    numbered = [f"{number}) {question}" for number, question in enumerate(questions, start=1)]
    return "\n".join(numbered).removeprefix("1)")


_INSIGHTS = (
    "{one} is dedicated to the daily routine",
    "{one} values the company of {two}",
    "{one} takes care of the surroundings",
    "{one} and {two} share a part of their day",
    "{one} likes to plan ahead",
    "{one} is open to conversation",
    "{one} finds satisfaction in small tasks",
    "{one} pays attention to what others do",
)


def insights(prompt: Prompt) -> str:
    """Insights with their evidence: ``insight (because of 1, 5)``. The prompt ends after the first
    number.

    The evidence must be numbers of statements. The host allows 150 tokens and rejects a list that
    is cut, so the lines are short.
    """
    body, _, rest = prompt.inner.rpartition("\nWhat ")
    wanted = re.match(r"(\d+)", rest)
    statements = _statements(body.removeprefix("Input:"))
    people = _people(statements) or ["The subject"]
    one = people[0]
    two = people[1] if len(people) > 1 else "the neighbors"
    start = stable_hash(body)
    lines = []
    for i in range(min(int(wanted[1]) if wanted else 5, 5)):
        insight = _INSIGHTS[(start + i) % len(_INSIGHTS)].format(one=one, two=two)
        numbers = sorted({(start >> (8 * k + i)) % max(len(statements), 1) for k in range(3)})
        evidence = ", ".join(map(str, numbers))
        lines.append(f"{i + 1}. {shorten(insight, 75)} (because of {evidence})")
    return "\n".join(lines).removeprefix("1.")


_NOTEWORTHY = re.compile(r"\b(?:party|election|mayor|meet|exhibition|show)\b", re.I)


def _talk(prompt: Prompt) -> tuple[str, str, str]:
    """The persona, its partner and a memorable line of a conversation."""
    text = prompt.inner
    body, _, rest = text.partition("\nWrite down if there is anything")
    found = re.search(r"that (.+?) (?:need to|might have)", rest)
    name = found[1] if found else "The persona"
    rows = [line.split(": ", 1) for line in body.split("\n") if ": " in line]
    partner = next((speaker for speaker, _ in rows if speaker != name), "the other")
    heard = [line for speaker, line in rows if speaker == partner]
    worth = next((line for line in heard if _NOTEWORTHY.search(line)), heard[0] if heard else "")
    sentences = re.split(r"(?<=[.!?]) ", worth)
    return name, partner, shorten(harmless(max(sentences, key=len)), 90)


def planning_thought(prompt: Prompt) -> str:
    """The rest of a sentence that begins with the name of the persona."""
    _, partner, heard = _talk(prompt)
    verb = pick(("needs to remember", "should keep in mind", "wants to come back to"), heard)
    return f' {verb} what {partner} said: {heard or "nothing special"}."'


def memo(prompt: Prompt) -> str:
    """An interesting part of a conversation; the host puts the name in front."""
    _, partner, heard = _talk(prompt)
    found = pick(("found it interesting", "was glad to hear", "was curious to hear"), heard)
    return f"{found} that {partner} said: {heard or 'hello'}."


def convo_thought(prompt: Prompt) -> str:
    found = re.search(r"Summarize what (.+?) thought about (.+?) in one short", prompt.inner)
    one, two = (found[1], found[2]) if found else ("The persona", "the other")
    feeling = pick(("pleasant to talk to", "full of ideas", "a good listener"), prompt.inner)
    return f"{one} thought that {two} was {feeling}."


def keyword_thought(prompt: Prompt) -> str:
    found = re.search(r"Here is what (.+?) thinks about these", prompt.inner)
    keyword = re.search(r'happened about "(.*?)"', prompt.inner)
    name = found[1] if found else "The persona"
    return f"{name} thinks that {keyword[1] if keyword else 'it'} deserves attention."


def summarize_for_chat(prompt: Prompt) -> str:
    """The statements that are relevant for a conversation."""
    text = prompt.inner
    body, _, rest = text.rpartition("\nSummarize the most relevant statements above")
    found = re.search(r"inform (.+?) in (?:his|her|their) conversation with (.+?)\.", rest)
    one, two = (found[1], found[2]) if found else ("The persona", "the other")
    about = [harmless(line) for line in body.split("\n") if two in line][:2]
    known = " and ".join(shorten(line, 80) for line in about) or "nothing in particular"
    return f"{one} knows this about {two}: {known}."


def summarize_for_interview(prompt: Prompt) -> str:
    body = prompt.inner.partition("An interviewer said to")[0]
    lines = _statements(body.removeprefix("Statements:"))
    question = prompt.inner.rpartition("An interviewer said to")[2].lower()
    words = set(re.findall(r"[a-z]{4,}", question))
    ranked = sorted(lines, key=lambda line: -len(words & set(re.findall(r"[a-z]+", line.lower()))))
    return " ".join(shorten(harmless(line), 100) + "." for line in ranked[:3]) or "Nothing yet."


def whisper(prompt: Prompt) -> str:
    """A whispered thought as a statement about the persona.

    The prompt ends with the opening quotation mark.
    """
    found = re.search(r'statement about (.+?)\.\s*\n+Thought: "(.*)"\nStatement:', prompt.inner)
    name, thought = (found[1], found[2]) if found else ("The persona", "something new")
    thought = re.sub(r"\bYou are\b|\byou are\b", f"{name} is", thought.replace('"', "'"))
    if name in thought:
        return f'{thought}"'
    return f'{name} is thinking that {thought[:1].lower()}{thought[1:].rstrip(".")}."'


def memorable(prompt: Prompt) -> str:
    lines = [harmless(line) for line in _statements(prompt.inner)[1:-2]] or ["a quiet day"]
    start = stable_hash(prompt.inner)
    chosen = [lines[(start + i) % len(lines)] for i in range(3)]
    return " " + "\n".join(f"{n}) {shorten(line, 100)}" for n, line in enumerate(chosen, 1))[3:]


def feelings_of_day(prompt: Prompt) -> str:
    found = re.search(r"How does (.+?) feel about their day", prompt.inner)
    name = found[1] if found else "The persona"
    mood = pick(("content", "a little tired but satisfied", "hopeful"), prompt.inner)
    return f" {name} feels {mood} about today and wants tomorrow to be just as calm."


def changed_plan(prompt: Prompt) -> str:
    """The items of a new plan; the prompt ends after the first number."""
    old = re.findall(r"\d\) ([^,\n]+)", prompt.inner)[:5] or ["have breakfast", "take a walk"]
    return " " + ", ".join(f"{n}) {item.strip()}" for n, item in enumerate(old, 1))[3:]


ANSWERS: Final[Answers] = {
    "relationship": relationship,
    "focal points": focal_points,
    "insights": insights,
    "planning thought": planning_thought,
    "memo of conversation": memo,
    "thought on conversation": convo_thought,
    "thought on keyword": keyword_thought,
    "ideas for chat": summarize_for_chat,
    "ideas for interview": summarize_for_interview,
    "whisper": whisper,
    "memorable things": memorable,
    "feelings of the day": feelings_of_day,
    "changed plan": changed_plan,
}
