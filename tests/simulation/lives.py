"""One seed: a town, a run, and all that goes wrong until the run ends."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, replace
from itertools import count
from random import Random
from typing import Any

from ga_ooo.engine.loop.attempts import InterruptedRunError
from ga_ooo.errors import GaOooError, ModelError, RunStoppedError
from ga_ooo.host.durable.folder import CheckpointFolder
from ga_ooo.host.durable.record import read_record
from ga_ooo.model.requests import CallKey
from tests.properties.driving import Case, Conditions, path_limit, town_loop
from tests.properties.host import Server, state
from tests.properties.maps import make_layout
from tests.properties.persona import Outside, Persona, Temper
from tests.simulation.disk import Crash, Fault, SimulatedDisk
from tests.simulation.journal import SimulatedJournal
from tests.simulation.town import FOLDER, JOURNAL, SimulatedRun, lay_out

_MOST_FAULTS = 4
_FAULTS = ("kill", "kill", "power", "power", "full", "readonly", "io")


@dataclass
class Report:
    """What happened in one seed.

    Attributes:
        seen: faults by kind and operation, and other troubles.
        lives: number of processes.
        steps: steps of the run.
        checkpoints: steps of the checkpoints that were resumed from.
    """

    seen: Counter[str]
    lives: int = 0
    steps: int = 0
    checkpoints: int = 0


class Simulation:
    """Everything that follows from a seed."""

    def __init__(self, seed: int) -> None:
        self.rng = Random(seed)
        self.case = _make_case(self.rng)
        self.disk = SimulatedDisk(Random(seed + 1))
        rng = self.rng
        self.how = Conditions(
            window=rng.choice((None, None, 2, 5)),
            checkpoint_steps=rng.choice((1, 3, 5, 1000)),
            runahead=rng.choice((0, 1, 8, 64)),
        )
        self.keep = rng.choice((0, 1, 2))
        self.report = Report(self.disk.seen, steps=sum(self.case.runs))
        self.numbers = count()
        self._operations = 150
        self._durable = -1
        self._lost_power = False

    def run(self) -> Report:
        """Start processes until the run has ended, and check the run.

        Raises:
            AssertionError: a guarantee was broken.
        """
        lay_out(self.case, self.disk)
        faults = self.rng.randint(1, _MOST_FAULTS)
        with path_limit(self.case.temper.path_limit):
            try:
                while not self._live(disturbed=self.report.lives < faults):
                    self._between_lives()
                self.disk.restart()
                self._check()
            finally:
                Persona.outside = Outside()
        return self.report

    # --- one process ---------------------------------------------------------------------------

    def _live(self, *, disturbed: bool) -> bool:
        """One process. Returns whether it completed the run."""
        self.report.lives += 1
        trouble = self.rng.choice((*_FAULTS, "interrupt", "model")) if disturbed else "none"
        fault = (
            Fault(trouble, self.rng.randint(1, self._operations)) if trouble in _FAULTS else None
        )
        self.disk.restart(fault)
        with town_loop() as loop:
            run = SimulatedRun(self.case, self.how, loop, self.disk, self.rng, self.numbers)
            run.options = replace(run.options, keep_checkpoints=self.keep, retries=3)
            if trouble in ("interrupt", "model"):
                self._disturb(run, trouble)
            known = self._known()
            ended = self._run(run, disturbed=disturbed)
            self._durable = max(self._durable, run.durable)
            # A fault is drawn among the operations that a process really does.
            self._operations = max(20, self.disk.operations)
            if not ended:
                run.die()
            asked_again = known & set(run.forgetful.keys)
            assert not asked_again, f"asked again, though recorded: {asked_again}"
        return ended

    def _run(self, run: SimulatedRun, *, disturbed: bool) -> bool:
        try:
            if self.disk.is_file(FOLDER / "ga_ooo/run.json"):
                record = read_record(FOLDER, self.disk)
                run.resume(record)
            else:
                run.begin(self.case.runs)
        except (Crash, GaOooError, OSError) as error:
            # A dead disk ends the code that uses it next, with different errors.
            assert disturbed, f"nothing was wrong, and yet: {error!r}"
            expected = (Crash, RunStoppedError, ModelError, InterruptedRunError, OSError)
            assert self.disk.dead or isinstance(error, expected), repr(error)
            self.report.seen[f"ended by {type(error).__name__}"] += 1
            return False
        return not self.disk.dead

    def _disturb(self, run: SimulatedRun, trouble: str) -> None:
        at = self.rng.randrange(max(1, sum(self.case.runs)))

        def retired(step: int) -> None:
            if step == at:
                self.report.seen[trouble] += 1
                if trouble == "interrupt":
                    run.interrupt()
                else:
                    run.forgetful.gone = True

        run.watch.then = retired

    def _between_lives(self) -> None:
        """Check the guarantees; sometimes damage a file of a checkpoint."""
        self._lost_power |= self.disk.power_failed
        self.disk.restart()
        self._check_promises()
        folder = FOLDER / "ga_ooo/checkpoints"
        steps = [name for name in self.disk.names(folder) if name.isdigit()]
        self.report.checkpoints += bool(steps)
        if steps and self.rng.random() < 0.15:
            newest = max(steps, key=int)
            self.disk.damage(self.rng.choice(list(self.disk.tree(folder / newest))))
            self.report.seen["a checkpoint decayed"] += 1
            self._durable = -1

    def _check_promises(self) -> None:
        """A durable checkpoint is never lost. Step files are whole at any moment; after a power
        failure, those before a durable checkpoint are."""
        disk = self.disk
        if self._durable >= 0:
            checkpoints = CheckpointFolder(FOLDER, read_record(FOLDER, disk).digest(), disk)
            newest = checkpoints.newest_whole()
            assert newest is not None and newest >= self._durable, f"lost: {self._durable}"
        for folder, first in (("movement", 0), ("environment", 1)):
            for name in disk.names(FOLDER / folder):
                step = name.removesuffix(".json")
                # The host itself copies the environment file of the first step.
                if not step.isdigit() or int(step) < first:
                    continue
                if not self._lost_power or int(step) < first + self._durable:
                    json.loads(disk.read(FOLDER / folder / name))

    def _known(self) -> set[CallKey | None]:
        if not self.disk.is_file(JOURNAL):
            return set()
        return set(self._journal().known)

    def _journal(self) -> SimulatedJournal:
        """The content of the journal, read from a copy, so that reading changes nothing."""
        copy = SimulatedDisk(Random(0))
        copy.make_folder(JOURNAL.parent)
        copy.write(JOURNAL, self.disk.read(JOURNAL))
        return SimulatedJournal(JOURNAL, copy)

    # --- guarantees ------------------------------------------------------------------------

    def _check(self) -> None:
        """The run left the same as the host's own loop with the same answers."""
        disk = self.disk
        moved: dict[int, Any] = {}
        server = OracleServer(self.case, self._journal())
        for steps in self.case.runs:
            server.start_server(steps, moved.__setitem__)
        assert not server.missing, f"lost from the journal: {server.missing}"
        total = sum(self.case.runs)
        assert disk.names(FOLDER / "movement") == sorted(f"{step}.json" for step in range(total))
        for step, movements in moved.items():
            written = disk.read(FOLDER / f"movement/{step}.json")
            assert written == json.dumps(movements, indent=2).encode(), f"movement {step}"
            after = json.loads(disk.read(FOLDER / f"environment/{step + 1}.json"))
            tiles = {name: (place["x"], place["y"]) for name, place in after.items()}
            assert tiles == {n: tuple(p["movement"]) for n, p in movements["persona"].items()}
        self._check_saved(server, total)

    def _check_saved(self, server: Server, total: int) -> None:
        disk = self.disk
        with town_loop() as loop:
            run = SimulatedRun(self.case, self.how, loop, disk, self.rng, self.numbers)
            run.resume(read_record(FOLDER, disk))
        ours, theirs = state(run.server), state(server)
        for part in theirs:
            assert ours[part] == theirs[part], part
        assert not run.forgetful.keys, "a run that is at its end asks nothing"
        assert json.loads(disk.read(FOLDER / "reverie/meta.json"))["step"] == total
        hidden = [path for path in disk.tree(FOLDER) if path.name.startswith(".")]
        assert not hidden, hidden
        kept = disk.names(FOLDER / "ga_ooo/checkpoints")
        assert str(total) in kept
        assert len(kept) <= (self.keep or len(kept)), kept


