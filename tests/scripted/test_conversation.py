"""Conversations begin, continue and end; their summaries can become activities."""

from __future__ import annotations

import json
import re

import pytest

from ga_ooo.host.prompts.kinds import prompt_kind
from tests.scripted.prompts import chat, complete, describe, enveloped

IDA, MAX = "Ida Berg", "Max Roe"
MAX_DESCRIBED = describe(MAX, currently="Max Roe is training for a race. He is a baker.")


def utterance(speaker: str, other: str, said: list[list[str]], place: str) -> tuple[str, bool]:
    """One line, asked and parsed as run_gpt_generate_iterative_chat_utt does."""
    described = describe() if speaker == IDA else MAX_DESCRIBED
    so_far = "".join(f"{name}: {text}\n" for name, text in said) or "[not started yet]"
    prompt = (
        f"Context for the task: \n\nPART 1. \n{described}\nHere is the memory: \n- cats\n\n"
        "PART 2. \n"
        f"Past Context: \n\nCurrent Location: cafe\n\nCurrent Context: \n{speaker} was {place}.\n\n"
        f"{speaker} and {other} are chatting. Here is their conversation so far: \n{so_far}\n---\n"
        f"Task: Given the above, what should {speaker} say to {other} next in the conversation? And"
        " did it end the conversation?\n\nOutput format: Output a json of the following format: \n"
        f'{{\n"{speaker}": "<utterance>",\n"Did it end?": "<json Boolean>"\n}}'
    )
    answer = chat(prompt)
    start = answer.find("{")
    values = list(json.loads(answer[start : answer.find("}", start) + 1]).values())
    return values[0], not ("f" in str(values[1]) or "F" in str(values[1]))


def converse(place: str) -> list[list[str]]:
    said: list[list[str]] = []
    ends = False
    while not ends and len(said) < 16:
        speaker, other = (IDA, MAX) if len(said) % 2 == 0 else (MAX, IDA)
        text, ends = utterance(speaker, other, said, place)
        said.append([speaker, text])
    return said


def test_conversations_end_after_two_to_eight_utterances() -> None:
    talks = [converse(f"at stop {n}") for n in range(60)]
    lengths = {len(talk) for talk in talks}
    assert lengths <= set(range(2, 9))
    assert len(lengths) >= 4
    assert all(text.strip() for talk in talks for _, text in talk)


def test_personas_talk_about_their_occupation() -> None:
    told = " ".join(converse(f"at stop {n}")[0][1] for n in range(20))
    assert "I am planning a summer party" in told
    assert "I am also learning to dance" in told


def test_a_summary_can_become_an_activity() -> None:
    talk = converse("baking")
    lines = "".join(f'{name}: "{text}"\n' for name, text in talk)
    prompt = f"Conversation: \n{lines}\n\nSummarize it:\nThis is a conversation about"
    summary = json.loads(chat(enveloped(prompt, "conversing about what to eat for lunch")))[
        "output"
    ]
    assert IDA in summary
    assert MAX in summary
    # The host splits activities and schedules at these; a persona that sleeps is never talked to.
    assert not re.search(r"[()~\n]|--|sleeping|waiting|is idle", summary)


def test_a_whole_conversation_as_rows() -> None:
    prompt = (
        f"Character 1: {IDA} is planning a party.\nCharacter 2: {MAX} is training.\n\n(This is what"
        f" is in {IDA}'s head. Beyond this, {IDA} doesn't know anything more about {MAX})"
        f'\n\nHere is their conversation. \n\n{IDA}: "'
    )
    rows = json.loads(chat(enveloped(prompt)))["output"]
    assert {name for name, _ in rows} == {IDA, MAX}
    assert 2 <= len(rows) <= 8


def test_a_whole_conversation_as_a_script() -> None:
    prompt = (
        f"Character 1. \n{describe()}\n\nCharacter 2. \n{MAX_DESCRIBED}\n---\nContext: \n\n"
        f'{IDA} and {MAX} are in cafe. What would they talk about now?\n\n{IDA}: "'
    )
    script = (prompt + complete(prompt, max_tokens=1000)).split("talk about now?")[-1].strip()
    speakers = [line.split(":")[0].strip() for line in script.split("\n")]
    assert len(re.findall('"([^"]*)"', script)) == len(speakers)
    assert set(speakers) == {IDA, MAX}


@pytest.mark.parametrize("wrapped", [True, False])
def test_memories_of_a_conversation(wrapped: bool) -> None:
    prompt = (
        f"[Conversation]\n{MAX}: Hi Ida! I am training for a race. It is hard.\n{IDA}: Good luck!\n"
        f"\n\nWrite down if there is anything from the conversation that {IDA} might have found"
        f" interesting from {IDA}'s perspective, in a full sentence. \n\n\"{IDA}"
    )
    text = json.loads(chat(enveloped(prompt)))["output"] if wrapped else complete(prompt)
    kept = text.split('"')[0]
    assert MAX in kept
    assert "race" in kept
    assert prompt_kind(prompt) == "planning thought"


def test_the_next_line_of_an_interview_ends_at_a_quote() -> None:
    prompt = (
        f"Here is some basic information about {IDA}.\n{describe()}\n\n=== \n"
        f"Following is a conversation between {IDA} and Interviewer. \n\nInterviewer: Who are you?"
        f'\n\n(Note -- This is all that {IDA} knows: cats)\n\n{IDA}: "'
    )
    line = complete(prompt, max_tokens=250)
    assert line.endswith('"')
    assert line.split('"')[0].strip()
