"""Observers: several as one, in order; only overridden methods are called; guarded errors."""

from __future__ import annotations

from typing import Any

import pytest

from ga_ooo.observer import Guarded, Observer, Observers


class Recorder(Observer):
    """Records two events."""

    def __init__(self, name: str, log: list[tuple[str, str, int]]) -> None:
        self._name, self._log = name, log

    def committed(self, persona: str, step: int) -> None:
        """See :class:`~ga_ooo.observer.Observer`."""
        self._log.append((self._name, persona, step))

    def forking(self, scenario: str) -> None:
        """See :class:`~ga_ooo.observer.Observer`."""
        raise LookupError(scenario)


class Clumsy(Observer):
    """Raises at every step."""

    def retired(self, step: int, movements: dict[str, Any]) -> None:
        """See :class:`~ga_ooo.observer.Observer`."""
        raise LookupError(step)


def test_events_go_to_all_observers_in_order() -> None:
    log: list[tuple[str, str, int]] = []
    observers = Observers([Recorder("first", log), Observer()])
    observers.add(Observers([Recorder("second", log)]))
    observers.committed("Ada", 3)
    observers.issued("Ada", 4)
    assert log == [("first", "Ada", 3), ("second", "Ada", 3)]


def test_an_event_without_observers_costs_nothing() -> None:
    """The default method of the class, and the method of a single observer itself."""
    log: list[tuple[str, str, int]] = []
    observers = Observers([Observer()])
    assert "committed" not in vars(observers)
    recorder = Recorder("only", log)
    observers.add(recorder)
    assert observers.committed == recorder.committed
    assert "issued" not in vars(observers)


def test_a_later_observer_is_not_notified_after_an_error() -> None:
    log: list[tuple[str, str, int]] = []
    observers = Observers([Clumsy(), Recorder("later", log)])
    with pytest.raises(LookupError):
        observers.retired(0, {})


def test_a_guarded_error_stops_the_run_and_is_not_raised() -> None:
    errors: list[Exception] = []
    log: list[tuple[str, str, int]] = []
    observers = Observers([Guarded(Clumsy(), errors.append)])
    observers.add(Guarded(Recorder("later", log), errors.append))
    observers.retired(5, {})
    observers.committed("Ada", 5)
    assert [error.args for error in errors] == [(5,)]
    assert log == [("later", "Ada", 5)]


def test_before_the_first_step_an_error_is_raised_at_once() -> None:
    """No move is under way, and the fork must not happen."""
    errors: list[Exception] = []
    observers = Observers([Guarded(Recorder("guarded", []), errors.append)])
    with pytest.raises(LookupError, match="base"):
        observers.forking("base")
    assert not errors
