"""Runs a job for a user at a terminal, a pipe or a program: live, and with a summary at the end."""

from __future__ import annotations

import os
import sys

from ga_ooo.api.execution import Job, execute
from ga_ooo.api.results import RunResult
from ga_ooo.cli.arguments import ViewArguments
from ga_ooo.cli.summary import Asked, Ending
from ga_ooo.errors import GaOooError
from ga_ooo.live.counting import RunCounter, Sources
from ga_ooo.live.figures_file import FiguresFile
from ga_ooo.live.json_lines import JsonLines
from ga_ooo.live.rows import Renderer, Row
from ga_ooo.live.showing import Quiet, Showing, renderer_for


def execute_visibly(job: Job, asked: Asked, view: ViewArguments) -> None:
    """Run a job; show which model answers, the progress and the result.

    Raises:
        GaOooError: the run could not begin, or stopped early.
    """
    counter = RunCounter(job.simulation.name, job.steps, job.first)
    ending = Ending(asked, job)
    with renderer_for(sys.stdout, os.environ, quiet=view.quiet, json=view.as_json) as renderer:
        try:
            _execute(job, counter, ending, renderer)
        except GaOooError as error:
            ending.error = error
            raise
        finally:
            _show_end(renderer, ending)


def _execute(job: Job, counter: RunCounter, ending: Ending, renderer: Renderer) -> None:
    def hour() -> Row | None:
        return Row("", counter.hours.popleft()) if counter.hours else None

    showing = Showing(renderer, lambda: [Row("", counter.figures())], hour)

    def began(lines: list[str], sources: Sources) -> None:
        counter.sources = sources
        for line in lines:
            showing.say(line)

    def ended(result: RunResult) -> None:
        ending.result = result
        counter.end()
        ending.figures = counter.figures()

    with showing:
        execute(job, lambda progress: None, ended, [counter], began=began)


def _show_end(renderer: Renderer, ending: Ending) -> None:
    match renderer:
        case JsonLines():
            renderer.event("end", ending.as_data())
        case Quiet():
            return
        case FiguresFile():
            if ending.result is not None:
                print(ending.result)
        case _:
            for line in ending.lines():
                print(line)
