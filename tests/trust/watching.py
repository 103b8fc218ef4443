"""Runs commands on crafted simulations, each in a forked child whose every step outside is noticed
by an audit hook.

``python -m tests.trust.watching FOLDER PART PARTS COUNT DEEP`` prints a line of JSON for each that
went wrong, and at the end the number of all.
"""

from __future__ import annotations

import faulthandler
import json
import os
import shutil
import signal
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from random import Random
from typing import Any, Final

from ga_ooo.cli.finding import find_command
from ga_ooo.cli.main import main
from tests.cli.conftest import STORAGE
from tests.trust.crafted import CHECK, Crafted
from tests.trust.crafting import all_crafted

ROOT: Final = Path(__file__).parents[2]
MOST_SECONDS: Final = 60
"""A run that needs so long hangs; each takes about a second."""

_READABLE: Final = tuple(
    os.path.realpath(path)
    for path in (
        *(sys.prefix, sys.base_prefix, *sysconfig.get_paths().values(), str(ROOT), *sys.path),
        *("/usr/share/zoneinfo", "/etc/localtime", "/dev/null", "/dev/urandom", "/proc"),
    )
    if path
)
_PATHS: Final = {
    **dict.fromkeys(("os.remove", "os.mkdir", "os.rmdir", "os.chmod", "os.truncate"), 1),
    **dict.fromkeys(("os.rename", "os.link", "os.symlink", "shutil.copyfile"), 2),
    **dict.fromkeys(("shutil.rmtree", "shutil.move", "os.utime", "sqlite3.connect"), 1),
}
_FORBIDDEN: Final = (
    *("os.system", "os.exec", "os.spawn", "os.posix_spawn", "subprocess.Popen", "os.startfile"),
    *("socket.connect", "socket.getaddrinfo", "socket.sendto", "socket.bind"),
    *("pickle.find_class", "marshal.loads", "shutil.unpack_archive", "sqlite3.load_extension"),
)


class Watch:
    """An audit hook.

    Args:
        own: the folder in which everything may be written.
        simulation: nothing in there is code.
    """

    def __init__(self, own: Path, simulation: Path) -> None:
        self.seen: list[str] = []
        self._own = str(own.resolve())
        self._simulation = str(simulation.resolve())
        self._outside = f"{self._own}/outside"

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "marshal.loads":
            # The import system reads the compiled files of the Python installation.
            return
        if event in _FORBIDDEN:
            self.seen.append(f"{event} {arguments!r:.200}")
        elif event == "open":
            path, mode, flags = arguments
            writes = bool((flags or 0) & (os.O_WRONLY | os.O_RDWR)) or "w" in (mode or "")
            self._check(event, path, writes)
        elif event == "exec":
            name = getattr(arguments[0], "co_filename", "")
            if os.path.realpath(name).startswith(self._simulation):
                self.seen.append(f"exec {name}")
        else:
            for path in arguments[: _PATHS.get(event, 0)]:
                self._check(event, path, True)

    def _check(self, event: str, path: Any, writes: bool) -> None:
        if not isinstance(path, (str, bytes, os.PathLike)) or path in ("", ":memory:"):
            return
        real = os.path.realpath(os.fsdecode(path))
        if real == self._outside or real.startswith(f"{self._outside}/"):
            self.seen.append(f"{event} {real}")
        elif real.startswith(self._own) or real == "/dev/null":
            return
        elif writes or not real.startswith(_READABLE):
            self.seen.append(f"{event} {real}")


@dataclass(frozen=True)
class Ended:
    """How one run has ended."""

    name: str
    code: int
    text: str
    seen: list[str]
    is_check: bool

    @property
    def problem(self) -> str:
        """What is wrong with it; empty for nothing."""
        if self.seen:
            return f"it reached outside: {self.seen[:3]}"
        if "Traceback" in self.text:
            return "a traceback"
        found_damage = self.code == 1 and self.is_check
        if self.code not in (0, 2, 3, 5, 7) and not found_damage:
            return f"exit code {self.code}"
        if self.code and not found_damage and self.text.count("remedy:") != 1:
            return "not one message with a remedy"
        if "\x1b" in self.text or "\0" in self.text:
            return "control characters"
        return ""


