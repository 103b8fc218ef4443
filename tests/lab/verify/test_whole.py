"""Whole checkouts are compared; what differs between two runs of the host itself is named."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ga_ooo.host.checkout.locate import locate
from ga_ooo.lab.verify.compare import Comparison
from ga_ooo.lab.verify.copies import CheckoutCopy, copy_checkout
from ga_ooo.lab.verify.whole import compare_copies
from tests.host.tinyhost import SCENARIO, make_host, write

LOG = "reverie/backend_server/log.json"

Compare = Callable[..., Comparison]


@pytest.fixture
def compared(tmp_path: Path) -> Compare:
    """Compares three sides, each given as the files that it writes in the checkout."""
    checkout = locate(make_host(tmp_path / "tiny"))

    def compare(*sides: dict[str, str]) -> Comparison:
        copies: list[CheckoutCopy] = []
        for number, files in enumerate(sides):
            copies.append(copy_checkout(checkout, SCENARIO, tmp_path / f"side{number}"))
            for name, text in files.items():
                write(copies[-1].root / name, text)
        return compare_copies(*copies)

    return compare


def log(total: int, time: str, *entries: int) -> str:
    value: dict[str, Any] = {"began": time, "total": total, "entries": entries}
    return json.dumps(value)


def test_a_file_anywhere_counts(compared: Compare) -> None:
    same = {"notes.txt": "a", LOG: log(1, "now")}
    found = compared(same, same)
    assert found.equal and found.files == 2
    found = compared(same, {**same, "environment/x.txt": "engine only"})
    assert found.differing == 1 and found.first is not None
    assert (found.first.file, found.first.values) == ("environment/x.txt", (None, "(exists)"))


def test_what_differs_in_the_host_itself_is_named(compared: Compare) -> None:
    found = compared({LOG: log(2, "noon")}, {LOG: log(2, "one")}, {LOG: log(2, "two")})
    assert found.equal
    (unsteady,) = found.unsteady
    assert (unsteady.file, unsteady.where, unsteady.values) == (LOG, "began", ("noon", "two"))


def test_another_difference_in_such_a_file_still_counts(compared: Compare) -> None:
    found = compared({LOG: log(2, "noon")}, {LOG: log(3, "one")}, {LOG: log(2, "two")})
    assert (found.differing, len(found.unsteady)) == (1, 1)
    assert found.first is not None and found.first.file == LOG


def test_more_entries_count_where_the_host_always_has_as_many(compared: Compare) -> None:
    found = compared(
        {LOG: log(2, "1", 1, 2)}, {LOG: log(2, "2", 1, 2, 3)}, {LOG: log(2, "3", 1, 2)}
    )
    assert found.differing == 1


def test_logs_named_by_the_time_are_compared(compared: Compare) -> None:
    names = [f"logs/cost_2026-11-30_09:1{minute}.json" for minute in range(3)]
    found = compared(*({name: log(7, "same")} for name in names))
    assert found.equal
    assert [(each.file, each.where) for each in found.unsteady] == [(names[0], "its name")]
    found = compared({names[0]: log(7, "a")}, {names[1]: log(8, "b")}, {names[2]: log(7, "c")})
    assert found.differing == 1


def test_a_step_that_only_one_side_has_is_no_log(compared: Compare) -> None:
    where = "environment/frontend_server/storage/verify/movement"
    found = compared(
        {f"{where}/11.json": "{}"}, {f"{where}/12.json": "{}"}, {f"{where}/11.json": "{}"}
    )
    assert found.differing == 1 and not found.unsteady
    assert found.first is not None and found.first.file == "movement/11.json"


def test_lines_of_a_text_file_are_places(compared: Compare) -> None:
    name = "log.txt"
    assert compared({name: "at 1\na"}, {name: "at 2\na"}, {name: "at 3\na"}).equal
    assert not compared({name: "at 1\na"}, {name: "at 2\nb"}, {name: "at 3\na"}).equal
    assert not compared({name: "at 1\na"}, {name: "at 2\na\na"}, {name: "at 3\na"}).equal
