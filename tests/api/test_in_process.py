"""``ga_ooo.run_in_process``: observers see the run; what would make it wrong is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

import ga_ooo
from tests.api.conftest import FORK, Script, output


def test_an_observer_sees_the_run(script: Script, host: Path) -> None:
    text = output(
        script(
            """
            import os

            class Watcher(ga_ooo.Observer):
                def __init__(self):
                    self.edges = 0

                def begun(self, start):
                    self.scheduler = start.scheduler

                def call_started(self, call):
                    graph = ga_ooo.dependency_graph(self.scheduler)
                    self.edges = max(self.edges, graph.number_of_edges())

            watcher, before = Watcher(), os.getcwd()
            options = ga_ooo.Options(run=ga_ooo.RunOptions(clock="virtual"),
                                     model=ga_ooo.ModelOptions(latency=(0.05, 0.02, 0.0001)))
            result = ga_ooo.run_in_process(host, fork=fork, sim="s", steps=5, options=options,
                                           observers=[watcher])
            print(watcher.edges > 0, result.persona_steps, os.getcwd() == before)
            ga_ooo.resume(host, "s", steps=6)
            """,
            PYTHONHASHSEED="0",
        )
    )
    assert text.split() == ["True", "25", "True"]


def test_an_observer_that_fails_stops_the_run_in_order(script: Script) -> None:
    text = output(
        script(
            """
            class Watcher(ga_ooo.Observer):
                def retired(self, step, movements):
                    raise ZeroDivisionError("mine")

            try:
                ga_ooo.run_in_process(host, fork=fork, sim="s", steps=5, observers=[Watcher()])
            except ZeroDivisionError as error:
                print(error)
            """,
            PYTHONHASHSEED="0",
        )
    )
    assert text == "mine\n"


def test_it_needs_a_hash_seed(host: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTHONHASHSEED", raising=False)
    with pytest.raises(ga_ooo.UsageError, match="PYTHONHASHSEED"):
        ga_ooo.run_in_process(host, fork=FORK, sim="s", steps=1)


async def test_it_refuses_a_thread_with_a_running_loop(
    host: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONHASHSEED", "0")
    with pytest.raises(ga_ooo.UsageError, match="event loop"):
        ga_ooo.run_in_process(host, fork=FORK, sim="s", steps=1)
