"""Who is furthest behind, with what, and whom the others wait for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from ga_ooo.engine.hazards import Phase
from ga_ooo.engine.ids import PersonaIndex, Step
from ga_ooo.engine.protocol import Hazard, Hold
from ga_ooo.engine.scheduler import Scheduler
from ga_ooo.live.figures import Held, Straggler

_PREFIXES: Final = ("run_gpt_prompt_", "run_gpt_generate_", "run_gpt_", "generate_", "get_")
"""Of the host's functions that make a prompt; the rest of the name says what they ask for."""


class OpenCall(NamedTuple):
    """A model call of a move that is not answered.

    Attributes:
        site: functions of the host that make the call, outermost first.
        since: when it was made, by the clock of the run.
    """

    site: str
    since: float


def straggler_of(
    scheduler: Scheduler,
    steps: Sequence[Step],
    open_calls: Mapping[str, OpenCall],
    now: float,
) -> Straggler | None:
    """The persona that is furthest behind; None if all are at one step and none asks the model.

    Args:
        steps: commit step of each persona, read at once.
        open_calls: by name of the persona.
        now: by the clock of the run.
    """
    names, last = scheduler.story.names, min(steps)
    behind = [persona for persona, step in enumerate(steps) if step == last]
    asking = [persona for persona in behind if names[persona] in open_calls]
    if asking:
        # Of several, the one that has waited longest.
        persona = min(asking, key=lambda each: open_calls[names[each]].since)
        call = open_calls[names[persona]]
        what = f"asks the model ({subject_of(call.site)})"
        return Straggler(persona=names[persona], doing=what, seconds=max(0.0, now - call.since))
    if last == max(steps):
        return None
    return Straggler(persona=names[behind[0]], doing=_doing(scheduler, behind[0]))


def held_groups(names: Sequence[str], holds: Mapping[PersonaIndex, Hold]) -> tuple[Held, ...]:
    """The personas that are held, by whom they wait for in the end.

    Args:
        names: of all personas.
        holds: a copy, which does not change.
    """
    roots: dict[PersonaIndex, PersonaIndex | None] = {}
    for persona in holds:
        _root(persona, holds, roots)
    groups = Counter(roots[persona] for persona in holds)
    ordered = sorted(
        groups.items(), key=lambda item: (-item[1], -1 if item[0] is None else item[0])
    )
    return tuple(
        Held(by="" if root is None else names[root], count=count) for root, count in ordered
    )


def subject_of(site: str) -> str:
    """The subject of a call in words, such as ``event poignancy``.

    Args:
        site: the functions of the host that make the call, such as
            ``perceive>generate_poig_score>run_gpt_prompt_event_poignancy``.
    """
    for function in reversed(site.split(">")):
        for prefix in _PREFIXES:
            if function.startswith(prefix):
                return function.removeprefix(prefix).replace("_", " ")
    return site.partition(">")[0].replace("_", " ") or "a question"


def _root(
    persona: PersonaIndex,
    holds: Mapping[PersonaIndex, Hold],
    roots: dict[PersonaIndex, PersonaIndex | None],
) -> None:
    """Note the end of the chain of holds of a persona, and of all personas in the chain."""
    chain: list[PersonaIndex] = []
    at: PersonaIndex | None = persona
    while at is not None and at in holds and at not in roots and at not in chain:
        chain.append(at)
        hold = holds[at]
        at = None if hold.hazard is Hazard.WINDOW else hold.blocker
    end = at if at is None else roots.get(at, at)
    roots.update(dict.fromkeys(chain, end))


def _doing(scheduler: Scheduler, persona: PersonaIndex) -> str:
    if scheduler.phase(persona) is Phase.RUNNING:
        return "takes its step"
    return "waits for others" if scheduler.phase(persona) is Phase.HELD else "is about to commit"
