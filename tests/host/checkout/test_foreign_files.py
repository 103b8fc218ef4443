"""Files that macOS, Windows and desktops leave in a checkout are not read."""

from __future__ import annotations

from pathlib import Path

import pytest

from ga_ooo.host.checkout.event_reads import ignores_far_events
from ga_ooo.host.checkout.foreign_files import has_foreign_part, is_foreign
from ga_ooo.host.checkout.locate import check_scenario, locate
from ga_ooo.host.checkout.loop.requests import requests_pending
from ga_ooo.host.durable.record import fingerprint_of_map, fingerprint_of_scenario
from tests.host.tinyhost import BACKEND, MATRIX, PERSONAS, SCENARIO, STORAGE, write

APPLE_DOUBLE = b"\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X        \xff\xfe"
"""How a file begins in which macOS keeps attributes."""

FOREIGN = ["._0.json", ".DS_Store", "Thumbs.db", "desktop.ini", "__MACOSX"]


@pytest.mark.parametrize("name", [*FOREIGN, "Desktop.ini", "thumbs.DB", ".directory"])
def test_names_of_operating_systems(name: str) -> None:
    assert is_foreign(name)
    assert has_foreign_part(("environment", name, "0.json"))


@pytest.mark.parametrize("name", ["0.json", "ga_ooo", "Isabella._", "thumbs", ".hidden"])
def test_other_names(name: str) -> None:
    assert not is_foreign(name)


@pytest.mark.parametrize(
    "folder",
    ["", "environment", "movement", "reverie", "personas", f"personas/{PERSONAS[0]}"],
)
@pytest.mark.parametrize("name", [*FOREIGN, "._meta.json"])
def test_a_scenario_with_them_is_the_same_scenario(tiny: Path, folder: str, name: str) -> None:
    scenario = tiny / STORAGE / SCENARIO
    before = check_scenario(locate(tiny), SCENARIO)
    content = fingerprint_of_scenario(scenario, 0)
    (scenario / folder).mkdir(exist_ok=True)
    (scenario / folder / name).write_bytes(APPLE_DOUBLE)
    after = check_scenario(locate(tiny), SCENARIO)
    assert (after.tiles, after.step, after.later) == (before.tiles, before.step, before.later)
    assert fingerprint_of_scenario(scenario, 0) == content


def test_folders_of_an_archive_are_no_scenarios(tiny: Path) -> None:
    write(tiny / STORAGE / f"__MACOSX/{SCENARIO}/._reverie", "")
    (tiny / STORAGE / "$RECYCLE.BIN").mkdir()
    assert [check.name for check in locate(tiny).scenarios()] == [SCENARIO]


def test_files_beside_the_map_and_the_code(tiny: Path) -> None:
    checkout = locate(tiny)
    before = (fingerprint_of_map(checkout), ignores_far_events(checkout.backend))
    (tiny / MATRIX / "._maze_meta_info.json").write_bytes(APPLE_DOUBLE)
    (tiny / MATRIX / "maze/.DS_Store").write_bytes(APPLE_DOUBLE)
    (tiny / BACKEND / "._maze.py").write_bytes(APPLE_DOUBLE)
    found = locate(tiny)
    assert found.fingerprints == checkout.fingerprints
    assert (fingerprint_of_map(found), ignores_far_events(found.backend)) == before


def test_requests_of_a_frontend(tmp_path: Path) -> None:
    write(tmp_path / "control/._stop_request.json", "")
    assert not requests_pending(tmp_path)
    write(tmp_path / "control/stop_request.json", "")
    assert requests_pending(tmp_path)
