"""The page of a run in this process: ``ga-ooo run --watch``."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Self

from ga_ooo.errors import UsageError
from ga_ooo.observer import Observer
from ga_ooo.watch.page_process import PageProcess
from ga_ooo.watch.serving import Address
from ga_ooo.watch.source import Simulation
from ga_ooo.watch.steering import Steering

if TYPE_CHECKING:
    from ga_ooo.api.execution import Job
    from ga_ooo.cli.summary import Asked
    from ga_ooo.host.run.run import Run


class NoPage:
    """Nobody watches the run in a browser.

    Attributes:
        observers: to be notified of the run.
    """

    observers: tuple[Observer, ...] = ()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        return None

    def attach(self, run: Run) -> None:
        """The run is put together."""


class LivePage(NoPage):
    """The page, until the block is left.

    Args:
        job: the run, which has not begun.
        port: of the page.
        say: shows the user a text.

    Raises:
        UsageError: the port cannot be used, or the run has nothing to show.
    """

    def __init__(self, job: Job, asked: Asked, port: int, say: Callable[[str], None]) -> None:
        run = job.options.run
        if run.mode != "ooo" or not run.record:
            raise UsageError(
                "--watch shows the record of a run, and this run has none",
                "leave out --no-record and --mode lockstep, or --watch",
            )
        simulation = Simulation(str(asked.host), job.simulation, job.checkout.assets)
        address = Address(port)
        url = address.url
        self._process = PageProcess(simulation, address)
        self._steering = Steering(self._process.connection)
        self.observers = (self._steering,)
        say(f"watch the run at {url}")

    def __exit__(self, *exc_info: object) -> None:
        self._process.close()

    def attach(self, run: Run) -> None:
        """The run is put together: the page can control it from now on."""
        self._steering.attach(run.pause, run.loop, run.whispers, run.minds)


NO_PAGE: Final = NoPage()
