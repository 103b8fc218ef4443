"""The library's own exceptions, made without a server."""

from __future__ import annotations

from typing import Any

import httpx2
import openai


def status_error(
    status: int, body: dict[str, Any], headers: dict[str, str] | None = None
) -> openai.APIStatusError:
    """What ``openai`` raises for an HTTP status of 300 or more."""
    request = httpx2.Request("POST", "http://gpu/v1/chat/completions")
    response = httpx2.Response(status, headers=headers, request=request)
    return openai.APIStatusError("refused", response=response, body=body)
