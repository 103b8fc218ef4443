"""What clients and streams of SDKs share: host code closes them, or opens them by ``with``."""

from __future__ import annotations

from typing import Any, Self


class Closing:
    """Something with ``close``, and a context manager of both kinds."""

    def close(self) -> Any:
        """Nothing to close."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        self.close()
