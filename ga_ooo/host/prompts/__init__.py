"""Requests as a server can answer them best: bounded, well-formed answers, models by prompt."""

from ga_ooo.host.prompts.structured import constrain

__all__ = ["constrain"]
