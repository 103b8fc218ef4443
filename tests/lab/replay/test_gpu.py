"""Model servers of a replay, compared with results that were computed by hand, and as published."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ga_ooo.errors import UsageError
from ga_ooo.lab.replay.event_queue import EventQueue
from ga_ooo.lab.replay.gpu import make_fleet
from ga_ooo.lab.replay.load import LoadMeter
from ga_ooo.lab.replay.serving import PRESETS, Gpu, ServingModel, Tokens

MODEL = ServingModel(
    slots=2, prefill_s=0.001, iteration_s=0.1, sequence_s=0.01, context_s=0.0, chunk=100
)

Asked = tuple[float, Tokens, tuple[int, int]]
"""Asked at, tokens, priority."""


def finish(model: ServingModel, calls: list[Asked], gpus: int = 1, cpu_s: float = 0) -> list[float]:
    """The time at which each call is answered."""
    events = EventQueue()
    fleet = LoadMeter(events, make_fleet(model, events, gpus), cpu_s)
    ends = [0.0] * len(calls)

    def ask(number: int) -> None:
        def done() -> None:
            ends[number] = events.now

        _, tokens, priority = calls[number]
        fleet.submit(priority, tokens, done)

    for number, call in enumerate(calls):
        events.at(call[0], lambda number=number: ask(number))  # type: ignore[misc]  # a default
    events.run()
    return ends


@pytest.mark.parametrize("model", [MODEL, *PRESETS.values()])
def test_a_call_alone(model: ServingModel) -> None:
    calls = [Tokens(800, 30), Tokens(300, 0), Tokens(9_000, 1), Tokens(500, 20, cached=500)]
    ends = finish(model, [(500.0 * n, tokens, (0, 0)) for n, tokens in enumerate(calls)])
    assert ends == pytest.approx([500.0 * n + model.alone(t) for n, t in enumerate(calls)])


def test_prompts_share_an_iteration_with_each_other_and_with_decoding() -> None:
    # The first call has an iteration of its own, to 0.2. The next iteration has both prompts that
    # came meanwhile: 0.1 + 0.1, and the first tokens. Then nine at 0.12.
    late: Asked = (0.1, Tokens(50, 10), (0, 0))
    ends = finish(replace(MODEL, slots=3), [(0.0, Tokens(100, 1), (0, 0)), late, late])
    assert ends == pytest.approx([0.2, *[0.4 + 9 * 0.12] * 2])


def test_a_long_prompt_slows_decoding_and_does_not_stop_it() -> None:
    # The first: its prompt to 0.2, 2 more tokens at 0.11 to 0.42. Then two iterations with a chunk
    # of the second prompt, 0.1 + 0.01 + 0.1 each, to 0.84; 5 tokens at 0.12 to 1.44.
    first, second = finish(MODEL, [(0.0, Tokens(100, 10), (0, 0)), (0.42, Tokens(200, 20), (0, 1))])
    assert first == pytest.approx(1.44)
    # It has one token at 0.84 and six at 1.44; 14 more alone, at 0.11.
    assert second == pytest.approx(1.44 + 14 * 0.11)


def test_longer_contexts_take_longer() -> None:
    model = ServingModel(slots=9, iteration_s=0.1, context_s=0.0001, chunk=100)
    short, long = (finish(model, [(0.0, Tokens(n, 11, cached=n), (0, 0))])[0] for n in (100, 1_100))
    assert long - short == pytest.approx(11 * 1_000 * 0.0001)


def test_cached_tokens_are_not_computed_again() -> None:
    assert finish(MODEL, [(0.0, Tokens(100, 1, cached=60), (0, 0))]) == pytest.approx([0.14])
    assert PRESETS["unlimited"].alone(Tokens(100, 1, cached=60)) == pytest.approx(0.08)


def test_slots_room_and_priority() -> None:
    calls: list[Asked] = [
        *((0.0, Tokens(0, 10), (0, 0)),) * 2,
        (0.1, Tokens(0, 5), (9, 0)),
        (0.2, Tokens(0, 5), (1, 0)),
    ]
    first, second, late, urgent = finish(MODEL, calls)
    assert first == second == pytest.approx(1.2)
    assert late == urgent == pytest.approx(1.2 + 5 * 0.12)
    for one in (
        ServingModel(1, iteration_s=0.1, sequence_s=0.01),
        # Room for one call only; the first one has it in any case.
        ServingModel(9, iteration_s=0.1, sequence_s=0.01, room=9),
    ):
        first, second, late, urgent = finish(one, calls)
        assert [first, second, urgent] == pytest.approx([1.1, 2.2, 2.75])
        assert late == pytest.approx(3.3)


def test_calls_go_to_the_server_with_the_fewest_calls() -> None:
    calls: list[Asked] = [(0.0, Tokens(0, 10), (0, 0))] * 4
    assert finish(MODEL, calls, gpus=4) == pytest.approx([1.1] * 4)
    assert finish(MODEL, calls, gpus=2) == pytest.approx([1.2] * 4)


def test_one_core_asks_one_call_after_the_other() -> None:
    unlimited = ServingModel(None, iteration_s=0.1)
    calls: list[Asked] = [(0.0, Tokens(0, 10), (step, 0)) for step in (0, 2, 1)]
    assert finish(unlimited, calls, cpu_s=0.01) == pytest.approx([1.01, 1.03, 1.02])


@settings(deadline=None, max_examples=30, derandomize=True, database=None)
@given(st.integers(0, 10**6), st.integers(1, 3))
def test_no_call_is_lost_and_none_is_faster_than_alone(seed: int, gpus: int) -> None:
    rng = Random(seed)
    calls: list[Asked] = [
        (rng.random() * 5, Tokens(rng.randrange(500), rng.randrange(20)), (rng.randrange(3), 0))
        for _ in range(30)
    ]
    ends = finish(MODEL, calls, gpus)
    for (asked, tokens, _), end in zip(calls, ends, strict=True):
        assert end >= asked + MODEL.alone(tokens) - 1e-9
    # Work is conserved: a server cannot do more than one full batch at a time.
    work = sum(MODEL.prefill_s * call[1].prompt + 0.06 * (call[1].answer - 1) for call in calls)
    assert max(ends) >= work / gpus - 1e-9


@pytest.mark.parametrize(
    ("model", "prompt", "answer", "cached", "published", "within"),
    [
        # Llama 3.1 8B by NIM 1.8.0 on an H100, 200 tokens in and out (docs.nvidia.com).
        (PRESETS["h100-fp8"], 200, 200, 0, {1: 215, 25: 4_679, 100: 12_215, 150: 12_989}, 0.21),
        # An 8B model by NIM 1.14.0 on a GH200, 1,000 tokens in and out (docs.nvidia.com), which
        # keeps prompts that it knows, and these are always the same.
        (Gpu(4.0e12, 989e12, 96e9).serving(), 1_000, 1_000, 984, {1: 166, 100: 7_591}, 0.09),
        # Llama 3.1 8B by vLLM 0.23 on an A100 (johnmusgrave.com): 75 tokens/s, 6.6 times of 8.
        (PRESETS["a100-40"], 1_024, 128, 0, {1: 75, 8: 495}, 0.21),
    ],
)
def test_published_sweeps(
    model: ServingModel,
    prompt: int,
    answer: int,
    cached: int,
    published: dict[int, int],
    within: float,
) -> None:
    """Tokens per second, at so many calls in flight."""
    for in_flight, rate in published.items():
        assert throughput(model, in_flight, Tokens(prompt, answer, cached)) == pytest.approx(
            rate, rel=within
        )


def throughput(model: ServingModel, in_flight: int, tokens: Tokens) -> float:
    events = EventQueue()
    fleet = make_fleet(model, events, 1)
    left = calls = in_flight * 10

    def ask() -> None:
        nonlocal left
        if left:
            left -= 1
            fleet.submit((0, 0), tokens, ask)

    for _ in range(in_flight):
        events.at(0.0, ask)
    events.run()
    return calls * tokens.answer / events.now


def test_no_gpu() -> None:
    with pytest.raises(UsageError, match="0 GPUs"):
        make_fleet(MODEL, EventQueue(), 0)
