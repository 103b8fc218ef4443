"""The host's own interview of a persona (``call -- analysis``), with given questions.

The interview happens in a copy of a simulation: the host adds to the memory of nobody, but it
changes times of last access while it retrieves memories.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from ga_ooo.errors import HostError, UsageError
from ga_ooo.host.imported.host_errors import errors_folder
from ga_ooo.host.run.run import Run

_SESSION: Final = "open_convo_session"
_END: Final = "end_convo"
_ANSWERS: Final = ("run_gpt_prompt_generate_next_convo_line", "generate_next_line")
"""Functions of the host that return the next line of a persona. The original prints no line."""


@dataclass
class Answer:
    """A question, and what came back.

    Attributes:
        question: as it was asked.
        text: the words of the persona; empty if the host let it say nothing.
        printed: what the host printed meanwhile, such as why the persona does not answer.
    """

    question: str
    text: str = ""
    printed: list[str] = field(default_factory=list)


class Interview:
    """Asks one persona after the other question.

    Args:
        questions: in their order.

    Attributes:
        answers: one for each question that the host has taken.
    """

    def __init__(self, questions: Sequence[str]) -> None:
        self.answers: list[Answer] = []
        self._questions = list(questions)
        self._has_ended = False

    def print_sink(self, text: str) -> None:
        """Takes what the host prints."""
        if self.answers:
            self.answers[-1].printed.append(text)

    def hold(self, run: Run, fork: str, simulation: str, persona: str) -> list[Answer]:
        """Fork a simulation, and interview a persona in it.

        Args:
            run: of the copy; its prints go to :meth:`print_sink`.
            fork: the simulation, in the storage of the run.
            simulation: a name that is free there.

        Raises:
            UsageError: nobody has this name.
            HostError: this host has no interview.
            GaOooError: the model did not answer, or host code failed.
        """
        server = run.host.open_server(fork, simulation)
        people: dict[str, Any] = dict(server.personas)
        if persona not in people:
            raise UsageError(
                f"there is no persona {persona!r}", f"name one of: {', '.join(people)}"
            )
        session = getattr(people[persona], _SESSION, None)
        if not callable(session):
            raise HostError(
                f"this host has no interview: its personas have no method {_SESSION}",
                "ask about the persona with `ga-ooo transcript` or `ga-ooo explain`",
            )
        failing = run.host.naming_errors(
            f"it interviewed {persona}",
            "correct the code of the host; the simulation itself is unchanged",
            errors_folder() / "interview.txt",
        )
        builtins = run.host.modules.builtins
        with failing, run.host.quiet(), self._answers_taken(session), _replaced(builtins, "input"):
            builtins["input"] = self._next_question
            try:
                session("analysis")
            except EOFError:
                # A fork ends its interview by another word.
                if not self._has_ended:
                    raise
        if run.model.gateway.error is not None:
            raise run.model.gateway.error
        return self.answers

    def _next_question(self, *prompt: object) -> str:
        if len(self.answers) < len(self._questions):
            question = self._questions[len(self.answers)]
            self.answers.append(Answer(question))
            return question
        if self._has_ended:
            raise EOFError
        self._has_ended = True
        return _END

    @contextmanager
    def _answers_taken(self, session: Any) -> Iterator[None]:
        """While entered, what the host lets the persona say is kept."""
        inner = _function(session).__globals__.get(_SESSION)
        names = _function(inner).__globals__ if callable(inner) else {}
        name = next((name for name in _ANSWERS if callable(names.get(name))), None)
        if name is None:
            yield
            return
        own = names[name]

        @functools.wraps(own)
        def answer(*args: Any, **keywords: Any) -> Any:
            result = own(*args, **keywords)
            said = result[0] if isinstance(result, list | tuple) and result else result
            if self.answers and isinstance(said, str):
                self.answers[-1].text = said
            return result

        with _replaced(names, name):
            names[name] = answer
            yield


def _function(called: Any) -> Any:
    return getattr(called, "__func__", called)


@contextmanager
def _replaced(names: dict[str, Any], name: str) -> Iterator[None]:
    """While entered, a name may have another value."""
    missing = object()
    before = names.get(name, missing)
    try:
        yield
    finally:
        if before is missing:
            names.pop(name, None)
        else:
            names[name] = before
