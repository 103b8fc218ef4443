"""kill -9 while answers are written: every answer that a persona has seen is in the journal."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from ga_ooo.journal.records import Durability, JournalMode
from ga_ooo.model.requests import CallKey
from tests.journal.runs import embed, open_journal

EMBEDDED = 2
"""Ordinal of the embedding in each of the writer's moves."""

# Each line is an answer that a persona has just seen, written before the kill can happen.
WRITER = """
import asyncio, json, os, sys
from pathlib import Path
from ga_ooo.journal.client import JournalClient
from ga_ooo.journal.records import Durability, JournalMode
from ga_ooo.model.requests import CallKey
from tests.journal.runs import ForgetfulModel, chat, embed, open_journal

path, mode, durability, life = Path(sys.argv[1]), *sys.argv[2:]
journal = open_journal(path, JournalMode(mode), Durability(durability))
client = JournalClient(ForgetfulModel(life), journal)

async def persona(name):
    for step in range(1_000_000):
        texts = [f"{name} thinks of {step} " * 40, f"{name} says {step}"]
        for ordinal, text in enumerate(texts):
            answer = await client.answer(chat(text, CallKey(name, step, ordinal)))
            seen = [name, step, ordinal, answer.text]
            os.write(1, json.dumps(seen).encode() + b"\\n")
        answer = await client.answer(embed(f"shared {step}", CallKey(name, step, 2)))
        os.write(1, json.dumps([name, step, 2, answer.embedding]).encode() + b"\\n")
        journal.note_committed(name, step)

async def main():
    await asyncio.gather(*(persona(f"p{number}") for number in range(8)))

asyncio.run(main())
"""

Seen = dict[CallKey, object]


def run_until_killed(path: Path, mode: JournalMode, durability: Durability, lines: int) -> Seen:
    """The answers that personas saw in a run that is killed after about ``lines`` answers."""
    life = f"life {lines}"
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), mode, durability, life], stdout=subprocess.PIPE
    )
    with process:
        assert process.stdout is not None
        output = [process.stdout.readline() for _ in range(lines)]
        process.kill()
        output += process.stdout.read().splitlines(keepends=True)
    assert len(output) >= lines
    whole = [json.loads(line) for line in output if line.endswith(b"\n")]
    return {CallKey(name, step, ordinal): said for name, step, ordinal, said in whole}


@pytest.mark.parametrize(
    ("durability", "lines"), [(Durability.NORMAL, (300, 901, 1502)), (Durability.FULL, (101, 252))]
)
def test_no_answer_that_was_seen_is_lost(
    tmp_path: Path, durability: Durability, lines: tuple[int, ...]
) -> None:
    path, mode = tmp_path / "journal.sqlite", JournalMode.RECORD
    seen: Seen = {}
    for count in lines:
        now = run_until_killed(path, mode, durability, count)
        # A resumed run gets the same answers as the first one.
        assert all(now[key] == seen[key] for key in seen.keys() & now.keys())
        seen |= now
        mode = JournalMode.RESUME
    with closing(open_journal(path, JournalMode.RESUME)) as journal:
        for key, said in seen.items():
            if key.ordinal == EMBEDDED:
                # The note of a call that shares an embedding may be lost; the embedding must not.
                request = embed(f"shared {key.step}", key).request
                answer = journal.find_embedding(request.fingerprint)
                assert answer is not None
                assert list(answer.embedding) == said
            else:
                found = journal.find(key)
                assert found is not None and found.answer is not None
                assert found.answer.text == said
        for name, step in journal.commit_steps().items():
            assert journal.find(CallKey(name, step - 1, 1)) is not None