def watch(crafted: Crafted, sound: Path, own: Path) -> Ended:
    """Give one crafted simulation to its command, in a child of this process."""
    simulation = own / "host" / STORAGE / "sim"
    for name in ("sim", "moved", "forked"):
        shutil.rmtree(simulation.with_name(name), ignore_errors=True)
    shutil.rmtree(own / "out", ignore_errors=True)
    (own / "out").unlink(missing_ok=True)
    shutil.copytree(sound, simulation)
    crafted.make(simulation)
    with tempfile.TemporaryFile("w+", dir=own) as output, tempfile.TemporaryFile(dir=own) as seen:
        child = os.fork()
        if child == 0:
            _run(crafted.command, own, simulation, output.fileno(), seen.fileno())
        _, status = os.waitpid(child, 0)
        output.seek(0)
        seen.seek(0)
        code = os.waitstatus_to_exitcode(status)
        name = f"{' '.join(crafted.command)}: {crafted.name}"
        noticed = json.loads(seen.read() or b"[]")
        if (own / "outside" / "secret").read_text() != "secret":
            noticed.append("the file outside is another one")
        return Ended(name, code, output.read(), noticed, crafted.command == CHECK)


def _run(command: Sequence[str], own: Path, simulation: Path, output: int, seen: int) -> None:
    code = 1
    try:
        os.dup2(output, 1)
        os.dup2(output, 2)
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - open to the end
        sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - open to the end
        signal.alarm(MOST_SECONDS)
        os.chdir(own)
        watched = Watch(own, simulation)
        sys.addaudithook(watched)
        code = _guarded(lambda: main(list(command)))
        sys.stdout.flush()
        sys.stderr.flush()
        os.write(seen, json.dumps(watched.seen).encode())
    finally:
        os._exit(code)


def _guarded(work: Callable[[], int]) -> int:
    try:
        return work()
    except BaseException:
        import traceback

        traceback.print_exc()
        return 99


def watch_all(folder: Path, part: int, parts: int, count: int, deep: int) -> None:
    """Give one part of the crafted simulations to their commands.

    Args:
        folder: holds ``host`` and the sound simulation, ``sound``.
        count: how many there are in all parts together; 0: all that exist.
        deep: how many of them are read by host code.
    """
    sound, own = folder / "sound", folder / f"part{part}"
    own.mkdir()
    shutil.copytree(folder / "host", own / "host")
    (own / "outside").mkdir()
    (own / "outside" / "secret").write_text("secret")
    os.environ["XDG_STATE_HOME"] = str(own / "state")
    os.environ["GA_OOO_CACHE"] = str(own / "cache")
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    sys.dont_write_bytecode = True
    rng = Random(0)
    crafted = list(all_crafted(sound, rng))
    early = [each for each in crafted if each.is_cheap]
    late = [each for each in crafted if not each.is_cheap]
    chosen = early + late
    if count:
        chosen = rng.sample(early, count - deep) + rng.sample(late, deep)
    mine = chosen[part::parts]
    # The children need not import what this process has imported.
    for name in {each.command[0] for each in mine}:
        find_command(name)
    import_module("ga_ooo.model.assembly")
    for each in mine:
        ended = watch(each, sound, own)
        if ended.problem:
            text = ended.text[-1500:]
            print(json.dumps([ended.name, ended.problem, ended.code, text]), flush=True)
    assert (own / "outside" / "secret").read_text() == "secret"
    assert [path.name for path in (own / "outside").iterdir()] == ["secret"]
    print(json.dumps(len(mine)))


if __name__ == "__main__":
    faulthandler.enable()
    watch_all(Path(sys.argv[1]), *map(int, sys.argv[2:6]))
