"""Options are declared once: every place that shows or reads one agrees with its declaration."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ga_ooo.cli.finding import NAMES, find_command, make_parser
from ga_ooo.errors import UsageError
from ga_ooo.options import JournalOptions, ModelOptions, Options, RunOptions, ServeOptions
from ga_ooo.options.declare import all_declarations, flag_declarations, nearest
from ga_ooo.options.settings import Settings, changed_values, flags_for, notes_of, values_of

DECLARED = {each.id: each for each in all_declarations(Options)}


def test_no_option_has_two_declarations() -> None:
    assert len(DECLARED) == len(list(all_declarations(Options)))


@pytest.mark.parametrize("name", NAMES)
def test_a_command_has_no_flag_twice(name: str) -> None:
    flags = [each.flag for each in flag_declarations(find_command(name).arguments)]
    assert len(flags) == len(set(flags))
    make_parser([name])


@pytest.mark.parametrize("id", DECLARED)
def test_every_default_keeps_its_own_check(id: str) -> None:
    DECLARED[id].read(DECLARED[id].default)
    assert DECLARED[id].help
    assert DECLARED[id].flag or DECLARED[id].in_file, "nothing can set it"


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: RunOptions(seed="1"),  # type: ignore[arg-type]  # a wrong type on purpose
        lambda: RunOptions(seed=True),
        lambda: RunOptions(retries=-1),
        lambda: RunOptions(window=0),
        lambda: RunOptions(runahead_budget=float("nan")),
        lambda: RunOptions(mode="turbo"),  # type: ignore[arg-type]  # a wrong type on purpose
        lambda: RunOptions(checkpoint_seconds=0),
        lambda: ModelOptions(latency=(1.0, 2.0)),  # type: ignore[arg-type]  # a wrong type on purpose
        lambda: ModelOptions(urls=("x:80",), name="m"),
        lambda: ModelOptions(urls=("http://x/v1",)),
        lambda: JournalOptions(file=Path("a"), replay=Path("b")),
        lambda: ServeOptions(model="m", port=0),
        lambda: ServeOptions(model="m", embedding_model="e", gpu_memory_utilization=0.1),
        lambda: Options(serve=ServeOptions(model="m")),
        lambda: Options(run=RunOptions(clock="virtual"), serve=ServeOptions("m", "e")),
    ],
)
def test_options_made_in_python_are_checked(wrong: Any) -> None:
    with pytest.raises(UsageError) as caught:
        wrong()
    assert caught.value.problem and caught.value.remedy


def test_python_may_give_lists_texts_and_whole_numbers() -> None:
    run = RunOptions(checkpoint_seconds=5, plugins=["a"])  # type: ignore[arg-type]  # a wrong type on purpose
    assert (run.checkpoint_seconds, run.plugins) == (5.0, ("a",))
    journal = JournalOptions(file="~/a")  # type: ignore[arg-type]  # a wrong type on purpose
    assert journal.file == Path.home() / "a"


OPTIONS = Options(
    run=RunOptions(seed=3, window=5, checkpoints=False, plugins=("a", "b")),
    model=ModelOptions(
        urls=("http://a/v1", "http://b/v1"),
        name="m",
        structured_outputs=False,
        latency=(0.1, 0.0, 0.0),
        router=replace(ModelOptions().router, eject_after=2),
    ),
    journal=JournalOptions(replay=Path("/j.sqlite")),
)


def test_flags_of_options_are_those_that_give_them() -> None:
    parser = make_parser(["run"])
    given = ["run", ".", "--fork", "f", "--sim", "s", "--steps", "1", *flags_for(OPTIONS)]
    flags = vars(parser.parse_args(given))
    read = {id: DECLARED[id].read(value) for id, value in flags.items() if id in DECLARED}
    expected = {id: value for id, value in changed_values(OPTIONS).items() if DECLARED[id].flag}
    assert read == expected


def test_notes_bring_every_value_back() -> None:
    notes = notes_of(changed_values(OPTIONS), DECLARED)
    assert "run.checkpoints" not in notes, "it concerns one command only"
    again = Settings().over("noted", values_of(notes, DECLARED)).make(Options)
    expected = replace(OPTIONS, run=replace(OPTIONS.run, checkpoints=True))
    # The journal is noted apart, with the path that it has.
    assert again == replace(expected, journal=JournalOptions())


def test_notes_of_another_version_are_refused() -> None:
    with pytest.raises(UsageError, match=r"run\.lookahead"):
        values_of({"run.lookahead": 3}, DECLARED)


def test_a_stronger_source_puts_aside_what_it_replaces() -> None:
    weaker = Settings().over("file", {"journal.file": Path("a"), "run.seed": 1})
    stronger = weaker.over("flag", {"journal.keep": False})
    assert stronger.values == {"run.seed": 1, "journal.keep": False}
    assert stronger.origins == {"run.seed": "file", "journal.keep": "flag"}


def test_the_nearest_name() -> None:
    assert nearest("sead", ["seed", "rule"]) == "did you mean seed?"
    assert nearest("xyz", ["seed", "rule"]) == "choose from rule, seed"
