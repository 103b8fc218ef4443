"""Runs both sides of a comparison and gives the verdict."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, Self, TypeAlias

from ga_ooo.disk import make_empty_folder
from ga_ooo.host.checkout.checkout import Checkout
from ga_ooo.lab.verify.compare import Comparison
from ga_ooo.lab.verify.copies import Stamps, changed_files, own_stamps
from ga_ooo.lab.verify.sides import RunningSide, Side, VerifyRunError, leaving_on_sigterm
from ga_ooo.lab.verify.whole import compare_copies

_DIFFERENT_CALLS: Final = 7
"""Exit code of a run whose calls differ from its journal."""

_LOCKSTEP: Final = ("--mode", "lockstep")

Watch: TypeAlias = Callable[[str, Path], None]
Verdict = Literal["equal", "different", "not shown"]


@dataclass(frozen=True)
class Answers:
    """What the model was asked in the host's own loop.

    Attributes:
        calls: model calls that were answered.
        checked: requests whose answers the host checks before it uses them.
        fail_safes: those of them for which the host used its fail-safe, because it accepted no
            answer.
    """

    calls: int
    checked: int = 0
    fail_safes: int = 0

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read the measures that ``ga-ooo run --measures`` has written."""
        measured = json.loads(path.read_text("utf-8"))
        return cls(measured["calls"], measured["checked_requests"], measured["fail_safes"])


@dataclass(frozen=True)
class Verification:
    """Result of a verification.

    Attributes:
        comparison: of the copies of the checkout in which the two sides ran.
        reference: the host's own loop.
        engine: the engine.
        same_calls: whether the engine asked exactly the calls of the reference. It is only
            determined with a journal.
        answers: what the reference asked the model; None if that was not counted.
        own_files: files of the user's own checkout that changed while the sides ran in copies.
    """

    comparison: Comparison
    reference: Side
    engine: Side
    same_calls: bool = True
    answers: Answers | None = None
    own_files: tuple[str, ...] = field(default=())

    @property
    def equal(self) -> bool:
        """Whether it is shown that both sides left the same bytes from the same calls."""
        return self.verdict == "equal"

    @property
    def verdict(self) -> Verdict:
        """``not shown`` if nothing follows from the runs; :attr:`doubts` says why."""
        if self.doubts:
            return "not shown"
        return "equal" if self.same_calls and self.comparison.equal else "different"

    @property
    def doubts(self) -> list[str]:
        """Why nothing follows from the runs; empty if something does."""
        same = self.same_calls and self.comparison.equal
        found = list(_doubts_of(self.answers)) if same and self.answers is not None else []
        steps = [each.file for each in self.comparison.unsteady if each.file.startswith("movement")]
        if steps:
            found.append(
                f"the host does not repeat itself: two runs of its own loop differ in {steps[0]}. "
                "It uses chance, time or order that ga_ooo does not control"
            )
        if self.own_files:
            found.append(
                "the sides ran in copies, and files of the checkout itself changed: "
                f"{', '.join(self.own_files[:5])}. Either somebody else changed them, or host code "
                "names them by an absolute path"
            )
        return found


def _doubts_of(answers: Answers) -> Iterator[str]:
    if answers.calls == 0:
        yield (
            "the model was asked nothing in these steps. Take more steps, or a scenario in which "
            "the personas are awake"
        )
    elif 2 * answers.fail_safes > answers.checked:
        yield (
            f"the host could not use most answers: for {answers.fail_safes:,} of "
            f"{answers.checked:,} requests it used its fail-safe instead. Use a model that answers "
            "the prompts of this host"
        )


@dataclass(frozen=True)
class Comparing:
    """What both sides run.

    Attributes:
        checkout: the host.
        fork: the scenario that both sides start from.
        keep: folder in which the copies stay; a temporary folder if None.
        report: called with a line of progress.
        watch: called with the name of each process that starts, and the file of its figures.
    """

    checkout: Checkout
    fork: str
    keep: Path | None = None
    report: Callable[[str], None] = lambda text: None
    watch: Watch = lambda name, figures: None

    def side(self, folder: Path, *arguments: str) -> RunningSide:
        """Start a side; its measures are written beside its folder."""
        measures = ("--measures", str(_measures(folder)))
        running = RunningSide(self.checkout, self.fork, folder, [*arguments, *measures])
        self.watch(folder.name, running.figures)
        return running

    @contextmanager
    def folder(self) -> Iterator[Path]:
        """The folder in which the sides run: ``keep``, or a temporary one."""
        keep = self.keep
        if keep is not None:
            make_empty_folder(keep, "--keep")
        with (
            leaving_on_sigterm(),
            tempfile.TemporaryDirectory(prefix="ga-ooo-verify-") as temporary,
        ):
            yield keep or Path(temporary)


