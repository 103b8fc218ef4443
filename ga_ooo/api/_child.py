"""The process that runs a host for a caller in another process (:mod:`ga_ooo.api.new_process`)."""

from __future__ import annotations

import logging
import signal
from multiprocessing.connection import Connection
from typing import Any

from ga_ooo.api._messages import Failure
from ga_ooo.api.execution import execute
from ga_ooo.errors import GaOooError, RunStoppedError


def main(descriptor: int) -> None:
    """Receive a request, run it, send progress and the result.

    Args:
        descriptor: file descriptor of the connection to the caller.
    """
    logging.basicConfig(level=logging.WARNING, format="ga-ooo: %(message)s")
    connection: Connection[Any, Any] = Connection(descriptor)
    request = connection.recv()
    # Until now Ctrl-C ended the process silently, as there was nothing to be saved.
    signal.signal(signal.SIGINT, signal.default_int_handler)

    def send(message: object) -> None:
        try:
            connection.send(message)
        except OSError as error:
            raise RunStoppedError(
                "the process that started this run has ended", "resume the run"
            ) from error

    try:
        result = execute(request.check(), send, lambda result: None)
    except GaOooError as error:
        send(Failure.of(error))
    except KeyboardInterrupt:
        send(Failure.of(RunStoppedError("interrupted before the first step", "run it again")))
    else:
        send(result)
