"""The model servers, asked as at the start of a run."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from ga_ooo.cli.doctor.findings import Finding, Severity, from_error, ok
from ga_ooo.errors import GaOooError
from ga_ooo.model.routing import Router
from ga_ooo.options import ModelOptions


def model_servers(options: ModelOptions) -> Iterator[Finding]:
    """Which models answer, how requests differ from OpenAI's form, and structured outputs."""
    if not options.servers:
        return
    # Only here: the client library takes a third of a second to import.
    from ga_ooo.model.assembly import make_router

    try:
        yield from asyncio.run(_ask(make_router(options)))
    except GaOooError as error:
        yield from_error(error)


async def _ask(router: Router) -> list[Finding]:
    from ga_ooo.model.assembly import constrains_answers

    try:
        await router.start()
        reason = await constrains_answers(router)
        found = [ok(f"model server {line}") for line in router.describe()]
        if reason is None:
            return [*found, ok("structured outputs: obeyed")]
        text = f"structured outputs are off: {reason}; answers are checked, and asked for once more"
        remedy = "serve the model with vLLM, SGLang or llama.cpp to give answers their form"
        return [*found, Finding(Severity.WARNING, text, remedy)]
    finally:
        await router.close()
