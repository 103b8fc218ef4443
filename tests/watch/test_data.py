"""The data of the page, for a small record."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from ga_ooo.record import RecordReader, record_file
from ga_ooo.watch.source import Simulation
from ga_ooo.watch.views import timing, town
from tests.record.rows import NAMES
from tests.watch.conftest import HOSTILE, folder_of


def test_the_run(client: TestClient) -> None:
    run = client.get("/data/run").json()
    assert run["names"] == list(NAMES)
    assert run["simulation"] == "day" and run["chunk"] >= 12
    progress = client.get("/data/progress").json()
    assert not progress["running"] and progress["control"] is None
    assert len(progress["people"]) <= len(NAMES)


def test_a_range_of_steps_is_the_record(host: Path, client: TestClient) -> None:
    """Between two changes of its tile, a persona stays where it is."""
    with RecordReader(record_file(folder_of(host))) as reader:
        moves = {(row.persona, row.step): [row.x, row.y] for row in reader.moves()}
        found = client.get("/data/town", params={"first": 0, "until": 50}).json()
        for (persona, step), tile in moves.items():
            changes = found["moves"][persona]
            known = [changes[n : n + 3] for n in range(0, len(changes), 3)]
            assert [each[1:] for each in known if each[0] <= step][-1] == tile
            assert found["reached"][persona] >= step
        assert len(found["holds"]) == len(list(reader.holds()))
        assert len(found["talks"]) == len(list(reader.conversations()))


def test_an_activity_holds_in_later_ranges(client: TestClient) -> None:
    early = client.get("/data/town", params={"first": 0, "until": 50}).json()["activities"]
    later = client.get("/data/town", params={"first": 40, "until": 50}).json()["activities"]
    last = {row[0]: row for row in early}
    assert later and {row[0]: row for row in later} == last


def test_a_step(host: Path, client: TestClient) -> None:
    with RecordReader(record_file(folder_of(host))) as reader:
        for call in reader.calls():
            asked = {"persona": call.persona, "step": call.step}
            step = client.get("/data/step", params=asked).json()
            assert call.kind in [each["kind"] for each in step["calls"]]
    assert client.get("/data/step", params={"persona": 0, "step": 10**6}).json()["calls"] == []
    assert client.get("/data/texts", params={"call": 10**9}).json() is None


def test_minds(client: TestClient) -> None:
    mind = client.get("/data/mind", params={"persona": 0}).json()
    assert mind["mind"]["schedule"] == [[HOSTILE, 60], ["reading", 1380]]
    assert client.get("/data/mind", params={"persona": 1}).json()["mind"] is None
    assert client.get("/data/mind", params={"persona": 99}).json() is None
    found = client.get("/data/memories", params={"persona": 0}).json()
    assert found["count"] == 2 and found["nodes"][0]["poignancy"] == 4
    thoughts = client.get("/data/memories?persona=0&kind=thought&words=ONERROR")
    assert thoughts.json()["count"] == 1
    assert client.get("/data/memories", params={"persona": 0, "words": "no"}).json()["count"] == 0


def test_curves_add_up(host: Path) -> None:
    """The area below the curve of calls in flight is the time of all calls."""
    with RecordReader(record_file(folder_of(host))) as reader:
        curves = timing.curves(reader)
        width = curves["at"][0]
        asked = [call for call in reader.calls() if call.source == "model"]
        spent = sum(call.answered_at - call.asked_at for call in asked)
        spent += sum(call.answered_at - call.asked_at for call in reader.early_calls())
        assert sum(curves["in_flight"]) * width == pytest.approx(spent, rel=0.02)
        assert curves["horizon"][-1] == reader.next_step() - 1
        early = len(list(reader.early_calls()))
        assert curves["used"][-1] + curves["wasted"][-1] == early
        bars = timing.stream(reader, 0, 1e6)
        assert bars["left_out"] >= 0
        assert town.progress(reader)["horizon"] == reader.next_step()


WRONG = (
    *("town", "town?first=1", "town?first=a&until=2", "town?first=0&until=9999999"),
    *("stream?begin=nan&end=1", "stream?begin=-1&end=1", "texts?call=" + "9" * 40),
    "step?persona=١",
)


@pytest.mark.parametrize("asked", WRONG)
def test_wrong_requests(client: TestClient, asked: str) -> None:
    answer = client.get(f"/data/{asked}")
    assert answer.status_code == 400 and answer.json()["problem"]


def test_a_run_that_has_not_begun(tmp_path: Path) -> None:
    simulation = Simulation("HOST", tmp_path / "later", tmp_path)
    assert simulation.about() is None and simulation.progress() is None
    assert simulation.version() is None and simulation.map() is None
