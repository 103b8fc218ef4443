"""The synthetic host as a simulation on a simulated disk: forked, run, saved, killed, resumed."""

from __future__ import annotations

import contextlib
import copy
import json
import types
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from random import Random
from typing import Any

from ga_ooo.errors import ModelError
from ga_ooo.host.durable.background import Outcome
from ga_ooo.host.durable.folder import CheckpointFolder
from ga_ooo.host.durable.host_save import HostStateWriter
from ga_ooo.host.durable.keeper import CheckpointKeeper
from ga_ooo.host.durable.record import (
    RunRecord,
    fingerprint_of_scenario,
    write_record,
)
from ga_ooo.host.durable.step_digests import StepDigests
from ga_ooo.host.run.headless import saved_at_the_end
from ga_ooo.host.run.resuming import resume_headless
from ga_ooo.host.run.takeover import run_steps
from ga_ooo.host.world.checkpoint import Checkpoint
from ga_ooo.model.requests import CallKey, ModelAnswer, ModelCall
from tests.properties import persona as persona_module
from tests.properties.driving import Case, Conditions, MoodyModel, asking
from tests.properties.host import Server
from tests.properties.persona import Persona
from tests.properties.test_takeover import SyntheticHost, SyntheticRun
from tests.simulation.disk import Crash, SimulatedDisk
from tests.simulation.journal import SimulatedJournal

STORAGE = Path("/storage")
SCENARIO = "base"
SIMULATION = "sim"
FOLDER = STORAGE / SIMULATION
JOURNAL = FOLDER / "ga_ooo" / "journal"


class DiskServer(Server):
    """The synthetic host with its own save, which drops much, like that of the real host.

    Args:
        case: the town.
        disk: the disk that it saves to.
        simulation: name of the simulation.
    """

    def __init__(self, case: Case, disk: SimulatedDisk, simulation: str) -> None:
        super().__init__(case.layout, list(case.starts), case.temper, case.seed)
        self.fork_sim_code = SCENARIO
        self.sim_code = simulation
        self._disk = disk
        folder = STORAGE / simulation
        self.step = json.loads(disk.read(folder / "reverie/meta.json"))["step"]
        # Read as the host reads them; a save does not contain everything.
        for name in self.personas:
            json.loads(disk.read(folder / "personas" / f"{name}.json"))

    def save(self) -> None:
        """Save the server and all personas."""
        folder = STORAGE / self.sim_code
        self._disk.make_folder(folder / "personas")
        self._disk.write(folder / "reverie/meta.json", json.dumps({"step": self.step}).encode())
        for name, persona in self.personas.items():
            said = [node.text for node in persona.a_mem.id_to_node.values()]
            content = json.dumps([persona.scratch.digest, said]).encode()
            self._disk.write(folder / "personas" / f"{name}.json", content)


def lay_out(case: Case, disk: SimulatedDisk) -> None:
    """Put the scenario on the disk."""
    folder = STORAGE / SCENARIO
    for inner in ("reverie", "personas", "environment"):
        disk.make_folder(folder / inner)
    disk.make_folder(Path("/temp"))
    disk.write(folder / "reverie/meta.json", b'{"step": 0}')
    server = case.server()
    for name in server.personas:
        disk.write(folder / "personas" / f"{name}.json", b"{}")
    first = {n: {"maze": "the_random", "x": x, "y": y} for n, (x, y) in server.positions.items()}
    disk.write(folder / "environment/0.json", json.dumps(first, indent=2).encode())
    disk.sync_all(folder)


class ForgetfulModel(MoodyModel):
    """A model that never gives the same answer twice, as a real one may."""

    def __init__(self, rng: Random, numbers: Iterator[int]) -> None:
        super().__init__(rng, 0.0)
        self._numbers = numbers
        self.keys: list[CallKey | None] = []
        self.gone = False

    async def answer(self, call: ModelCall) -> ModelAnswer:
        """See :class:`~ga_ooo.model.requests.ModelClient`."""
        if self.gone:
            raise ModelError("the model is gone", "start it again")
        await super().answer(call)
        self.keys.append(call.key)
        return ModelAnswer(text=f"answer {next(self._numbers)}")


class Later:
    """Background work that is done at some later moment, or after the run has died.

    Args:
        rng: determines the moment.
    """

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._work: Callable[[], None] | None = None
        self._outcome: Outcome | None = None

    @property
    def busy(self) -> bool:
        """See :class:`~ga_ooo.host.durable.background.Background`."""
        return self._work is not None or self._outcome is not None

    def start(self, work: Callable[[], None]) -> None:
        """See :class:`~ga_ooo.host.durable.background.Background`."""
        assert not self.busy
        self._work = work

    def outcome(self, *, wait: bool) -> Outcome | None:
        """See :class:`~ga_ooo.host.durable.background.Background`."""
        if self._work is not None and (wait or self._rng.random() < 0.4):
            self.do_work()
        outcome, self._outcome = self._outcome, None
        return outcome

    def do_work(self) -> None:
        """Do the work that was started."""
        work, self._work = self._work, None
        if work is None:
            return
        try:
            work()
        except OSError as error:
            self._outcome = Outcome(str(error), of_disk=True)
        else:
            self._outcome = Outcome()


