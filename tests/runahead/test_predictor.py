"""Predicted answers follow earlier answers; hit rates follow outcomes, also of unsent calls."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from ga_ooo.model.requests import CallKey, CallKind, ModelAnswer, ModelCall, ModelRequest
from ga_ooo.runahead.predictor import (
    AnswerPredictor,
    CallContext,
    HitRates,
    ShadowCalls,
    distance_bucket,
)

NEAR = CallContext("perceive>poignancy", 0)
FAR = NEAR._replace(distance=5)


def resting_on(*sites: str) -> CallContext:
    """The context of a near call that rests on predictions at these sites."""
    return NEAR._replace(unconfirmed=frozenset(sites))


# --- answers -----------------------------------------------------------------------------------


def call(prompt: str, persona: str = "Ada", site: str = "plan>talk") -> ModelCall:
    """A call of a persona at a site."""
    request = ModelRequest(CallKind.COMPLETION, "model", prompt=prompt)
    return ModelCall(request, CallKey(persona, 7, 0), site=site)


def learn(
    predictor: AnswerPredictor, *texts: str, persona: str = "Ada", site: str = "plan>talk"
) -> None:
    """A persona makes new calls and gets these answers."""
    for number, text in enumerate(texts):
        asked = call(f"{persona} {site} {number} {text}", persona, site)
        predictor.learn(asked, ModelAnswer(text))


def predict(predictor: AnswerPredictor, asked: ModelCall) -> str | None:
    """The text of the prediction."""
    answer = predictor.predict(asked)
    return None if answer is None else answer.text


def test_nothing_is_predicted_at_a_new_site() -> None:
    predictor = AnswerPredictor()
    assert predict(predictor, call("how are you?")) is None
    learn(predictor, "fine", site="elsewhere")
    assert predict(predictor, call("how are you?")) is None


def test_the_same_request_gets_the_same_prediction() -> None:
    predictor = AnswerPredictor()
    predictor.learn(call("how poignant?"), ModelAnswer("9"))
    learn(predictor, "1", "1", "1", "1")
    assert predict(predictor, call("how poignant?")) == "9"
    # For all personas, at all sites.
    assert predict(predictor, call("how poignant?", "Bea", "elsewhere")) == "9"


def test_answers_of_the_same_persona_are_preferred() -> None:
    predictor = AnswerPredictor()
    learn(predictor, "yes", "yes", "yes", "yes", persona="Bea")
    learn(predictor, "no", "no")
    assert predict(predictor, call("new")) == "yes", "two answers are too few"
    learn(predictor, "no", "no")
    assert predict(predictor, call("new")) == "no"
    assert predict(predictor, call("new", "Cleo")) is not None


def test_the_last_answer_of_the_most_usual_form_is_predicted() -> None:
    predictor = AnswerPredictor()
    learn(
        predictor,
        '{"utterance": "hello", "end": false}',
        '{"utterance": "nice weather", "end": false}',
        '{"utterance": "bye", "end": true}',
        '{"utterance": "tea", "end": false}',
        '{"utterance": "see you", "end": true}',
    )
    assert predict(predictor, call("new")) == '{"utterance": "tea", "end": false}'


def test_old_answers_are_forgotten() -> None:
    predictor = AnswerPredictor()
    learn(predictor, *["no"] * 9)
    learn(predictor, *["yes"] * 9)
    assert predict(predictor, call("new")) == "yes"


def test_a_vector_is_predicted_as_a_vector() -> None:
    predictor = AnswerPredictor()
    for number in range(4):
        request = ModelRequest(CallKind.EMBEDDING, "model", prompt=f"text {number}")
        asked = ModelCall(request, CallKey("Ada", 1, 0), site="retrieve")
        predictor.learn(asked, ModelAnswer(embedding=(float(number),)))
    found = predictor.predict(call("another text", site="retrieve"))
    assert found is not None and found.embedding == (3.0,)


def test_calls_outside_of_moves_teach_nothing() -> None:
    predictor = AnswerPredictor()
    outside = ModelCall(call("interview").request, None, site="")
    predictor.learn(outside, ModelAnswer("hm"))
    assert predict(predictor, call("interview", site="")) is None


# --- hits --------------------------------------------------------------------------------------


def outcomes(rates: HitRates, context: CallContext, hits: Iterable[bool]) -> None:
    """Calls of this context hit or miss."""
    for hit in hits:
        rates.learn(context, hit)


def test_distances_fall_into_buckets() -> None:
    buckets = [distance_bucket(steps) for steps in (0, 1, 2, 3, 4, 7, 8, 64)]
    assert buckets == [0, 1, 2, 2, 3, 3, 4, 7]


def test_rates_follow_outcomes() -> None:
    rates, never = HitRates(), CallContext("plan>talk", 0)
    outcomes(rates, NEAR, [True] * 20)
    outcomes(rates, never, [False] * 20)
    assert rates.rate(NEAR) > 0.9
    assert rates.rate(never) < 0.1


def test_rates_follow_the_day() -> None:
    rates = HitRates()
    outcomes(rates, NEAR, [True] * 1000)
    outcomes(rates, NEAR, [False] * 200)
    assert rates.rate(NEAR) < 0.3


@given(
    st.lists(st.tuples(st.integers(0, 7), st.booleans()), max_size=60),
    st.integers(0, 7),
)
def test_a_new_distance_is_no_likelier_to_hit_than_a_nearer_one(
    history: list[tuple[int, bool]], distance: int
) -> None:
    rates = HitRates()
    learned = [(NEAR._replace(distance=seen), hit) for seen, hit in history if seen <= distance]
    for context, hit in learned:
        rates.learn(context, hit)
    new = rates.rate(NEAR._replace(distance=distance + 1))
    assert 0 <= new <= 1
    for seen, _ in history:
        if seen <= distance:
            only = [hit for context, hit in learned if context.distance == seen]
            assert new <= (sum(only) + 1.2) / (len(only) + 2) + 1e-9


def test_a_miss_counts_against_one_prediction() -> None:
    rates = HitRates()
    outcomes(rates, NEAR, [True] * 20)
    outcomes(rates, resting_on("harmless"), [True] * 40)
    both = resting_on("harmless", "fatal")
    assert rates.weakest_prediction(both) == "fatal"
    outcomes(rates, both, [False] * 20)
    assert rates.rate(resting_on("harmless")) > 0.9
    assert rates.rate(resting_on("fatal")) < 0.1
    assert rates.rate(NEAR) > 0.9, "the distance does not explain the misses either"


def test_a_known_context_is_judged_by_itself() -> None:
    rates = HitRates()
    known = resting_on("insight", "triple")
    outcomes(rates, resting_on("insight"), [False] * 20)
    assert rates.rate(known) < 0.2
    outcomes(rates, known, [True] * 20)
    assert rates.rate(known) > 0.9
    assert rates.rate(resting_on("insight")) < 0.2


def test_a_prediction_makes_a_new_context_less_likely_to_hit() -> None:
    rates = HitRates()
    outcomes(rates, NEAR, [True, False, True])
    assert rates.rate(resting_on("emoji")) < rates.rate(NEAR)


# --- calls that were not sent ------------------------------------------------------------------

SHADOW = CallContext("plan>talk", 0, frozenset({"poignancy"}))


def test_a_shadow_call_that_a_move_makes_has_hit() -> None:
    rates = HitRates()
    shadow_calls: ShadowCalls[str] = ShadowCalls(rates)
    before = rates.rate(SHADOW)
    shadow_calls.add("Ada", "how are you?", 5, SHADOW)
    shadow_calls.called("Ben", "how are you?")
    assert rates.rate(SHADOW) == before, "another persona made that call"
    shadow_calls.called("Ada", "how are you?")
    shadow_calls.committed("Ben", 5)
    assert rates.rate(SHADOW) == before, "the misses of the step are not known yet"
    shadow_calls.committed("Ada", 5)
    after = rates.rate(SHADOW)
    assert after > before
    shadow_calls.committed("Ada", 6)
    assert rates.rate(SHADOW) == after, "it counts once"


def test_a_shadow_call_that_no_move_makes_misses_when_its_step_is_committed() -> None:
    rates = HitRates()
    shadow_calls: ShadowCalls[str] = ShadowCalls(rates)
    before = rates.rate(SHADOW)
    shadow_calls.add("Ada", "how are you?", 5, SHADOW)
    shadow_calls.committed("Ada", 4)
    shadow_calls.committed("Ben", 9)
    assert rates.rate(SHADOW) == before
    shadow_calls.committed("Ada", 5)
    assert rates.rate(SHADOW) < before


def test_a_shadow_call_that_is_rehearsed_twice_counts_once() -> None:
    once, twice = HitRates(), HitRates()
    for rates, times in ((once, 1), (twice, 2)):
        shadow_calls: ShadowCalls[str] = ShadowCalls(rates)
        for step in range(times):
            shadow_calls.add("Ada", "how are you?", 5 + step, SHADOW)
        shadow_calls.committed("Ada", 6)
    assert once.rate(SHADOW) == twice.rate(SHADOW)


def test_shadow_calls_are_forgotten_at_the_end_of_a_run() -> None:
    rates = HitRates()
    shadow_calls: ShadowCalls[str] = ShadowCalls(rates)
    before = rates.rate(SHADOW)
    shadow_calls.add("Ada", "how are you?", 5, SHADOW)
    shadow_calls.clear()
    shadow_calls.committed("Ada", 5)
    assert rates.rate(SHADOW) == before