class OracleServer(Server):
    """The host's own loop; its model gives the answers of a journal."""

    def __init__(self, case: Case, journal: SimulatedJournal) -> None:
        super().__init__(case.layout, list(case.starts), case.temper, case.seed)
        self._journal = journal
        self._who, self._ordinal = "", 0
        self.missing: list[tuple[str, int]] = []
        Persona.outside = Outside(self._answer)

    def _move(self, name: str, persona: Persona) -> dict[str, Any]:
        self._who, self._ordinal = name, 0
        return super()._move(name, persona)

    def _answer(self, prompt: str) -> str:
        recorded = self._journal.find(CallKey(self._who, self.step, self._ordinal))
        self._ordinal += 1
        if recorded is None or recorded.answer is None:
            # The error is not raised here: host code swallows every error of a model.
            self.missing.append((self._who, self.step))
            return "lost"
        return recorded.answer.text


def _make_case(rng: Random) -> Case:
    """A small town, so that thousands of seeds run in a minute."""
    layout = make_layout(
        rng.randint(3, 8), rng.randint(2, 6), rng.choice((0.0, 0.1, 0.3)), rng.randint(0, 3),
        rng.randrange(2**32),
    )  # fmt: skip
    free = [tile for tile in layout.tiles() if layout.free(tile)] or layout.tiles()
    starts = tuple(rng.choice(free) for _ in range(rng.randint(2, 4)))
    chance = (0.0, 0.1, 0.3, 0.6)
    temper = Temper(
        vision=(rng.randint(0, 3), rng.randint(0, 3)),
        act=rng.choice(chance),
        talk=rng.choice(chance),
        look=rng.choice(chance),
        ask_where=rng.choice(chance),
        think=rng.choice(chance),
        path_limit=rng.choice((3, 8, 151)),
    )
    runs = tuple(rng.randint(1, 10) for _ in range(rng.choice((1, 1, 2))))
    return Case(layout, starts, temper, rng.randrange(2**32), runs)
