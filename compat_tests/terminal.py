"""A user at a real terminal, who enters commands at the prompts of the host."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pexpect

from compat_tests.town import BACKEND, FRONTEND, command, environment
from ga_ooo.host.checkout.locate import locate
from tests.hangups import obey_hangups

HISTORY: Final = "short_history.csv"
"""Name of a file with memories for ``call -- load history``, in the folder of maps."""

_FORK: Final = "Enter the name of the forked simulation: "
_NEW: Final = "Enter the name of the new simulation: "
_OPTION: Final = "Enter option: "
_INPUT: Final = "Enter Input: "
_TIMEOUT: Final = 300
_PROJECT: Final = Path(__file__).parents[1]

Script = Sequence[tuple[str, str]]
"""Prompts to wait for, each with the line to enter."""


def by_flag(host: Path) -> list[str]:
    """Command line of the patched host with the flag, as in its README."""
    return [sys.executable, str(host / BACKEND / "reverie.py"), "--ooo"]


def by_command(host: Path) -> list[str]:
    """Command line of ``ga-ooo reverie``."""
    return command("reverie", host)


def in_lockstep(host: Path) -> list[str]:
    """Command line for the prompts with the host's own loop."""
    return [sys.executable, "-m", "compat_tests.lockstep_reverie", str(host)]


def every_command(host: Path, fork: str, simulation: str) -> Script:
    """A session with each kind of command in the README of the host."""
    scenario = locate(host).scenario(fork)
    name, other = scenario.persona_names[:2]
    x, y = scenario.tiles[name]
    options = [
        "run 20",
        f"print persona schedule {name}",
        "print all persona schedule",
        f"print hourly org persona schedule {name}",
        f"print persona current tile {name}",
        f"print persona chatting with buffer {name}",
        f"print persona associative memory (event) {name}",
        f"print persona associative memory (thought) {name}",
        f"print persona associative memory (chat) {name}",
        f"print persona spatial memory {name}",
        "print current time",
        f"print tile event {x}, {y}",
        f"print tile details {x}, {y}",
        f"call -- load history {HISTORY}",
        "save",
        "run 10",
        "print current time",
    ]
    return [
        (_FORK, fork),
        (_NEW, simulation),
        *((_OPTION, option) for option in options),
        (_OPTION, f"call -- analysis {other}"),
        (_INPUT, "What do you want to do today?"),
        (_INPUT, "end_convo"),
        (_OPTION, "run 10"),
        (_OPTION, "fin"),
    ]


def write_history(host: Path, fork: str) -> None:
    """Write a history for two personas, in the format that the host's README shows."""
    name, other = locate(host).scenario(fork).persona_names[:2]
    rows = [
        "Name,Whisper",
        f"{name},You like long walks; You sing well",
        f"{other},You know {name}",
    ]
    (locate(host).assets / HISTORY).write_text("\n".join(rows) + "\n")


def on_a_terminal(arguments: list[str]) -> pexpect.spawn[str]:
    """Start a program on its own terminal."""
    return pexpect.spawn(
        arguments[0],
        arguments[1:],
        cwd=str(_PROJECT),
        env=environment(),
        encoding="utf-8",
        timeout=_TIMEOUT,
        echo=False,
        dimensions=(50, 200),
        preexec_fn=obey_hangups,
    )


def open_simulation(child: pexpect.spawn[str], fork: str, simulation: str) -> None:
    """Answer the first two prompts."""
    child.expect_exact(_FORK)
    child.sendline(fork)
    child.expect_exact(_NEW)
    child.sendline(simulation)


def enter(child: pexpect.spawn[str], command: str) -> None:
    """Wait for the prompt for commands, and enter one."""
    child.expect_exact(_OPTION)
    child.sendline(command)


def end(child: pexpect.spawn[str]) -> int:
    """Save and end the session; returns the exit code."""
    enter(child, "fin")
    child.expect(pexpect.EOF)
    child.wait()
    assert child.exitstatus is not None
    return child.exitstatus


def type_in(arguments: list[str], script: Script) -> list[str]:
    """Run a script with a program on its own terminal; the program must exit with 0.

    Returns:
        the output before each prompt, and before the end.
    """
    shown = []
    with on_a_terminal(arguments) as child:
        for prompt, answer in script:
            child.expect_exact(prompt)
            shown.append(_clean(child.before))
            child.sendline(answer)
        child.expect(pexpect.EOF)
        shown.append(_clean(child.before))
        child.wait()
    assert child.exitstatus == 0, shown[-1]
    return shown


def _clean(text: str | None) -> str:
    """The text without parts that differ between processes: object addresses and tracebacks."""
    text = re.sub(r"0x[0-9a-f]+", "0x…", (text or "").replace("\r\n", "\n"))
    return re.sub(r"Traceback .*\n(?: .*\n)*", "Traceback …\n", text)


def simulation_folder(host: Path, simulation: str) -> Path:
    """Folder of a simulation in the storage of a host."""
    return host / FRONTEND / "storage" / simulation


def curr_sim_code(host: Path) -> str:
    """The simulation that the frontend shows."""
    content = json.loads((host / FRONTEND / "temp_storage" / "curr_sim_code.json").read_text())
    code: str = content["sim_code"]
    return code
