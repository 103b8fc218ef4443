"""AnswerPredictor: what was asked before, then what is usual for the one who asks and where."""

from __future__ import annotations

from ga_ooo.model.requests import CallKey, CallKind, ModelAnswer, ModelCall, ModelRequest
from ga_ooo.runahead.predictor import AnswerPredictor


def call(prompt: str, persona: str = "Ada", site: str = "plan>talk") -> ModelCall:
    """A call of somebody, somewhere."""
    request = ModelRequest(CallKind.COMPLETION, "model", prompt=prompt)
    return ModelCall(request, CallKey(persona, 7, 0), site=site)


def learn(
    guesses: AnswerPredictor, *texts: str, persona: str = "Ada", site: str = "plan>talk"
) -> None:
    """Somebody asks new things and gets these answers."""
    for number, text in enumerate(texts):
        asked = call(f"{persona} {site} {number} {text}", persona, site)
        guesses.learn(asked, ModelAnswer(text))


def guess(guesses: AnswerPredictor, asked: ModelCall) -> str | None:
    """The text of the guess."""
    answer = guesses.guess(asked)
    return None if answer is None else answer.text


def test_nothing_is_guessed_from_nothing() -> None:
    guesses = AnswerPredictor()
    assert guess(guesses, call("how are you?")) is None
    learn(guesses, "fine", site="elsewhere")
    assert guess(guesses, call("how are you?")) is None


def test_the_same_question_has_the_same_answer() -> None:
    guesses = AnswerPredictor()
    guesses.learn(call("how poignant?"), ModelAnswer("9"))
    learn(guesses, "1", "1", "1", "1")
    assert guess(guesses, call("how poignant?")) == "9"
    # Whoever asks it, and wherever.
    assert guess(guesses, call("how poignant?", "Bea", "elsewhere")) == "9"


def test_ones_own_answers_go_before_those_of_others() -> None:
    guesses = AnswerPredictor()
    learn(guesses, "yes", "yes", "yes", "yes", persona="Bea")
    learn(guesses, "no", "no")
    assert guess(guesses, call("new")) == "yes", "two are too few to tell"
    learn(guesses, "no", "no")
    assert guess(guesses, call("new")) == "no"
    assert guess(guesses, call("new", "Cleo")) is not None


def test_the_most_usual_form_wins_and_its_last_answer() -> None:
    guesses = AnswerPredictor()
    learn(
        guesses,
        '{"utterance": "hello", "end": false}',
        '{"utterance": "nice weather", "end": false}',
        '{"utterance": "bye", "end": true}',
        '{"utterance": "tea", "end": false}',
        '{"utterance": "see you", "end": true}',
    )
    assert guess(guesses, call("new")) == '{"utterance": "tea", "end": false}'


def test_old_answers_are_forgotten() -> None:
    guesses = AnswerPredictor()
    learn(guesses, *["no"] * 9)
    learn(guesses, *["yes"] * 9)
    assert guess(guesses, call("new")) == "yes"


def test_a_vector_is_not_mistaken_for_a_text() -> None:
    guesses = AnswerPredictor()
    for number in range(4):
        request = ModelRequest(CallKind.EMBEDDING, "model", prompt=f"text {number}")
        asked = ModelCall(request, CallKey("Ada", 1, 0), site="retrieve")
        guesses.learn(asked, ModelAnswer(embedding=(float(number),)))
    found = guesses.guess(call("another text", site="retrieve"))
    assert found is not None and found.embedding == (3.0,)


def test_what_is_asked_outside_of_moves_teaches_nothing() -> None:
    guesses = AnswerPredictor()
    outside = ModelCall(call("interview").request, None, site="")
    guesses.learn(outside, ModelAnswer("hm"))
    assert guess(guesses, call("interview", site="")) is None