class CopyWriter(HostStateWriter):
    """Writes past states from copies; the real writer does it in a process of its own."""

    def __init__(
        self,
        host: Any,
        server: DiskServer,
        disk: SimulatedDisk,
        digests: StepDigests,
        case: Case,
    ) -> None:
        super().__init__(host, server, disk, digests)
        self._simulated, self._case = disk, case

    def write_past(self, checkpoint: Checkpoint, folder: Path) -> None:
        """See :class:`~ga_ooo.host.durable.host_save.HostStateWriter`."""
        now = self._server
        past = DiskServer(self._case, self._simulated, SIMULATION)
        past.step, past.curr_time = now.step, now.curr_time
        writer = HostStateWriter(self._host, past, self._simulated, self._digests)
        writer.write_past(copy.deepcopy(checkpoint), folder)


class SimulatedHost(SyntheticHost):
    """The synthetic host with the modules and the forking of an imported one."""

    def __init__(self, case: Case, how: Conditions, disk: SimulatedDisk) -> None:
        super().__init__(case, how, STORAGE)
        self.chance = Random(0)
        self.modules: Any = types.SimpleNamespace(
            all={persona_module.__name__: persona_module},
            reverie=types.SimpleNamespace(ReverieServer=type("ReverieServer", (Server,), {})),
            utils=types.SimpleNamespace(fs_temp_storage="/temp"),
            setting=lambda name, default: {"fs_temp_storage": "/temp"}.get(name, default),
        )
        self.checkout.temp_storage = Path("/temp")
        self._case, self._disk = case, disk

    def check_saved(self, folder: Path) -> None:
        """Files on the simulated disk are torn or whole, and nobody else makes them."""

    def open_server(self, fork: str, simulation: str) -> DiskServer:
        """The host's server, after forking, which copies file by file."""
        disk, source = self._disk, STORAGE / fork
        for folder in list(disk.folders(source))[::-1]:
            disk.make_folder(STORAGE / simulation / folder.relative_to(source))
        for path in disk.tree(source):
            disk.write(STORAGE / simulation / path.relative_to(source), disk.read(path))
        return DiskServer(self._case, disk, simulation)


class SimulatedRun(SyntheticRun):
    """One process that runs the host on a simulated disk."""

    def __init__(
        self,
        case: Case,
        how: Conditions,
        loop: Any,
        disk: SimulatedDisk,
        rng: Random,
        numbers: Iterator[int],
    ) -> None:
        self.forgetful = ForgetfulModel(rng, numbers)
        super().__init__(SimulatedHost(case, how, disk), self.forgetful, how, loop, disk=disk)
        self.case, self.rng = case, rng
        self.background = Later(rng)
        self._disk = disk
        Persona.outside = asking(self.model.gateway, how)

    def open_journal(self) -> None:
        """Let answers go through the journal from now on."""
        self._disk.make_folder(JOURNAL.parent)
        self.model.open_journal(SimulatedJournal(JOURNAL, self._disk))

    def begin(self, steps: Iterable[int]) -> None:
        """Begin a new run."""
        self.disk.remove_folder(FOLDER)
        server = self.host.open_server(SCENARIO, SIMULATION)
        self.open_journal()
        content = fingerprint_of_scenario(STORAGE / SCENARIO, 0, self.disk)
        record = RunRecord(
            run_id="",
            seed=0,
            revision="",
            code="",
            map="",
            scenario=SCENARIO,
            scenario_content=content,
            model="",
            hash_seed="0",
            first=0,
            steps=tuple(steps),
        )
        write_record(FOLDER, record, self.disk)
        digests = StepDigests.begin(FOLDER, record.first, self.disk)
        self.keep_checkpoints(server, record, digests)
        with saved_at_the_end(self, server):
            for some in record.steps:
                run_steps(self, server, some)
        self.server = server

    def resume(self, record: RunRecord) -> None:
        """Resume a run that was begun before."""
        self.open_journal()
        self.server = resume_headless(self, SIMULATION, record)

    def keep_checkpoints(self, server: Any, record: RunRecord, digests: StepDigests) -> None:
        """Keep checkpoints as a real run does, but without a child process."""
        self.step_digests = digests
        self.checkpoints = CheckpointKeeper(
            self.model.memory.forget_before,
            lambda step: self.observers.checkpoint_due(step),
            CheckpointFolder(FOLDER, record.digest(), self.disk),
            CopyWriter(self.host, server, self._disk, digests, self.case),
            self.options,
            self.background,
            lambda: float(self.rng.randrange(200)),
        )

    @property
    def durable(self) -> int:
        """The step of the newest checkpoint that was written; -1 if none was."""
        kept = self.checkpoints
        step = kept.durable if isinstance(kept, CheckpointKeeper) else None
        return -1 if step is None else step

    def die(self) -> None:
        """Let the process die; background work that it has begun may still be done."""
        if self.rng.random() < 0.3 and self._disk.survives_the_process():
            with contextlib.suppress(Crash, OSError):
                self.background.do_work()
