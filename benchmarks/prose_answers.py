"""Ask a model for the prompts of a recorded run, in the form of this package and without a form.

    python -m benchmarks.prose_answers JOURNAL FOLDER --model-url URL --model-name NAME

The journal gives the prompts whose answers hold prose, each once. Prompts that are asked with a
temperature of 0 are asked once, the others with ``--seeds`` seeds. Two files of answers are
written for ``benchmarks.answer_quality``, which have the same prompts and seeds in them:

- ``form.jsonl``: as a run asks by default: with the form that the host needs, cut at a word;
- ``bare.jsonl``: as the bare host asks: with ``--no-structured-outputs``.

Answers that exist are kept, so an interrupted command can be given again. ``--most N`` takes at
most N prompts of each kind, spread over the run.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from benchmarks.answer_quality import PROSE_KINDS
from ga_ooo.host.prompts.kinds import Family, recognise
from ga_ooo.host.prompts.structured import WholeAnswers, constrain
from ga_ooo.model.assembly import make_router
from ga_ooo.model.requests import CallKind, ModelCall, ModelClient, ModelRequest
from ga_ooo.options import ClientOptions, ModelOptions


def read_requests(journal: Path) -> Iterator[ModelRequest]:
    """The requests of a journal whose answers hold prose, each once."""
    query = "SELECT request FROM calls WHERE request IS NOT NULL GROUP BY request ORDER BY min(id)"
    with closing(sqlite3.connect(f"file:{journal}?mode=ro", uri=True)) as database:
        for (text,) in database.execute(query):
            request = _request(json.loads(text))
            kind = recognise(request.text)
            if kind.family is Family.ORIGINAL and kind.name in PROSE_KINDS:
                yield request


def _request(body: dict[str, Any]) -> ModelRequest:
    model = body.pop("model")
    if "messages" in body:
        messages = tuple((each["role"], each["content"]) for each in body.pop("messages"))
        return ModelRequest(CallKind.CHAT, model, messages=messages, parameters=body)
    return ModelRequest(CallKind.COMPLETION, model, prompt=body.pop("prompt"), parameters=body)


def spread(requests: list[ModelRequest], most: int) -> list[ModelRequest]:
    """At most this number of requests of each kind of prompt, at equal distances."""
    kinds: dict[str, list[ModelRequest]] = defaultdict(list)
    for request in requests:
        kinds[recognise(request.text).name].append(request)
    chosen = []
    for each in kinds.values():
        count = min(most, len(each))
        chosen += [each[index * len(each) // count] for index in range(count)]
    return chosen


def is_sampled(request: ModelRequest) -> bool:
    """Whether another seed can give another answer."""
    return bool(request.parameters.get("temperature", 1))


class Asked:
    """A file of answers, one on each line, with the seed of each.

    Args:
        path: of the file.
    """

    def __init__(self, path: Path) -> None:
        rows = path.read_text("utf-8").splitlines() if path.exists() else []
        self._known = {(row["prompt"], row["seed"]) for row in map(json.loads, rows)}
        self._file = path.open("a", encoding="utf-8")

    async def ask(self, client: ModelClient, request: ModelRequest, seed: int) -> None:
        """Ask, unless the answer is in the file."""
        if (request.text, seed) in self._known:
            return
        answer = await client.answer(ModelCall(request, seed=seed))
        row = {"prompt": request.text, "seed": seed, "text": answer.text}
        self._file.write(json.dumps(row | {"finish": answer.finish_reason}) + "\n")
        self._file.flush()


async def ask_all(arguments: argparse.Namespace) -> None:
    """Write both files."""
    requests = spread(list(read_requests(arguments.journal)), arguments.most)
    client = ClientOptions(attempt_deadline_s=3600.0)
    options = ModelOptions(urls=(arguments.model_url,), name=arguments.model_name, client=client)
    router = make_router(options, [CallKind.CHAT, CallKind.COMPLETION])
    await router.start()
    formed = WholeAnswers(router)
    arguments.folder.mkdir(parents=True, exist_ok=True)
    form, bare = (Asked(arguments.folder / f"{name}.jsonl") for name in ("form", "bare"))
    places = asyncio.Semaphore(arguments.in_flight)
    seeds = arguments.seeds
    asked = [(r, seed) for r in requests for seed in range(seeds if is_sampled(r) else 1)]
    # An interrupted command has then asked some of each kind.
    random.Random(0).shuffle(asked)

    async def ask(answers: Asked, client: ModelClient, request: ModelRequest, seed: int) -> None:
        async with places:
            await answers.ask(client, request, seed)

    try:
        for endpoint in router.endpoints:
            await endpoint.client.find_form()
        await asyncio.gather(*(ask(form, formed, constrain(r), seed) for r, seed in asked))
        await asyncio.gather(*(ask(bare, router, r, seed) for r, seed in asked))
    finally:
        await router.close()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("journal", type=Path, help="of a run, with any model")
    parser.add_argument("folder", type=Path, help="for the answers")
    parser.add_argument("--model-url", required=True, metavar="URL")
    parser.add_argument("--model-name", required=True, metavar="NAME")
    parser.add_argument("--seeds", type=int, default=4, metavar="N")
    parser.add_argument("--most", type=int, default=1000, metavar="N")
    parser.add_argument("--in-flight", type=int, default=12, metavar="N")
    asyncio.run(ask_all(parser.parse_args()))


if __name__ == "__main__":
    main()
