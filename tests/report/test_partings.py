"""Where two runs part, and the reason that is given."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from ga_ooo.errors import UsageError
from ga_ooo.record import RecordReader
from ga_ooo.record.rows import Activity, Call, Move, Prompt, Row
from ga_ooo.report.partings import Parting, partings
from tests.record.rows import NAMES, ROWS, write

ADA, BO = NAMES


def found(tmp_path: Path, rows: list[Row]) -> list[Parting]:
    with (
        RecordReader(write(tmp_path / "one.sqlite")) as one,
        RecordReader(write(tmp_path / "other.sqlite", rows)) as other,
    ):
        return partings(one, other)


def changed(row_kind: type[Row], number: int, **values: object) -> list[Row]:
    """The rows with one of a kind changed."""
    of_kind = [row for row in ROWS if isinstance(row, row_kind)][number]
    new = msgspec.structs.replace(of_kind, **values)
    return [new if row is of_kind else row for row in ROWS]


def test_equal_runs(tmp_path: Path) -> None:
    assert {each.step for each in found(tmp_path, list(ROWS))} == {None}


@pytest.mark.parametrize(
    ("rows", "who", "step", "why"),
    [
        (
            changed(Prompt, 0, answer="6"),
            BO,
            2,
            "the model answers poignancy differently: '5'; '6'",
        ),
        (changed(Prompt, 0, prompt="Why?"), BO, 2, "another prompt for poignancy"),
        (changed(Call, 1, kind="daily plan"), BO, 2, "(poignancy; daily plan)"),
        (changed(Call, 0, tokens_out=8), ADA, 2, "to a prompt of the same length"),
        (changed(Call, 0, tokens_in=8), ADA, 2, "knows or sees something else"),
        (changed(Call, 0, step=1), ADA, 1, "only the second run asks here (utterance)"),
        (changed(Move, 3, x=9), BO, 1, "the persona is on another tile: (4, 4); (9, 4)"),
        (changed(Activity, 1, description="z"), ADA, 2, "the persona does something else"),
    ],
)
def test_the_first_difference(
    tmp_path: Path, rows: list[Row], who: str, step: int, why: str
) -> None:
    first, second = found(tmp_path, rows)
    assert (first.persona, first.step) == (who, step)
    assert why in first.why
    assert second.step is None


def test_runs_of_other_people(tmp_path: Path) -> None:
    with RecordReader(write(tmp_path / "one.sqlite")) as one:
        other = RecordReader(tmp_path / "one.sqlite")
        other.names = ("Cy", "Di")
        with other, pytest.raises(UsageError, match="other personas"):
            partings(one, other)
