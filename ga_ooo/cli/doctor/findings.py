"""The result of ``ga-ooo doctor``, and its text for a terminal."""

from __future__ import annotations

import platform
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from ga_ooo._version import __version__
from ga_ooo.errors import GaOooError, HostError


class Severity(StrEnum):
    """How serious a finding is. An error stops a run."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True)
class Finding:
    """The result of one check.

    Attributes:
        severity: how serious it is.
        text: the result.
        remedy: what the user can do; empty if nothing is to be done.
    """

    severity: Severity
    text: str
    remedy: str = ""


@dataclass(frozen=True)
class Diagnosis:
    """All findings about a folder.

    Attributes:
        path: the folder that was checked.
        findings: in the order of the checks.
    """

    path: Path
    findings: tuple[Finding, ...]

    @property
    def exit_code(self) -> int:
        """0 if the host can run, else that of :class:`HostError`."""
        stops = any(finding.severity is Severity.ERROR for finding in self.findings)
        return HostError.exit_code if stops else 0


def ok(text: str) -> Finding:
    """A finding that needs no action."""
    return Finding(Severity.OK, text)


def from_error(error: GaOooError) -> Finding:
    """The finding for an error that would stop a run."""
    return Finding(Severity.ERROR, error.problem, error.remedy)


def render(diagnosis: Diagnosis) -> str:
    """The text of a diagnosis: one line per finding, with its remedy in the next line."""
    lines = [f"{diagnosis.path}"]
    for finding in diagnosis.findings:
        lines.append(f"  {finding.severity:<8} {finding.text}")
        if finding.remedy:
            lines.append(f"  {'':<8} remedy: {finding.remedy}")
    lines.append("this host can run" if diagnosis.exit_code == 0 else "this host cannot run yet")
    return "\n".join(lines)


def as_data(diagnosis: Diagnosis) -> dict[str, Any]:
    """A diagnosis for a JSON file: versions, whether the host can run, and all findings.

    It holds no key and no prompt, so it can be attached to a public report. The folder of the user
    is not in it, except where a finding names a file.
    """
    return {
        "ga_ooo": __version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "can_run": diagnosis.exit_code == 0,
        "findings": [asdict(finding) for finding in diagnosis.findings],
    }
