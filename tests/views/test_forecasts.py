"""Forecasts from a record: what they say of a finished run, of a longer and of a larger one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ga_ooo.options import ModelPrice, PriceOptions
from ga_ooo.record import RecordReader
from ga_ooo.record.rows import Call, RetiredStep, Row
from ga_ooo.views.forecasts import Plan, forecast
from tests.record.rows import write
from tests.views.conftest import STORAGE, Command

PRICES = PriceOptions(models={"*": ModelPrice(input=10, output=100)})


def rows() -> Iterator[Row]:
    """An hour from 8:00 on: each of the two personas asks 60 calls of a second."""
    yield from (RetiredStep(step, step + 1.0) for step in range(360))
    for call in range(120):
        step = call // 2 * 6
        asked = call % 2, step, 0, 0, "poignancy", "perceive", None
        yield Call(call + 1, *asked, step, step + 1.0, 500, 5, "model", None, "m", "s", 1)


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[RecordReader]:
    with RecordReader(write(tmp_path / "record.sqlite", rows())) as reader:
        yield reader


def test_a_finished_run_is_its_own_forecast(reader: RecordReader) -> None:
    found = forecast(reader, Plan(360), PRICES)
    assert (found.calls.low, found.calls.middle, found.calls.high) == (120, 120, 120)
    assert found.tokens_in.middle == 60_000
    assert found.cost is not None and found.cost.middle == pytest.approx(0.6 + 0.06)
    assert found.seconds.middle == 360 and found.done == 1


def test_half_of_the_run_forecasts_the_other_half(reader: RecordReader) -> None:
    found = forecast(reader, Plan(360), PRICES, until=180)
    assert found.done == 0.5
    assert found.calls.low < 120 < found.calls.high
    assert found.calls.middle == pytest.approx(120, rel=0.25)
    assert found.seconds.low < 360 < found.seconds.high


def test_more_people_cost_more_and_need_servers(reader: RecordReader) -> None:
    one = forecast(reader, Plan(360, people=2, latency=(1.0, 0.0, 0.0)), PRICES)
    many = forecast(reader, Plan(360, people=20, latency=(1.0, 0.0, 0.0)), PRICES)
    few_servers = forecast(reader, Plan(360, people=20, servers=1, slots=2), PRICES)
    assert one.cost is not None and many.cost is not None
    assert many.cost.middle == pytest.approx(10 * one.cost.middle)
    assert many.seconds.middle == pytest.approx(one.seconds.middle)
    # 1,200 calls of a second, two at once.
    assert few_servers.seconds.middle > 500
    # The further from the record, the wider the range.
    assert many.calls.high / many.calls.middle > one.calls.high / one.calls.middle
    slow = forecast(reader, Plan(360, people=2, latency=(2.0, 0.0, 0.0)), PRICES)
    assert slow.seconds.middle == pytest.approx(2 * one.seconds.middle)


def test_the_command(host: Path, ga_ooo: Command) -> None:
    code, _, err = ga_ooo("forecast", host, "day", "--steps", 8640)
    assert code == 2 and "too few for a forecast" in err
    path = host / STORAGE / "day" / "ga_ooo" / "record.sqlite"
    path.unlink()
    write(path, rows())
    (host / "ga-ooo.toml").write_text(
        '[prices.models."*"]\ninput = 10\n[prices.server_hours]\n"*" = 3\n'
    )
    code, out, _ = ga_ooo("forecast", host, "day", "--steps", 8640, "--servers", 2)
    assert code == 0
    assert out.startswith("8,640 steps of 2 personas; the record has 4% of them\n")
    assert "\ncost: " in out and "USD (" in out
