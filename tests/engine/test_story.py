"""The story of a persona: its last transitions, for errors."""

from __future__ import annotations

from ga_ooo.engine.protocol import Completed
from ga_ooo.engine.story import Story
from tests.engine.drawing import draw, run_until, start


def test_the_scheduler_adds_transitions() -> None:
    """Issued, completed, committed, issued."""
    scheduler = start(draw("...."), {"Ada": (0, 0)})
    run_until(scheduler, 2)
    scheduler.handle(Completed(0, 1))
    assert scheduler.story.text(0).splitlines() == [
        "Ada:",
        "  step 0: issued",
        "  step 0: completed",
        "  step 0: committed",
        "  step 1: issued",
    ]


def test_only_the_last_are_kept() -> None:
    """The story does not grow with the run."""
    story = Story(["Ada", "Bo"], length=2)
    for step in range(5):
        story.note(0, "failed", step, "ValueError")
    assert story.text(0, 1).splitlines() == [
        "Ada:",
        "  step 3: failed ValueError",
        "  step 4: failed ValueError",
        "Bo:",
    ]
