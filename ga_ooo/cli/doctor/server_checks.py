"""The model servers, asked as at the start of a run."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from ga_ooo.cli.doctor.findings import Finding, Severity, from_error, ok
from ga_ooo.errors import GaOooError
from ga_ooo.model.repeatability import CROWD, find_repeatability
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
        found += await _repeatability(router)
        if reason is None:
            return [*found, ok("structured outputs: obeyed")]
        text = f"structured outputs are off: {reason}; answers are checked, and asked for once more"
        remedy = "serve the model with vLLM, SGLang or llama.cpp to give answers their form"
        return [*found, Finding(Severity.WARNING, text, remedy)]
    finally:
        await router.close()


async def _repeatability(router: Router) -> list[Finding]:
    """Whether equal requests get equal answers."""
    found = []
    for endpoint in (each for each in router.endpoints if each.in_service):
        for kind in await find_repeatability(endpoint.client, endpoint.config):
            subject = f"{endpoint.url}: equal {kind.kind} requests"
            if kind.alone and kind.in_a_crowd:
                text = f"{subject} get equal answers, alone and among {CROWD} others"
                found.append(ok(f"{text}: ga-ooo verify --without-journal can be used"))
                continue
            where = f"among {CROWD} others" if kind.alone else "one after the other"
            found.append(
                Finding(
                    Severity.WARNING,
                    f"{subject} get different answers {where}",
                    "do nothing for a run or for ga-ooo verify, which compare by the journal; "
                    "docs/vllm.md says which servers can repeat answers",
                )
            )
    return found
