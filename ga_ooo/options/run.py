"""How a run is executed, and which files it uses."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

from ga_ooo.options.declare import SECONDS, Check, Declared, at_least, option
from ga_ooo.options.kinds import COUNT_OR_AUTO, SHARE
from ga_ooo.options.prices import AMOUNT


@dataclass(frozen=True)
class RunOptions(Declared):
    """How a run is executed. Only the seed changes its results."""

    TABLE: ClassVar[str] = "run"

    seed: int = option(0, "run seed: all random numbers of a run derive from it")
    rule: str = option(
        "reach",
        "dependency rule: reach, lockstep, euclidean:RADIUS[:SPEED] (sound from a radius of 12 on "
        "where personas see 8 tiles far), or the rule of a plugin",
    )
    retries: int = option(
        3, "how often a failed move starts again from a clean copy", check=at_least(0)
    )
    window: int | None = option(
        None,
        "how many steps a persona may lead the persona that is furthest behind",
        metavar="STEPS",
        check=at_least(1),
        unset="no limit",
    )
    runahead: int = option(
        64,
        "how many steps waiting personas are rehearsed ahead, so that the model is asked early; 0: "
        "none (docs/runahead.md)",
        metavar="STEPS",
        check=at_least(0),
    )
    runahead_budget: float = option(
        0.15,
        "tokens that rehearsals may waste, as a share of the tokens that the run has needed so "
        "far; inf: no limit (docs/runahead.md)",
        metavar="SHARE",
        kind=SHARE,
        check=Check("a share of 0 or more, such as 0.15 or 15%, or inf", lambda value: value >= 0),
    )
    workers: int | Literal["auto"] = option(
        0,
        "worker processes that rehearse moves, started by Ray (the extra `cluster`; "
        "docs/cluster.md); 0: the process of the run rehearses; auto: as many as pay",
        metavar="N|auto",
        kind=COUNT_OR_AUTO,
        check=Check(COUNT_OR_AUTO.words, lambda value: value == "auto" or value >= 0),
        resumed=False,
    )
    ray_address: str | None = option(
        None,
        "the Ray cluster on which workers run, of which this machine is a node: auto or HOST:PORT "
        "of its head (docs/cluster.md)",
        metavar="ADDRESS",
        unset="Ray on this machine, for this run",
        resumed=False,
    )
    budget: float | None = option(
        None,
        "most that the model may cost over the whole run: the run stops before it costs more, "
        "saved (docs/costs.md)",
        metavar="AMOUNT",
        check=AMOUNT,
        unset="no limit",
    )
    whispers: Path | None = option(
        None,
        "whispers to personas: a JSON list of step, persona and text, or SIM/ga_ooo/run.json of a "
        "run that got whispers (docs/watching.md)",
        metavar="FILE",
        in_file=False,
        resumed=False,
    )
    accelerate: str = option(
        "auto",
        "accelerators, faster functions in place of the host's own (docs/accelerators.md): all, "
        "none or names with commas; auto: all, but none with --mode lockstep",
        metavar="all|none|NAMES",
    )
    checkpoint_steps: int = option(
        360,
        "most steps between two checkpoints; 360 steps are a game hour (docs/checkpoints.md)",
        flag="--checkpoint-every",
        metavar="STEPS",
        check=at_least(1),
    )
    checkpoint_seconds: float = option(
        60.0, "most seconds between two checkpoints", metavar="SECONDS", check=SECONDS
    )
    keep_checkpoints: int = option(
        2, "how many checkpoints are kept, the newest; 0: all", metavar="N", check=at_least(0)
    )
    checkpoints: bool = option(
        True,
        "write no checkpoints: only the host's own save at the end, and no resume",
        flag="--no-checkpoints",
        unset="checkpoints are written",
        in_file=False,
        resumed=False,
    )
    record: bool = option(
        True,
        "record when each persona step and call happened, who held whom, and what was said, in "
        "SIM/ga_ooo/record.sqlite (docs/record.md); out-of-order runs only",
    )
    record_prompts: bool = option(
        False, "record the texts of prompts and answers too", flag="--with-prompts"
    )
    mode: Literal["ooo", "lockstep"] = option(
        "ooo", "ooo: out of order; lockstep: the host's own loop", in_file=False, resumed=False
    )
    clock: Literal["wall", "virtual"] = option(
        "wall",
        "virtual: the latencies of the scripted model take virtual time only, for measurements",
        in_file=False,
    )
    plugins: tuple[str, ...] = option(
        (),
        "module with hooks that is not installed as a plugin; repeatable (docs/hooks.md)",
        flag="--plugin",
        metavar="MODULE",
        unset="none",
        in_file=False,
    )

    @property
    def accelerators(self) -> str:
        """The accelerators to switch on: ``all``, ``none`` or names with commas."""
        if self.accelerate == "auto":
            # The host's own loop is the reference of every comparison.
            return "none" if self.mode == "lockstep" else "all"
        return self.accelerate


@dataclass(frozen=True)
class FileOptions(Declared):
    """Which files and folders a run uses. Only a command line or Python code sets them."""

    TABLE: ClassVar[str] = "files"
    IN_FILE: ClassVar[bool] = False

    storage: Path | None = option(
        None, "folder of simulations", metavar="FOLDER", unset="the host's", resumed=False
    )
    temp_storage: Path | None = option(
        None, "folder that the host shares with the frontend", metavar="FOLDER", unset="the host's"
    )
    host_log: Path | None = option(
        None,
        "write here what the host prints while it runs; it prints whole prompts",
        metavar="FILE",
        unset="dropped",
    )
    trace: Path | None = option(
        None,
        "record who stood where and what was asked, for `ga-ooo replay` (docs/traces.md); without "
        "the text of prompts and answers",
        metavar="FILE",
        unset="none",
        resumed=False,
    )
    measures: Path | None = option(
        None,
        "write the measures of the run and of its model servers, as JSON",
        metavar="FILE",
        unset="none",
        resumed=False,
    )
