"""What calls cost, and that no order of calls and answers exceeds a budget."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ga_ooo.costs import BudgetReachedError, Ledger, PaidCalls
from ga_ooo.costs.spent import read_spent
from ga_ooo.errors import ModelError, UsageError
from ga_ooo.model.requests import CallKind, ModelAnswer, ModelCall, ModelRequest
from ga_ooo.options import ModelPrice, PriceOptions
from tests.model.simulated import run_virtual

PRICES = PriceOptions(
    "EUR",
    {
        "small": ModelPrice(input=1, cached_input=0.25, output=4),
        "small-large": ModelPrice(input=10, output=40),
        "*": ModelPrice(input=2, output=8),
    },
)


def request(text: str = "Who is Ada?", cap: int = 100) -> ModelRequest:
    return ModelRequest(CallKind.COMPLETION, "gpt", prompt=text, parameters={"max_tokens": cap})


def paid(model: str, tokens_in: int, tokens_out: int, cached: int = 0) -> float:
    ledger = Ledger(PRICES)
    ledger.asked(1.0)
    ledger.answered(
        1.0,
        ModelAnswer(
            model=model, prompt_tokens=tokens_in, output_tokens=tokens_out, cached_tokens=cached
        ),
    )
    return ledger.cost.amount


def test_each_model_has_its_price() -> None:
    million = 1_000_000
    assert paid("small", million, 0) == 1
    assert paid("small", million, million, cached=million) == 4.25
    assert paid("small", million, 0, cached=5 * million) == 0.25
    # Services name the version of the model that answered.
    assert paid("small-2024-07-18", million, 0) == 1
    assert paid("small-large-2", million, 0) == 10
    assert paid("smaller", million, 0) == 2


def test_an_answer_without_counts_costs_the_most() -> None:
    assert paid("small", 0, 0) == 1.0
    assert PriceOptions(models={"small": ModelPrice()}).price_of("other") is None


def test_the_most_that_an_answer_can_cost() -> None:
    ledger = Ledger(PRICES, default_max_tokens=1000)
    asked = request("é" * 500, cap=200)
    # Two bytes for each letter, at the highest prices.
    assert ledger.highest(asked) >= (1000 * 10 + 200 * 40) / 1e6
    assert ledger.highest(replace(asked, parameters={})) >= 1000 * 40 / 1e6
    embedding = ModelRequest(CallKind.EMBEDDING, "ada", prompt="tea")
    assert ledger.highest(embedding) < 100 * 10 / 1e6


def test_hours_of_servers() -> None:
    now = 0.0
    prices = PriceOptions(server_hours={"http://a": 3.0, "*": 1.0})
    ledger = Ledger(prices, budget=5.0, deadline=900.0, clock=lambda: now)
    ledger.rent(["http://a", "http://b", "http://c"])
    now = 1800.0
    assert ledger.cost.amount == pytest.approx(2.5)
    # A call may take a quarter of an hour, which costs 1.25.
    assert ledger.allows(1.2) and not ledger.allows(1.3)
    ledger.close()
    now = 9000.0
    assert ledger.cost.amount == pytest.approx(2.5)


def test_a_resumed_run_continues_the_sum(tmp_path: Path) -> None:
    first = Ledger(PRICES, budget=1.0)
    first.begin(tmp_path)
    first.asked(0.25)
    first.answered(0.25, ModelAnswer(model="small", prompt_tokens=100_000))
    first.asked(0.5)
    # Killed here: the call in flight counts with its highest cost.
    resumed = Ledger(PRICES, budget=1.0)
    resumed.resume(tmp_path)
    assert resumed.cost.amount == pytest.approx(0.1)
    assert resumed.allows(0.39) and not resumed.allows(0.41)
    resumed.begin(tmp_path / "checkpoint")
    resumed.close()
    spent = read_spent(tmp_path)
    assert spent is not None and (spent.calls, spent.uncertain) == (1, 0.5)
    with pytest.raises(UsageError, match=r"0\.10 EUR so far, and prices are in USD"):
        Ledger(PriceOptions(models=PRICES.models)).resume(tmp_path)


@pytest.mark.parametrize("content", ["[]", '{"currency": "EUR", "amount": -1}', '{"a', "\0"])
def test_a_file_of_somebody_else(tmp_path: Path, content: str) -> None:
    path = tmp_path / "ga_ooo" / "cost.json"
    path.parent.mkdir()
    path.write_text(content)
    with pytest.raises(UsageError, match=r"cost\.json cannot be read"):
        read_spent(tmp_path)
    path.write_text("")
    assert read_spent(tmp_path) is None


def test_a_disk_that_refuses(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "ga_ooo").write_text("in the way")
    ledger = Ledger(PRICES)
    ledger.begin(tmp_path)
    ledger.asked(0.1)
    assert caplog.text.count("what the run costs cannot be kept") == 1


class Model:
    """Answers after the seconds that the prompt says; the answer has all tokens it may have."""

    async def answer(self, call: ModelCall) -> ModelAnswer:
        text, cap = call.request.text, call.request.parameters["max_tokens"]
        await asyncio.sleep(json.loads(text)[0])
        if json.loads(text)[1]:
            raise ModelError("refused", "ask something else")
        return ModelAnswer(model="small-large", prompt_tokens=len(text), output_tokens=cap)

    async def close(self) -> None:
        pass


calls = st.tuples(
    st.integers(0, 20), st.integers(0, 20), st.booleans(), st.integers(1, 2000), st.booleans()
)


@settings(max_examples=50)
@given(st.lists(calls, max_size=30), st.floats(0, 0.5))
def test_no_order_of_calls_exceeds_the_budget(
    asked: list[tuple[int, int, bool, int, bool]], budget: float
) -> None:
    """Calls begin at any time, last any time, fail, or are cut off."""

    async def test() -> None:
        ledger = Ledger(PRICES, budget)
        client = PaidCalls(Model(), ledger)
        refused: list[float] = []

        async def ask(begin: int, seconds: int, fails: bool, cap: int, cut: bool) -> None:
            await asyncio.sleep(begin)
            call = ModelCall(request(json.dumps([seconds, fails]), cap))
            try:
                await asyncio.wait_for(client.answer(call), seconds / 2 if cut else None)
            except BudgetReachedError as error:
                refused.append(asyncio.get_running_loop().time())
                assert error.exit_code == 5 and not error.retry_move
            except (TimeoutError, ModelError):
                pass
            assert ledger.cost.amount <= budget

        await asyncio.gather(*(ask(*call) for call in asked))
        if refused:
            # Calls in flight are answered first, and none goes out afterwards.
            assert ledger.allows(0.0)

    run_virtual(test())
