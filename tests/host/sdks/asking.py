"""Runs in a process of its own: a host whose moves ask by each call form.

Arguments: the checkout. Reads the names of forms from the module ``forms`` of the host, runs each
in a move, in a rehearsed move and outside of moves, and prints what was asked and returned as JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from ga_ooo.engine.loop.fibers import Abort, Await, Fiber, Move
from ga_ooo.host.checkout.locate import locate
from ga_ooo.host.imported.gateway import Gateway
from ga_ooo.host.imported.modules import import_host
from ga_ooo.host.sdks.host_model import HostModel
from ga_ooo.host.sdks.sdk import make_replacements
from ga_ooo.model.requests import CallKind, ModelAnswer, ModelCall
from ga_ooo.plugin import Plugins


class Model:
    """Answers, and remembers what was asked."""

    def __init__(self) -> None:
        self.asked: list[Any] = []

    async def answer(self, call: ModelCall) -> ModelAnswer:
        await asyncio.sleep(0)
        return self.say(call)

    def say(self, call: ModelCall) -> ModelAnswer:
        request = call.request
        parameters = dict(request.parameters)
        form = parameters.get("response_format")
        if form:
            parameters["response_format"] = form["json_schema"]["name"]
        is_chat = request.kind is CallKind.CHAT
        self.asked.append([request.messages if is_chat else request.prompt, parameters])
        if request.kind is CallKind.EMBEDDING:
            return ModelAnswer(embedding=(0.5, 1.0), prompt_tokens=7)
        text = '{"word": "yes"}' if form else "yes"
        return ModelAnswer(text, prompt_tokens=7, output_tokens=2)

    async def close(self) -> None:
        pass


async def in_move(function: Any, move: Move) -> Any:
    """What a function of the host returns, run as a move; the error if it ends the run."""
    fiber = Fiber(function, move)
    suspension = fiber.switch()
    while isinstance(suspension, Await):
        suspension = fiber.switch(await suspension.coroutine)
    if isinstance(suspension, Abort):
        return f"ended: {suspension.error}"
    return suspension


def outcome(model: Model, result: Any) -> Any:
    """What was asked since the last one, and the result."""
    asked, model.asked = model.asked, []
    return {"asked": asked, "result": result}


def main() -> None:
    plugins = sys.argv[2:]
    checkout, loop, model = locate(Path(sys.argv[1])), asyncio.new_event_loop(), Model()
    gateway = Gateway(model, 0, loop)
    sdks = Plugins(plugins).sdks()
    modules = import_host(checkout, make_replacements(sdks, HostModel(gateway.ask, gateway.refuse)))
    outcomes: dict[str, Any] = {}
    for name, function in modules.all["forms"].FORMS.items():
        real = loop.run_until_complete(in_move(function, Move(0, 0, "Ada", 1)))
        found = {"move": outcome(model, real)}
        if not str(real).startswith("ended"):
            rehearsed = Move(0, 0, "Ada", 2)
            rehearsed.rehearsal = model.say
            result = loop.run_until_complete(in_move(function, rehearsed))
            found["rehearsal"] = outcome(model, result)
            found["outside"] = outcome(model, function())
        outcomes[name] = found
    loop.close()
    print(json.dumps(outcomes))


if __name__ == "__main__":
    main()
