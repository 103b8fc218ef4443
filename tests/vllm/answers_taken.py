"""A plugin that counts answers which the host rejects, in the file $ANSWERS_TAKEN_REPORT.

A host that rejects an answer makes the same request again at once.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

from ga_ooo.engine.ids import Step
from ga_ooo.hookspecs import hookimpl
from ga_ooo.model.requests import ModelAnswer, ModelCall
from ga_ooo.model.structured import PARAMETER

_counts: Counter[str] = Counter(constrained=0, cut=0, asked_again=0)
_before: dict[str, tuple[int, str]] = {}


@hookimpl
def ga_ooo_call_finished(call: ModelCall, answer: ModelAnswer) -> None:
    if PARAMETER not in call.request.parameters or call.key is None:
        return
    here = (call.key.step, call.request.fingerprint)
    _counts["constrained"] += 1
    _counts["cut"] += answer.finish_reason != "stop"
    _counts["asked_again"] += _before.get(call.key.persona) == here
    _before[call.key.persona] = here


@hookimpl
def ga_ooo_retired(step: Step, movements: dict[str, Any]) -> None:
    Path(os.environ["ANSWERS_TAKEN_REPORT"]).write_text(json.dumps(_counts), encoding="utf-8")
