"""The web application: the page, the JSON that the page reads, and the events of a run."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator, Callable
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Final

import msgspec
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from ga_ooo.errors import GaOooError
from ga_ooo.record import RecordReader
from ga_ooo.watch.control import Control
from ga_ooo.watch.source import Simulation
from ga_ooo.watch.views import memories, steps, timing, town
from ga_ooo.watch.views.tiles import read_picture

_LOOK: Final = 0.5
"""Seconds between two looks at the record, which a run writes twice a second."""

_QUIET: Final = 15.0
"""Seconds after which a comment is sent, so that a connection that is dead is noticed."""

_MOST_STEPS: Final = 20_000
_MOST_MEMORIES: Final = 200
_MOST_ASKED: Final = 1000
_LEAST_COMPRESSED: Final = 4096
"""Bytes of a text that is sent compressed: shorter ones fit in a few packets anyway."""

_TYPES: Final = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "mjs": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "txt": "text/plain; charset=utf-8",
}


class _BadRequestError(Exception):
    """A request without a value that it needs, or with a wrong one."""


class Page:
    """The endpoints.

    Args:
        simulation: that is watched.
        control: of the run in progress; None if the page cannot control it.
    """

    def __init__(self, simulation: Simulation, control: Control | None) -> None:
        self._simulation = simulation
        self._control = control
        self._files = dict(_page_files(files("ga_ooo.watch").joinpath("page"), ""))

    def app(self) -> Starlette:
        """The application, without access control."""
        data: dict[str, Callable[[Request], Any]] = {
            "run": lambda request: self._simulation.about(),
            "progress": lambda request: self._progress(),
            "town": self._town,
            "talks": self._talks,
            "step": self._step,
            "texts": self._texts,
            "mind": self._mind,
            "memories": self._memories,
            "map": lambda request: self._map(),
            "stream": self._stream,
            "curves": self._timing(timing.curves),
            "summary": self._timing(_summary),
        }
        return Starlette(
            routes=[
                *(Route(f"/data/{name}", _answering(view)) for name, view in data.items()),
                Route("/events", self._events),
                Route("/pictures/{number:int}", self._picture),
                Route("/control", self._order, methods=["POST"]),
                Route("/{path:path}", self._file),
            ],
            exception_handlers={_BadRequestError: _refuse, GaOooError: _refuse},
        )

    # --- the page --------------------------------------------------------------------------------

    async def _file(self, request: Request) -> Response:
        # The files are in memory: no path of a request is ever looked up on the disk.
        name = request.path_params["path"] or "index.html"
        content = self._files.get(name)
        if content is None:
            return PlainTextResponse("There is no such page.\n", 404)
        kind = _TYPES[name.rpartition(".")[2]]
        return _text(request, content, kind, "no-cache")

    async def _picture(self, request: Request) -> Response:
        drawn = await run_in_threadpool(self._simulation.map)
        number, pictures = request.path_params["number"], drawn.pictures if drawn else ()
        found = None
        if number < len(pictures):
            found = await run_in_threadpool(read_picture, pictures[number])
        if found is None:
            return PlainTextResponse("There is no such picture.\n", 404)
        content, kind = found
        return Response(content, media_type=kind, headers={"Cache-Control": "max-age=3600"})

    # --- data ------------------------------------------------------------------------------------

    def _progress(self) -> dict[str, Any] | None:
        found = self._simulation.progress()
        return found and {**found, "control": self._control and self._control.state()}

    def _map(self) -> dict[str, Any] | None:
        found = self._simulation.map()
        return None if found is None else found.content

    def _town(self, request: Request) -> Any:
        first, until = _range(request)
        return self._simulation.read(lambda reader: town.chunk(reader, first, until))

    def _talks(self, request: Request) -> Any:
        first, until = _range(request, _MOST_STEPS * 100)
        given = request.query_params.get("persona")
        persona = None if given is None else _number(request, "persona")
        return self._simulation.read(lambda reader: town.talks(reader, first, until, persona))

    def _step(self, request: Request) -> Any:
        persona, step = _number(request, "persona"), _number(request, "step")
        return self._simulation.read(lambda reader: steps.step_of(reader, persona, step))

    def _texts(self, request: Request) -> Any:
        call = _number(request, "call")
        return self._simulation.read(lambda reader: steps.texts_of(reader, call))

    def _mind(self, request: Request) -> Any:
        persona = _number(request, "persona")
        name = self._simulation.name(persona)
        if name is None:
            return None
        scratch = self._live(name).get("scratch")
        saved = memories.saved_mind(self._simulation.folder, name) if scratch is None else None
        return {
            "live": scratch is not None,
            "mind": saved if scratch is None else memories.mind(scratch),
            "steps": self._simulation.read(lambda reader: steps.steps_with_calls(reader, persona)),
        }

    def _memories(self, request: Request) -> Any:
        name = self._simulation.name(_number(request, "persona"))
        if name is None:
            return None
        text = request.query_params.get("asked", "")[:_MOST_ASKED]
        live = self._live(name, text)
        nodes = live.get("nodes")
        found = memories.memories(
            memories.saved_nodes(self._simulation.folder, name) if nodes is None else nodes,
            skip=_number(request, "skip", 0),
            most=_MOST_MEMORIES,
            words=request.query_params.get("words", ""),
            kind=request.query_params.get("kind", ""),
            scores=live.get("scores"),
        )
        return {**found, "live": nodes is not None, "problem": live.get("problem", "")}

    def _live(self, name: str, text: str = "") -> dict[str, Any]:
        """What the run answers about a persona; empty if there is no run that answers."""
        return {} if self._control is None else self._control.look(name, text) or {}

    def _stream(self, request: Request) -> Any:
        begin, end = _seconds(request, "begin"), _seconds(request, "end")
        return self._simulation.read(lambda reader: timing.stream(reader, begin, end))

    def _timing(self, view: Callable[[RecordReader], Any]) -> Callable[[Request], Any]:
        return lambda request: self._simulation.read(view)

    # --- events and control ----------------------------------------------------------------------

    async def _events(self, request: Request) -> Response:
        return StreamingResponse(self._changes(), media_type="text/event-stream")

    async def _changes(self) -> AsyncIterator[bytes]:
        """The progress, at once and whenever it changes."""
        last, quiet = b"", 0.0
        version: object = ""
        while True:
            now = (
                await run_in_threadpool(self._simulation.version),
                self._control and self._control.state(),
            )
            if now != version or quiet >= _QUIET:
                version, quiet = now, 0.0
                found = msgspec.json.encode(await run_in_threadpool(self._progress))
                yield b"data: " + found + b"\n\n" if found != last else b": quiet\n\n"
                last = found
            await asyncio.sleep(_LOOK)
            quiet += _LOOK

    async def _order(self, request: Request) -> Response:
        if self._control is None:
            raise _BadRequestError("this page does not control the run")
        try:
            body = await request.json()
        except ValueError:
            raise _BadRequestError("the body is no JSON") from None
        problem = self._control.order(body)
        if problem:
            raise _BadRequestError(problem)
        return _json(request, self._control.state())


def _summary(reader: RecordReader) -> dict[str, Any]:
    return {
        "kinds": timing.kinds(reader),
        "waits": timing.waits(reader),
        "servers": timing.servers(reader),
    }


def _page_files(folder: Traversable, prefix: str) -> list[tuple[str, bytes]]:
    """Path and content of each file of the page."""
    found = []
    for each in folder.iterdir():
        if each.is_dir():
            found += _page_files(each, f"{prefix}{each.name}/")
        elif each.name.rpartition(".")[2] in _TYPES:
            found.append((f"{prefix}{each.name}", each.read_bytes()))
    return found


def _answering(view: Callable[[Request], Any]) -> Callable[[Request], Any]:
    async def answer(request: Request) -> Response:
        # The views read files and databases, which may take a while.
        return await run_in_threadpool(lambda: _json(request, view(request)))

    return answer


def _json(request: Request, content: Any) -> Response:
    return _text(request, msgspec.json.encode(content), "application/json", "no-store")


def _text(request: Request, content: bytes, kind: str, cached: str) -> Response:
    """A text, compressed if it is long and the browser allows that: the page may be looked at
    through a slow connection to another machine."""
    headers = {"Cache-Control": cached, "Vary": "Accept-Encoding"}
    accepts = "gzip" in request.headers.get("accept-encoding", "")
    if accepts and len(content) >= _LEAST_COMPRESSED:
        content = gzip.compress(content, compresslevel=1, mtime=0)
        headers["Content-Encoding"] = "gzip"
    return Response(content, media_type=kind, headers=headers)


async def _refuse(request: Request, error: Exception) -> Response:
    problem = error.problem if isinstance(error, GaOooError) else str(error)
    status = 500 if isinstance(error, GaOooError) else 400
    return Response(
        msgspec.json.encode({"problem": problem}), status, media_type="application/json"
    )


def _number(request: Request, name: str, default: int | None = None) -> int:
    given = request.query_params.get(name)
    if given is None and default is not None:
        return default
    if given is None or not given.isascii() or not given.isdecimal() or len(given) > 15:
        raise _BadRequestError(f"{name} must be a whole number")
    return int(given)


def _seconds(request: Request, name: str) -> float:
    try:
        value = float(request.query_params.get(name, ""))
    except ValueError:
        value = -1.0
    if not 0 <= value < 1e12:
        raise _BadRequestError(f"{name} must be a number of seconds")
    return value


def _range(request: Request, most: int = _MOST_STEPS) -> tuple[int, int]:
    first, until = _number(request, "first"), _number(request, "until")
    if until - first > most:
        raise _BadRequestError(f"at most {most} steps at once")
    return first, until
