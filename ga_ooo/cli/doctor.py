"""``ga-ooo doctor``: what host this is, what was recognised, and what would stop a run."""

from __future__ import annotations

import ast
import platform
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from ga_ooo.errors import GaOooError, HostError
from ga_ooo.host.accelerators import ACCELERATORS, unrecognised
from ga_ooo.host.checkout import patching, requirements, source
from ga_ooo.host.checkout.checkout import Checkout
from ga_ooo.host.checkout.fingerprints import UTILS
from ga_ooo.host.checkout.locate import locate, unwritable

_MADE_UP: Final = frozenset({"utils", "selenium", "openai"})
_NEWEST_PYTHON: Final = (3, 13)


class Severity(StrEnum):
    """How much a finding matters: an error stops a run."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True)
class Finding:
    """One thing looked at; ``remedy`` is empty when there is nothing to do."""

    severity: Severity
    text: str
    remedy: str = ""


@dataclass(frozen=True)
class Diagnosis:
    """All that was found about a folder.

    Attributes:
        path: the folder that was asked about.
        findings: in the order in which they were looked at.
    """

    path: Path
    findings: tuple[Finding, ...]

    @property
    def exit_code(self) -> int:
        """0 if the host can run, else that of :class:`HostError`."""
        stops = any(finding.severity is Severity.ERROR for finding in self.findings)
        return HostError.exit_code if stops else 0


def diagnose(path: Path) -> Diagnosis:
    """Look at a host without running or writing anything. Raises nothing that a host can cause."""
    try:
        checkout = locate(path)
    except GaOooError as error:
        return Diagnosis(path, (_from_error(error),))
    findings: list[Finding] = []
    for look in _LOOKS:
        try:
            findings.extend(look(checkout))
        except GaOooError as error:
            findings.append(_from_error(error))
    # Several looks may meet the same broken file.
    return Diagnosis(path, tuple(dict.fromkeys(findings)))


def render(diagnosis: Diagnosis) -> str:
    """The diagnosis as text for a terminal, one finding a line, remedies below."""
    lines = [f"{diagnosis.path}"]
    for finding in diagnosis.findings:
        lines.append(f"  {finding.severity:<8} {finding.text}")
        if finding.remedy:
            lines.append(f"  {'':<8} remedy: {finding.remedy}")
    lines.append("this host can run" if diagnosis.exit_code == 0 else "this host cannot run yet")
    return "\n".join(lines)


def _identity(checkout: Checkout) -> Iterator[Finding]:
    yield _ok(f"host: {checkout.recognised}, revision {checkout.revision}, in {checkout.root}")
    yield _ok(f"map: {checkout.map_name}, {' x '.join(map(str, checkout.map_size()))} tiles")
    if checkout.edited:
        yield Finding(
            Severity.WARNING,
            f"edited or missing since {checkout.recognised}: {', '.join(checkout.edited)}",
            "nothing, if you meant it; `ga-ooo verify` shows that results are still exact",
        )
    if checkout.recognised == "unknown fork":
        yield Finding(
            Severity.WARNING,
            "no revision that this version of ga_ooo was tested with",
            "run `ga-ooo verify` on a short scenario first",
        )


def _parts(checkout: Checkout) -> Iterator[Finding]:
    """Classes and methods that the adapter relies on."""
    modules: dict[str, ast.Module] = {}
    missing: list[str] = []
    for requirement in requirements.REQUIREMENTS:
        path = checkout.backend / requirement.file
        if requirement.file not in modules:
            if not path.is_file():
                missing.append(f"{requirement.file} ({requirement.name})")
                continue
            modules[requirement.file] = _parse(path)
        parts = requirements.missing_parts(modules[requirement.file], requirement)
        missing += [f"{part} in {requirement.file}" for part in parts]
    if missing:
        yield Finding(
            Severity.ERROR,
            f"the host lacks what the engine relies on: {', '.join(missing)}",
            "restore the files; a fork that renamed these needs an adapter of its own",
        )
    else:
        names = ", ".join(requirement.name for requirement in requirements.REQUIREMENTS)
        yield _ok(f"recognised: {names}, with all that the engine relies on")
    perceive = modules.get("persona/cognitive_modules/perceive.py")
    if perceive is not None and not requirements.reads_tile_events(perceive):
        yield Finding(
            Severity.WARNING,
            "perceive does not read the events of tiles, as every known host does",
            "run `ga-ooo verify` on a short scenario first",
        )


def _loop(checkout: Checkout) -> Iterator[Finding]:
    work = source.loop_work(_parse(checkout.backend / source.LOOP_FILE))
    if work is None:
        yield Finding(
            Severity.ERROR,
            "ReverieServer.start_server has no loop that moves personas",
            "restore reverie.py from the host's repository",
        )
        return
    if work.unconditional:
        calls = ", ".join(f"self.{name}()" for name in work.unconditional)
        yield _ok(f"the loop of this fork also does {calls}: run at the commit horizon")
    if work.conditional:
        calls = ", ".join(f"self.{name}" for name in work.conditional)
        text = f"in the loop, {calls} are left out: the engine does the loop's own work itself"
        if checkout.recognised == "unknown fork" or checkout.edited:
            yield Finding(Severity.WARNING, text, "run `ga-ooo verify` on a short scenario first")
        else:
            yield _ok(text)


def _packages(checkout: Checkout) -> Iterator[Finding]:
    try:
        needed = source.outside_imports(checkout.backend)
    except SyntaxError as error:
        raise _broken(error) from error
    for name, file in sorted(needed.items()):
        if name not in _MADE_UP and find_spec(name) is None:
            yield Finding(
                Severity.ERROR,
                f"{file} imports {name!r}, which is not installed",
                f"install the package that brings it: {sys.executable} -m pip install {name}",
            )
        elif name == "selenium" and find_spec(name) is None:
            yield _ok("selenium is not installed: not needed, a run has no browser")
        elif name not in _MADE_UP:
            yield _ok(f"{name} is installed")
    if checkout.has_utils:
        yield _ok(f"{UTILS} is there and will be used")
    else:
        yield _ok(f"{UTILS} is missing: not needed, it is made up in memory")


def _python(_: Checkout) -> Iterator[Finding]:
    if sys.version_info[:2] > _NEWEST_PYTHON:
        newest = ".".join(map(str, _NEWEST_PYTHON))
        yield Finding(
            Severity.WARNING,
            f"Python {platform.python_version()} is newer than what ga_ooo is tested with",
            f"use Python {newest}",
        )
    else:
        yield _ok(f"Python {platform.python_version()}")


def _folders(checkout: Checkout) -> Iterator[Finding]:
    problems = list(unwritable(checkout))
    for problem in problems:
        yield Finding(Severity.ERROR, problem, "give yourself write access to that folder")
    if not problems:
        yield _ok(f"storage can be written: {checkout.storage}")
    if not checkout.temp_storage.is_dir():
        yield _ok(f"{checkout.temp_storage} is missing: a run creates it")


def _scenarios(checkout: Checkout) -> Iterator[Finding]:
    checks = checkout.scenarios()
    for check in checks:
        if check.scenario is not None:
            scenario = check.scenario
            yield _ok(
                f"scenario {check.name}: {len(scenario.tiles)} personas, from step {scenario.step}"
            )
    for check in checks:
        if check.error is not None:
            problem = check.error.problem.replace(f"{checkout.storage / check.name}/", "")
            text = f"scenario {check.name} cannot be run: {problem}"
            yield Finding(Severity.WARNING, text, check.error.remedy)
    if not any(check.scenario for check in checks):
        yield Finding(
            Severity.ERROR,
            f"no scenario in {checkout.storage} can be run",
            "restore a base scenario from the host's repository",
        )


def _patch(checkout: Checkout) -> Iterator[Finding]:
    status = patching.status(checkout)
    if status.refusal is not None:
        refusal = status.refusal
        yield Finding(
            Severity.WARNING, f"the flag --ooo is refused: {refusal.problem}", refusal.remedy
        )
    elif status.state is patching.PatchState.APPLIED:
        yield _ok("the flag --ooo is in reverie.py (ga-ooo patch)")
    else:
        yield _ok(f"the flag --ooo is not in reverie.py; ga-ooo patch can add it ({status.patch})")


def _accelerators(checkout: Checkout) -> Iterator[Finding]:
    strange = {name: unrecognised(checkout.backend, name) for name in ACCELERATORS}
    on = [name for name, functions in strange.items() if not functions]
    if on:
        yield _ok(f"accelerators for this host: {', '.join(on)}")
    for name, functions in strange.items():
        if functions:
            yield _ok(
                f"no {name} accelerator: not the functions it was shown to equal, "
                f"{', '.join(functions)}"
            )


_LOOKS: Final[tuple[Callable[[Checkout], Iterator[Finding]], ...]] = (
    _identity,
    _python,
    _parts,
    _loop,
    _accelerators,
    _packages,
    _folders,
    _scenarios,
    _patch,
)


def _ok(text: str) -> Finding:
    return Finding(Severity.OK, text)


def _from_error(error: GaOooError) -> Finding:
    return Finding(Severity.ERROR, error.problem, error.remedy)


def _parse(path: Path) -> ast.Module:
    try:
        return source.parse(path)
    except SyntaxError as error:
        raise _broken(error) from error


def _broken(error: SyntaxError) -> HostError:
    return HostError(
        f"{error.filename}, line {error.lineno}: {error.msg}",
        "correct the line (Python 3.11 or newer), or restore the file from its repository",
    )
