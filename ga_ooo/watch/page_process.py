"""The server of a page in a process of its own, for a run in this one.

The process that takes steps answers no requests of a browser: host code may hold it for a second,
and rehearsals replace functions of the file system for all of its threads.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, Final

from ga_ooo.watch.control import Control, send
from ga_ooo.watch.serving import Address, serve
from ga_ooo.watch.source import Simulation

_START: Final = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[2]); "
    "from ga_ooo.watch.page_process import main; main(int(sys.argv[1]))"
)
_LAST_WORDS: Final = 3.0
"""Seconds for which the page can still learn that the run has ended."""


class PageProcess:
    """The process, from the run's point of view.

    Args:
        address: that the process is to serve, reserved by this process.

    Attributes:
        connection: by which the page controls the run.
    """

    def __init__(self, simulation: Simulation, address: Address) -> None:
        self.connection, theirs = socket.socketpair()
        number = address.socket.fileno()
        self._process = subprocess.Popen(
            [sys.executable, "-c", _START, str(theirs.fileno()), json.dumps(sys.path)],
            pass_fds=(theirs.fileno(), number),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            # Ctrl-C is for the run.
            start_new_session=True,
        )
        threading.Thread(target=self._process.wait, name="page", daemon=True).start()
        theirs.close()
        address.socket.close()
        # By the socket, since every user of this machine can read arguments of a process.
        first = {
            "host": simulation.host,
            "folder": str(simulation.folder),
            "assets": str(simulation.assets),
            "socket": number,
            "token": address.token,
        }
        send(self.connection, first)

    def close(self) -> None:
        """Close the connection, which ends the process after a moment."""
        self.connection.close()


def main(number: int) -> None:
    """The process: serve the page until the run has ended.

    Args:
        number: of the socket to the run.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    connection = socket.socket(fileno=number)
    first = _first_line(connection)
    simulation = Simulation(first["host"], Path(first["folder"]), Path(first["assets"]))
    address = Address.taken_over(first["socket"], first["token"])
    control = Control(connection, _end)
    serve(simulation, address, control)


def _first_line(connection: socket.socket) -> dict[str, Any]:
    line = b""
    # Byte by byte: what follows is for others.
    while not line.endswith(b"\n"):
        byte = connection.recv(1)
        if not byte:
            os._exit(0)
        line += byte
    first: dict[str, Any] = json.loads(line)
    return first


def _end() -> None:
    time.sleep(_LAST_WORDS)
    os._exit(0)