def verify(
    comparing: Comparing, arguments: Sequence[str], engine_arguments: Sequence[str]
) -> Verification:
    """Run both sides at the same time and compare what they have written.

    If they differ, the host's own loop runs once more, to see what differs between two runs of
    the host itself.

    Args:
        arguments: arguments of ``ga-ooo run`` for both sides (steps, seed, model).
        engine_arguments: further arguments for the engine (rule, latency).

    Raises:
        UsageError: the folder ``keep`` is not empty.
        VerifyRunError: a side did not finish.
    """
    with comparing.folder() as folder:
        own = own_stamps(comparing.checkout, comparing.fork, folder)
        lockstep = [*_LOCKSTEP, *arguments]
        with ExitStack() as sides:
            running = [
                sides.enter_context(comparing.side(folder / name, *given))
                for name, given in (
                    ("reference", lockstep),
                    ("engine", [*arguments, *engine_arguments]),
                )
            ]
            comparing.report(f"running the host's own loop and the engine side by side in {folder}")
            reference = _finished(running[0].finish())
            engine = _finished(running[1].finish(), reference)
        return _concluded(comparing, folder, own, reference, engine, lockstep)


def verify_by_journal(
    comparing: Comparing,
    arguments: Sequence[str],
    model_arguments: Sequence[str],
    engine_arguments: Sequence[str],
) -> Verification:
    """Run the host's own loop on a model, then the engine on the recorded answers; compare.

    The model may be nondeterministic: the engine gets the recorded answers, and has to ask exactly
    the recorded calls.

    Args:
        arguments: arguments of ``ga-ooo run`` for both sides (steps, seed).
        model_arguments: further arguments for the reference (servers, names of models).
        engine_arguments: further arguments for the engine (rule, latency, clock).

    Raises:
        UsageError: the folder ``keep`` is not empty.
        VerifyRunError: a side did not finish.
    """
    with comparing.folder() as folder:
        folder.mkdir(parents=True, exist_ok=True)
        own = own_stamps(comparing.checkout, comparing.fork, folder)
        journal = str((folder / "journal.sqlite").absolute())
        comparing.report(f"running the host's own loop on the model in {folder}")
        asking = [*_LOCKSTEP, "--journal", journal, *model_arguments, *arguments]
        with comparing.side(folder / "reference", *asking) as running:
            reference = _finished(running.finish())
        comparing.report("running the engine on the recorded answers")
        replay = ["--replay", journal, *arguments]
        with comparing.side(folder / "engine", *replay, *engine_arguments) as running:
            engine = running.finish()
        if engine.exit_code != _DIFFERENT_CALLS:
            _finished(engine, reference)
        return _concluded(comparing, folder, own, reference, engine, [*_LOCKSTEP, *replay])


def compare_sides(reference: Side, engine: Side) -> Verification:
    """Compare what two sides that have ended have written.

    Raises:
        VerifyRunError: a side did not finish.
    """
    _finished(engine)
    _finished(reference)
    return Verification(compare_copies(reference.copy, engine.copy), reference, engine)


def _concluded(
    comparing: Comparing,
    folder: Path,
    own: Stamps,
    reference: Side,
    engine: Side,
    lockstep: Sequence[str],
) -> Verification:
    """Compare; if there are differences, run the host's own loop once more."""
    same_calls = engine.exit_code != _DIFFERENT_CALLS
    comparison = compare_copies(reference.copy, engine.copy)
    if not (same_calls and comparison.equal):
        comparing.report(
            "the sides differ: running the host's own loop once more, to see what differs between "
            "two runs of the host itself"
        )
        with comparing.side(folder / "reference-again", *lockstep) as running:
            again = running.finish()
        if again.exit_code != _DIFFERENT_CALLS:
            _finished(again, reference)
        comparison = compare_copies(reference.copy, engine.copy, again.copy)
    after = own_stamps(comparing.checkout, comparing.fork, folder)
    return Verification(
        comparison,
        reference,
        engine,
        same_calls,
        Answers.read(_measures(reference.folder)),
        tuple(sorted(changed_files(own, after))),
    )


def _finished(side: Side, reference: Side | None = None) -> Side:
    """The side.

    Raises:
        VerifyRunError: it did not finish.
    """
    if side.exit_code != 0:
        context = ". The host's own loop took these steps without an error" if reference else ""
        raise VerifyRunError(side, context)
    return side


def _measures(side: Path) -> Path:
    return side.with_suffix(".json").absolute()
