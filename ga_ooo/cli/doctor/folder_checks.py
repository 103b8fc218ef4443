"""Checks of the identity, the folders, the scenarios and the environment of a host."""

from __future__ import annotations

import platform
import re
import sys
from collections.abc import Iterator, Sequence
from typing import Final

from ga_ooo.cli.doctor.findings import Finding, Severity, ok
from ga_ooo.host.checkout import patching
from ga_ooo.host.checkout.checkout import Checkout
from ga_ooo.host.checkout.later_steps import later_steps_notice
from ga_ooo.host.checkout.locate import unwritable
from ga_ooo.host.checkout.scenarios import ScenarioCheck

_NEWEST_PYTHON: Final = (3, 14)
_NUMBER: Final = re.compile(r"\d+")


def identity(checkout: Checkout) -> Iterator[Finding]:
    """The revision of the host."""
    yield ok(f"host: {checkout.recognised}, revision {checkout.revision}, in {checkout.root}")
    if checkout.edited:
        yield Finding(
            Severity.WARNING,
            f"edited or missing since {checkout.recognised}: {', '.join(checkout.edited)}",
            "nothing, if this is intended; `ga-ooo verify` shows that results are still exact",
        )
    if checkout.recognised == "unknown fork":
        yield Finding(
            Severity.WARNING,
            "this version of ga_ooo was not tested with this revision",
            "run `ga-ooo verify` on a short scenario first",
        )


def python_version(_: Checkout) -> Iterator[Finding]:
    """The version of Python."""
    if sys.version_info[:2] > _NEWEST_PYTHON:
        newest = ".".join(map(str, _NEWEST_PYTHON))
        yield Finding(
            Severity.WARNING,
            f"Python {platform.python_version()} is newer than the newest tested version",
            f"use Python {newest}",
        )
    else:
        yield ok(f"Python {platform.python_version()}")


def writable_folders(checkout: Checkout) -> Iterator[Finding]:
    """The folders that a run writes."""
    problems = list(unwritable(checkout))
    for problem in problems:
        yield Finding(Severity.ERROR, problem, "give yourself write access to that folder")
    if not problems:
        yield ok(f"storage can be written: {checkout.storage}")
    if not checkout.temp_storage.is_dir():
        yield ok(f"{checkout.temp_storage} is missing: a run creates it")


def scenarios(checkout: Checkout) -> Iterator[Finding]:
    """The scenarios in storage: first those that can be run, then the others."""
    checks = checkout.scenarios()
    for check in checks:
        if check.scenario is not None:
            scenario = check.scenario
            yield ok(
                f"scenario {check.name}: {len(scenario.tiles)} personas, from step {scenario.step}"
            )
            if scenario.later:
                yield ok(later_steps_notice(check.name, scenario.step, scenario.later))
    yield from _broken_scenarios(checkout, checks)
    if not any(check.scenario for check in checks):
        yield Finding(
            Severity.ERROR,
            f"no scenario in {checkout.storage} can be run",
            "restore a base scenario from the host's repository",
        )


def _broken_scenarios(checkout: Checkout, checks: Sequence[ScenarioCheck]) -> Iterator[Finding]:
    """One finding for all scenarios with the same problem, if only its numbers differ."""
    kinds: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for check in checks:
        if check.error is not None:
            problem = check.error.problem.replace(f"{checkout.storage / check.name}/", "")
            kind = _NUMBER.sub("N", problem), check.error.remedy
            kinds.setdefault(kind, []).append((check.name, problem))
    for (_, remedy), found in kinds.items():
        (first, problem), names = found[0], [name for name, _ in found]
        if len(names) == 1:
            text = f"scenario {first} cannot be run: {problem}"
        else:
            text = f"{len(names)} scenarios cannot be run; {first}, for example: {problem}"
            text += f"; the others: {', '.join(names[1:])}"
        yield Finding(Severity.WARNING, text, remedy)


def flag(checkout: Checkout) -> Iterator[Finding]:
    """Whether the flag ``--ooo`` is in ``reverie.py``, or can be added."""
    status = patching.status(checkout)
    if status.refusal is not None:
        refusal = status.refusal
        yield Finding(
            Severity.WARNING, f"the flag --ooo is refused: {refusal.problem}", refusal.remedy
        )
    elif status.state is patching.PatchState.APPLIED:
        yield ok("the flag --ooo is in reverie.py (ga-ooo patch)")
    else:
        yield ok(f"the flag --ooo is not in reverie.py; ga-ooo patch can add it ({status.patch})")
