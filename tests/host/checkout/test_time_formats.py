"""A scenario's times are read as the constructor of the fork reads them."""

from __future__ import annotations

from pathlib import Path

import pytest

from ga_ooo.host.checkout.time_formats import UPSTREAM, time_formats

CODE = """
class ReverieServer:
  def __init__(self, a, b):
    self.start = datetime.datetime.strptime(f"{meta['start_date']}, 06:00", "%d.%m.%Y, %H:%M")
    self.curr_time = datetime.strptime(meta["curr_time"], FORMAT)
"""


def test_formats_of_a_fork(tmp_path: Path) -> None:
    (tmp_path / "reverie.py").write_text(CODE.replace("FORMAT", '"%Y-%m-%d, 09:%M:%S"'))
    found = time_formats(tmp_path)
    assert found["start_date"].example == "13.02.2023"
    assert found["start_date"].parse("01.03.2024").hour == 6
    assert found["curr_time"].example == "2023-02-13, 09:00:00"
    with pytest.raises(ValueError, match="does not match"):
        found["curr_time"].parse("2023-02-13, 00:00:00")


def test_formats_that_the_source_does_not_show(tmp_path: Path) -> None:
    assert time_formats(tmp_path) == UPSTREAM
    (tmp_path / "reverie.py").write_text(CODE)
    found = time_formats(tmp_path)
    assert found["curr_time"] == UPSTREAM["curr_time"] != found["start_date"]
