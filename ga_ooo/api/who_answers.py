"""The first lines of a run: which model answers its calls."""

from __future__ import annotations

from ga_ooo.host.run.model_stack import ModelStack
from ga_ooo.scripted.client import ScriptedClient


def who_answers(stack: ModelStack) -> list[str]:
    """One line for each model server, with how requests to it differ; one for other models."""
    if stack.router is not None:
        return [f"model server {line}" for line in stack.router.describe()]
    if isinstance(stack.client, ScriptedClient):
        return ["the scripted model answers: canned answers, not for research"]
    if stack.journal is not None:
        return [f"recorded answers: {stack.journal.journal.path}"]
    return ["a plugin's model answers"]
