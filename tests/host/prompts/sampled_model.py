"""A plugin, ``--model sampled``: draws each constrained answer at random from those that its
constraint allows; other prompts get a line of prose.

It counts the answers that the host did not accept: the host then asks the same question again at
once. (It also does so for two objects of the same name in sight, which the runs here do not have.)
The counts are written as JSON to the file that $SAMPLED_MODEL_REPORT names.
"""

from __future__ import annotations

import json
import os
import random
from collections import Counter
from pathlib import Path

from ga_ooo.hookspecs import hookimpl
from ga_ooo.host.prompts.kinds import prompt_kind
from ga_ooo.model.requests import CallKind, ModelAnswer, ModelCall, ModelClient
from ga_ooo.model.structured import PARAMETER
from ga_ooo.options import ModelOptions
from ga_ooo.scripted.embedding import embed
from tests.host.prompts.sampler import sample


class SampledModel:
    """Random answers, by the seed of each call."""

    def __init__(self) -> None:
        self._asked: Counter[str] = Counter()
        self._refused: Counter[str] = Counter()
        self._free: Counter[str] = Counter()
        self._before: dict[str, tuple[int, str]] = {}

    async def answer(self, call: ModelCall) -> ModelAnswer:
        request = call.request
        if request.kind is CallKind.EMBEDDING:
            return ModelAnswer(embedding=embed(request.text, 16))
        kind = prompt_kind(request.text)
        constraint = request.parameters.get(PARAMETER)
        if constraint is None:
            self._free[kind] += 1
            return ModelAnswer(text=f"It is {call.seed} now.")
        self._asked[kind] += 1
        if call.key is not None:
            here = (call.key.step, request.fingerprint)
            self._refused[kind] += self._before.get(call.key.persona) == here
            self._before[call.key.persona] = here
        return ModelAnswer(text=sample(constraint, random.Random(call.seed)))

    async def close(self) -> None:
        report = {"asked": self._asked, "refused": +self._refused, "free": self._free}
        Path(os.environ["SAMPLED_MODEL_REPORT"]).write_text(json.dumps(report), encoding="utf-8")


@hookimpl
def ga_ooo_model_client(options: ModelOptions) -> ModelClient | None:
    return SampledModel() if options.model == "sampled" else None
