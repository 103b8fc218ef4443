"""The load that servers publish as Prometheus text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ga_ooo.model.client._load import read_load


def test_metrics_of_another_server_are_no_load() -> None:
    assert read_load("") is None
    assert read_load("sglang:num_running_reqs 3\nprocess_open_fds 9\n") is None
    assert read_load("vllm:num_requests_waiting_by_reason{reason='x'} 4\n") is None
    assert read_load("vllm:num_requests_running NaN\n") is None
    load = read_load("vllm:num_requests_running 2.0\n")
    assert load is not None
    assert load.running == 2


@given(st.lists(st.text("0123456789.eE+-NaInf", max_size=12)), st.text(max_size=20))
def test_any_number_is_a_load_or_none(numbers: list[str], more: str) -> None:
    lines = [f'vllm:num_requests_running{{engine="{i}"}} {n}' for i, n in enumerate(numbers)]
    load = read_load("\n".join([*lines, more]))
    assert load is None or 0 <= load.running <= 1e9 * len(numbers)
