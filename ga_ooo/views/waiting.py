"""Who waits for whom, as a tree, at the last moment that a run has recorded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterator

from ga_ooo.record import RecordReader
from ga_ooo.record.rows import Latest
from ga_ooo.texts import shown
from ga_ooo.views.explanations import is_idle, state_in_words
from ga_ooo.views.texts import duration


def waiting_tree(reader: RecordReader) -> list[str]:
    """A tree of all personas: each one below the persona that holds it; then the longest chain."""
    states = {row.persona: row for row in reader.latest()}
    if not states:
        return ["The record says of nobody what it waits for: the run has not begun yet."]
    held: dict[int | None, list[Latest]] = defaultdict(list)
    for row in states.values():
        known = row.blocker if row.blocker in states else None
        held[known].append(row)
    lines = [f"{duration(max(row.at for row in states.values()))} after the begin of the run:", ""]
    roots = _roots(held)
    idle = [row for row in roots if not held[row.persona] and is_idle(row)]
    for root in roots:
        if root not in idle:
            lines += _lines(reader, root, held)
    if idle:
        names = ", ".join(shown(reader.name(row.persona)) for row in idle)
        lines.append(f"At the end of their steps, or about to be issued ({len(idle)}): {names}")
    chain = longest_chain(states)
    if len(chain) > 1:
        names = " <- ".join(shown(reader.name(persona)) for persona in chain)
        lines += ["", f"Longest chain, {len(chain)} personas: {names}"]
    else:
        lines += ["", "Nobody waits for another persona."]
    return lines


def longest_chain(states: dict[int, Latest]) -> list[int]:
    """The personas of the longest chain: the first holds the second, and so on."""
    lengths: dict[int, int] = {}
    for persona in states:
        chain = _chain(persona, states, lengths)
        blocker = states[chain[-1]].blocker if chain else None
        # A live engine has no cycle, but the file may come from anywhere.
        cycle = chain[chain.index(blocker) :] if blocker in chain else []
        lengths.update(dict.fromkeys(cycle, len(cycle)))
        length = lengths.get(blocker, 0) if blocker is not None else 0
        for number, other in enumerate(reversed(chain[: len(chain) - len(cycle)]), 1):
            lengths[other] = length + number
    if not states:
        return []
    return _chain(max(states, key=lambda persona: lengths[persona]), states, {})[::-1]


def _chain(start: int, states: dict[int, Latest], known: Container[int]) -> list[int]:
    """Who holds the start, who holds that persona, and so on; up to a known or an earlier one."""
    chain: dict[int, None] = {}
    persona: int | None = start
    while persona in states and persona not in known and persona not in chain:
        chain[persona] = None
        persona = states[persona].blocker
    return list(chain)


def _roots(held: dict[int | None, list[Latest]]) -> list[Latest]:
    """Those whom nobody holds; those who hold most first."""
    return sorted(held[None], key=lambda row: (-len(held[row.persona]), row.persona))


def _lines(
    reader: RecordReader, root: Latest, held: dict[int | None, list[Latest]]
) -> Iterator[str]:
    """The lines of one tree. Chains may be as long as the town has people: no recursion."""
    waiting = [(root, "", "")]
    while waiting:
        row, first, rest = waiting.pop()
        name = shown(reader.name(row.persona))
        yield f"{first}{name}, step {row.step:,}: {state_in_words(reader, row)}"
        for number, other in enumerate(reversed(held.get(row.persona, []))):
            branch, stem = ("└─ ", "   ") if number == 0 else ("├─ ", "│  ")
            waiting.append((other, rest + branch, rest + stem))
