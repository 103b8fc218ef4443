"""Runs a job for a user at a terminal, a pipe or a program: live, and with a summary at the end."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ga_ooo.cli.arguments import PageArguments
from ga_ooo.cli.hash_seed import fix_hash_seed, has_hash_seed
from ga_ooo.errors import GaOooError
from ga_ooo.live.figures_file import FiguresFile
from ga_ooo.live.json_lines import JsonLines
from ga_ooo.live.rows import Renderer, Row
from ga_ooo.live.showing import Quiet, Showing, renderer_for
from ga_ooo.texts import printable

if TYPE_CHECKING:
    from ga_ooo.api.execution import Job
    from ga_ooo.api.results import RunResult
    from ga_ooo.cli.live_page import NoPage
    from ga_ooo.cli.summary import Asked, EndedRun, Ending
    from ga_ooo.live.counting.counter import RunCounter, Sources


def run_visibly(
    argv: Sequence[str],
    view: PageArguments,
    simulation: str,
    prepare: Callable[[], tuple[Job, Asked] | EndedRun],
) -> None:
    """Prepare and run a job; show what is being done, the progress and a summary.

    Args:
        argv: all arguments of ``ga-ooo``, to start this process again with another hash seed.
        view: what the user wants to see.
        simulation: name of the simulation.
        prepare: checks everything, and makes the job; or finds that the run has ended.

    Raises:
        GaOooError: the run could not begin, or stopped early.
    """
    fix_hash_seed(argv)
    # Only here: this process may have started again for its hash seed, and numpy is slow to import.
    from ga_ooo.live.counting.counter import RunCounter

    with renderer_for(sys.stdout, os.environ, quiet=view.quiet, json=view.as_json) as renderer:
        seed = _run(renderer, RunCounter(simulation), prepare, view)
    fix_hash_seed(argv, seed)


def _run(
    renderer: Renderer,
    counter: RunCounter,
    prepare: Callable[[], tuple[Job, Asked] | EndedRun],
    view: PageArguments,
) -> str | None:
    """Returns the hash seed that the run needs and this process does not have; else None."""

    def hour() -> Row | None:
        return Row("", counter.hours.popleft()) if counter.hours else None

    showing = Showing(renderer, lambda: [Row("", counter.figures())], hour)
    with showing:
        # Only here: their imports take a second, in which the view is there already.
        from ga_ooo.cli.live_page import NO_PAGE, LivePage
        from ga_ooo.cli.summary import EndedRun, Ending

        counter.working_on("checking the host")
        prepared = prepare()
        if isinstance(prepared, EndedRun):
            showing.close()
            _show_ended(renderer, prepared)
            return None
        job, asked = prepared
        if not has_hash_seed(job.hash_seed):
            return job.hash_seed
        ending = Ending(asked, job)
        try:
            # The address is shown in any case: without it nobody could open the page.
            say = print if view.quiet else showing.say
            with LivePage(job, asked, view.port, say) if view.watch else NO_PAGE as page:
                _execute(job, counter, ending, showing, page)
            ending.is_complete = True
        except GaOooError as error:
            ending.error = error
            raise
        finally:
            showing.close()
            _show_end(renderer, ending)
    return None


def _execute(job: Job, counter: RunCounter, ending: Ending, showing: Showing, page: NoPage) -> None:
    from ga_ooo.api.execution import execute

    def began(lines: list[str], sources: Sources) -> None:
        counter.sources = sources
        for line in lines:
            showing.say(line)

    def ended(result: RunResult) -> None:
        ending.result = result
        counter.end()
        ending.figures = counter.figures()

    counter.expect(job.steps, job.first)
    observers = [counter, *page.observers]
    execute(job, lambda progress: None, ended, observers, opened=page.attach, began=began)


def _show_ended(renderer: Renderer, run: EndedRun) -> None:
    if isinstance(renderer, JsonLines):
        renderer.event("end", run.as_data())
    elif not isinstance(renderer, Quiet):
        print(printable("\n".join(run.lines())))


def _show_end(renderer: Renderer, ending: Ending) -> None:
    match renderer:
        case JsonLines():
            renderer.event("end", ending.as_data())
        case Quiet():
            return
        case FiguresFile():
            # The other process shows the end.
            if ending.result is not None:
                print(printable(str(ending.result)))
        case _:
            for line in ending.lines():
                print(printable(line))
