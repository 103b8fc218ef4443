"""Shows the runs of a comparison, each in a process of its own, and the result."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ga_ooo.cli.arguments import ViewArguments
from ga_ooo.lab.verify.sides import VerifyRunError
from ga_ooo.live.json_lines import JsonLines
from ga_ooo.live.processes import Processes
from ga_ooo.live.rows import Renderer
from ga_ooo.live.showing import Quiet, Showing, renderer_for
from ga_ooo.texts import printable


class ComparisonView:
    """What a user sees of a comparison.

    Args:
        renderer: shows it.
    """

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer
        self._processes = Processes()
        self.showing = Showing(renderer, self._processes.rows)

    def say(self, text: str) -> None:
        """Show a text that stays."""
        self.showing.say(text)

    def watch(self, name: str, figures: Path) -> None:
        """Show a run from now on."""
        self._processes.add(name, figures)

    def end(self, text: str, data: dict[str, Any]) -> None:
        """Show the result.

        Args:
            text: for people.
            data: for programs.
        """
        self.showing.close()
        match self._renderer:
            case JsonLines():
                self._renderer.event("end", data | {"text": text})
            case Quiet():
                return
            case _:
                print(printable(text))


@contextmanager
def comparison_view(view: ViewArguments) -> Iterator[ComparisonView]:
    """While entered, the runs of a comparison are shown."""
    with renderer_for(sys.stdout, os.environ, quiet=view.quiet, json=view.as_json) as renderer:
        shown = ComparisonView(renderer)
        with shown.showing:
            yield shown


def report_failure(error: VerifyRunError) -> int:
    """Print the error of a run that did not finish; returns its exit code."""
    print(f"ga-ooo: {error}", file=sys.stderr)
    return error.side.exit_code or error.exit_code
