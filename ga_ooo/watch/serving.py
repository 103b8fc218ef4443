"""Runs the application on a port of this machine."""

from __future__ import annotations

import secrets
import socket
import threading
from contextlib import suppress
from typing import Final, Self

import uvicorn

from ga_ooo.errors import UsageError
from ga_ooo.watch.access import AccessControl
from ga_ooo.watch.app import Page
from ga_ooo.watch.control import Control
from ga_ooo.watch.source import Simulation

_ADDRESS: Final = "127.0.0.1"
_TOKEN_BYTES: Final = 24


class Address:
    """A port of this machine that is reserved for a page, and the token of the page.

    Args:
        port: 0 for any that is free.

    Raises:
        UsageError: the port is taken or not allowed.
    """

    def __init__(self, port: int) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self.socket.bind((_ADDRESS, port))
            # Now, so that a second program on this port fails at once.
            self.socket.listen(128)
        except OSError as error:
            self.socket.close()
            raise UsageError(
                f"port {port} cannot be used: {error.strerror}",
                "name another one with --port; 0 takes any that is free",
            ) from None
        self.token = secrets.token_urlsafe(_TOKEN_BYTES)

    @classmethod
    def taken_over(cls, number: int, token: str) -> Self:
        """The address that another process has reserved.

        Args:
            number: of the socket.
        """
        address = cls.__new__(cls)
        address.socket, address.token = socket.socket(fileno=number), token
        return address

    @property
    def port(self) -> int:
        """Number of the port."""
        return int(self.socket.getsockname()[1])

    @property
    def url(self) -> str:
        """What the user opens, with the token."""
        return f"http://{_ADDRESS}:{self.port}/?token={self.token}"


def serve(simulation: Simulation, address: Address, control: Control | None = None) -> None:
    """Serve the page until Ctrl-C or SIGTERM.

    Args:
        control: of the run that is in progress.
    """
    try:
        with suppress(KeyboardInterrupt):
            _server(simulation, address, control).run(sockets=[address.socket])
    finally:
        simulation.close()


class PageThread:
    """The server in a thread of this process, until the block is left.

    Attributes:
        address: of the page.
    """

    def __init__(self, simulation: Simulation, control: Control | None = None) -> None:
        self.address = Address(0)
        self._simulation = simulation
        self._server = _server(simulation, self.address, control)
        self._thread = threading.Thread(
            target=self._server.run, args=([self.address.socket],), name="page", daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._server.should_exit = True
        self._thread.join()
        self.address.socket.close()
        self._simulation.close()


def _server(simulation: Simulation, address: Address, control: Control | None) -> uvicorn.Server:
    simulation.prepare()
    app = AccessControl(Page(simulation, control).app(), address.port, address.token)
    config = uvicorn.Config(
        app,
        log_level="critical",
        access_log=False,
        lifespan="off",
        server_header=False,
        timeout_graceful_shutdown=1,
    )
    return uvicorn.Server(config)
