"""The files that a run writes besides its simulation: its measures, a trace, the host's prints."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

from ga_ooo.api.results import RunResult
from ga_ooo.disk import DISK, naming_file, write_whole
from ga_ooo.errors import UsageError
from ga_ooo.options import Options
from ga_ooo.trace.files import check_new_trace


def with_absolute_paths(options: Options) -> Options:
    """The options with absolute paths, because the host changes the working folder."""
    files = options.files
    paths = {name: value and value.absolute() for name, value in vars(files).items()}
    return replace(options, files=type(files)(**paths))


def check_new_files(options: Options) -> None:
    """Check the files that a run writes at its end.

    Raises:
        UsageError: one exists already, or cannot be written.
    """
    trace, measures = options.files.trace, options.files.measures
    if trace is not None:
        if options.run.mode == "lockstep":
            raise UsageError(
                "a trace of the original loop", "leave --mode lockstep out: the calls are the same"
            )
        check_new_trace(trace)
    if measures is not None:
        if measures.exists():
            raise UsageError(f"{measures} exists already", "give --measures another name")
        if not measures.parent.is_dir():
            raise UsageError(f"there is no folder {measures.parent}", "make it, or name another")


def write_measures(path: Path, result: RunResult) -> None:
    """Write counts and times of a run as JSON.

    Raises:
        RunStoppedError: the file cannot be written; nothing is left of it.
    """
    servers = result.servers.endpoints if result.servers is not None else {}
    values = {
        "seconds": result.seconds,
        "cpu_seconds": result.cpu_seconds,
        "persona_steps": result.persona_steps,
        "calls": result.calls,
        "checked_requests": result.checked_requests,
        "fail_safes": result.fail_safes,
        "retried": result.retried,
        "prefetched": result.prefetched,
        "prefetches_used": result.prefetches_used,
        "wasted_tokens": result.wasted_tokens,
        "workers": [asdict(worker) for worker in result.workers],
        "servers": {url: asdict(endpoint) for url, endpoint in servers.items()},
    }
    remedy = "make room, or name another file with --measures"
    with naming_file(path, remedy, "the run is saved, but {} cannot be written"):
        write_whole(DISK, path, json.dumps(values, indent=2).encode(), private=True)


class HostLog:
    """Takes the host's prints: drops them, or writes a file that only its owner can read."""

    def __init__(self, path: Path | None) -> None:
        self._file = None
        if path is not None:
            try:
                path.touch(mode=0o600)
                self._file = path.open("a", encoding="utf-8")
            except OSError as error:
                raise UsageError(
                    f"cannot write {path}: {error.strerror}", "give another --host-log"
                ) from error
        self.write = self._file.write if self._file else None

    def __enter__(self) -> HostLog:
        return self

    def __exit__(self, *exc_info: object) -> None:
        if self._file is not None:
            self._file.close()
