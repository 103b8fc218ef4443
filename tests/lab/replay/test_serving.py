"""Model servers of a replay, compared with results that were computed by hand."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ga_ooo.errors import UsageError
from ga_ooo.lab.replay.event_queue import EventQueue
from ga_ooo.lab.replay.serving import PRESETS, ServingModel

MODEL = ServingModel(slots=2, call_s=0.0, prefill_s=0.001, iteration_s=0.1, sequence_s=0.01)


def finish(
    model: ServingModel,
    calls: list[tuple[float, int, int, tuple[int, int]]],
    gpus: int = 1,
) -> list[float]:
    """The time at which each call (asked at, tokens in, tokens out, priority) is answered."""
    events = EventQueue()
    fleet = model.fleet(events, gpus)
    ends = [0.0] * len(calls)

    def ask(number: int) -> None:
        _, tokens_in, tokens_out, priority = calls[number]

        def done() -> None:
            ends[number] = events.now

        fleet.submit(priority, tokens_in, tokens_out, done)

    for number, call in enumerate(calls):
        events.at(call[0], lambda number=number: ask(number))  # type: ignore[misc]
    events.run()
    return ends


@pytest.mark.parametrize("model", [MODEL, *PRESETS.values()])
def test_a_call_alone(model: ServingModel) -> None:
    ends = finish(model, [(5.0, 800, 30, (0, 0)), (500.0, 300, 0, (0, 0))])
    assert ends == pytest.approx([5.0 + model.alone(800, 30), 500.0 + model.alone(300, 0)])


def test_two_in_a_batch() -> None:
    # 0 to 0.1: first prompt; to 0.2: second prompt, no decoding; then both decode at
    # 0.12 a token: ten tokens each.
    ends = finish(MODEL, [(0.0, 100, 10, (0, 0)), (0.0, 100, 10, (0, 1))])
    assert ends == pytest.approx([1.4, 1.4])


def test_a_new_call_stops_decoding() -> None:
    # The first: prompt to 0.1, 4 tokens at 0.11 to 0.54, a pause of 0.1, then 6 at 0.12 to 1.36.
    ends = finish(MODEL, [(0.0, 100, 10, (0, 0)), (0.54, 100, 20, (0, 1))])
    assert ends == pytest.approx([1.36, 1.36 + 14 * 0.11])


def test_slots_and_priority() -> None:
    calls = [(0.0, 0, 10, (0, 0)), (0.0, 0, 10, (0, 0)), (0.1, 0, 5, (9, 0)), (0.2, 0, 5, (1, 0))]
    first, second, late, urgent = finish(MODEL, calls)
    assert first == second == pytest.approx(1.2)
    assert late == urgent == pytest.approx(1.2 + 5 * 0.12)
    one = ServingModel(1, 0.0, 0.001, 0.1, 0.01)
    first, second, late, urgent = finish(one, calls)
    assert [first, urgent, second] == pytest.approx([1.1, 2.75, 2.2])
    assert late == pytest.approx(3.3)


def test_calls_go_to_the_server_with_the_fewest_calls() -> None:
    calls = [(0.0, 0, 10, (0, 0))] * 4
    assert finish(MODEL, calls, gpus=4) == pytest.approx([1.1] * 4)
    assert finish(MODEL, calls, gpus=2) == pytest.approx([1.2] * 4)


@settings(deadline=None, max_examples=30, derandomize=True, database=None)
@given(st.integers(0, 10**6), st.integers(1, 3))
def test_no_call_is_lost_and_none_is_faster_than_alone(seed: int, gpus: int) -> None:
    rng = Random(seed)
    calls = [
        (rng.random() * 5, rng.randrange(500), rng.randrange(20), (rng.randrange(3), 0))
        for _ in range(30)
    ]
    ends = finish(MODEL, calls, gpus)
    for (asked, tokens_in, tokens_out, _), end in zip(calls, ends, strict=True):
        assert end >= asked + MODEL.alone(tokens_in, tokens_out) - 1e-9
    # Work is conserved: a server cannot do more than one full batch at a time.
    work = sum(MODEL.prefill_s * call[1] + 0.06 * call[2] for call in calls)
    assert max(ends) >= work / gpus - 1e-9


def test_presets_are_in_proportion() -> None:
    """An L4 reads 300 GB/s and an H100 3,350: about 70 and 6 ms for 16 GB at 0.77."""
    l4, h100 = PRESETS["l4"], PRESETS["h100"]
    assert l4.iteration_s == pytest.approx(0.0695, abs=0.001)
    assert h100.iteration_s == pytest.approx(0.0062, abs=0.0002)
    assert l4.slots is not None and 30 < l4.slots < 60 and h100.slots == 256


def test_no_gpu() -> None:
    with pytest.raises(UsageError, match="0 GPUs"):
        MODEL.fleet(EventQueue(), 0)
