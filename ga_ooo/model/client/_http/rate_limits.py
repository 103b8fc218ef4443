"""Reads from a refusal how long a server asks to wait, and whether waiting helps at all."""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Final

from ga_ooo.model.client._http.server_message import ServerMessage

MAX_WAIT_S: Final = 300.0
"""Longest wait before the next attempt."""

_PATIENCE_S: Final = 3600.0
"""A server that asks to wait longer than this has no quota left."""

_DURATION: Final = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)(ms|s|m|h|d)")
_UNIT_S: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}

_IN_WORDS: Final = re.compile(
    r"(?:try again in|retry in|retry after|retryDelay\W+)\s*"
    r"((?:\d{1,9}(?:\.\d{1,9})?(?:ms|s|m|h|d)){1,4})\b",
    re.IGNORECASE,
)
_QUOTA: Final = re.compile(
    r"insufficient[_ ](quota|balance|credit|funds)|exceeded[^.]{0,20} current[_ ]quota"
    r"|not enough credit|credit balance is too low|out of credits|billing|payment required"
    r"|quota[^.]{0,40}(exceeded|exhausted|used up|depleted)|(exceeded|exhausted)[^.]{0,40}quota"
    r"|per[- ](day|week|month)\b|\b(daily|weekly|monthly)\b",
    re.IGNORECASE,
)
_BALANCE: Final = re.compile(
    r"insufficient[_ ](quota|balance|credit|funds)|credit balance is too low|out of credits",
    re.IGNORECASE,
)
_SHORT_PERIOD: Final = re.compile(r"per[- _]?(second|minute|hour)|\b[rt]p[ms]\b", re.IGNORECASE)


def is_quota(status: int, message: ServerMessage, wait: float | None) -> bool:
    """Whether a refusal means that a quota or credit is used up, so that waiting does not help.

    A limit per minute is no quota, although some services use the same words for both.

    Args:
        status: HTTP status code, 4xx.
        message: the server's message.
        wait: seconds that the server asks to wait; None if it does not.
    """
    if status == 402 or "insufficient_quota" in message.code:
        return True
    if status == 429 and wait is not None:
        return wait > _PATIENCE_S
    searched = f"{message.text} {message.code}"
    if status == 429:
        return bool(_QUOTA.search(searched)) and not _SHORT_PERIOD.search(searched)
    return status in (400, 403) and bool(_BALANCE.search(searched))


def requested_wait(headers: Mapping[str, str], text: str = "") -> float | None:
    """Seconds that a server asks to wait, by its headers or its message; None if it does not.

    Read are ``Retry-After`` (RFC 9110, section 10.2.3), ``retry-after-ms``, OpenAI's
    ``x-ratelimit-reset-...`` of a limit with nothing remaining, and "try again in 1.5s".
    """
    if (wait := _number(headers.get("retry-after-ms"))) is not None:
        return wait / 1000
    if (value := headers.get("retry-after")) is not None:
        wait = _number(value)
        return wait if wait is not None else _until(value, headers.get("date", ""))
    for limit in ("requests", "tokens"):
        if headers.get(f"x-ratelimit-remaining-{limit}") == "0":
            reset = headers.get(f"x-ratelimit-reset-{limit}", "")
            if (wait := _duration(reset)) is not None:
                return wait
    found = _IN_WORDS.search(text)
    return _duration(found.group(1)) if found else None


def _number(value: str | None) -> float | None:
    if value is None or not re.fullmatch(r"\s*[0-9]{1,12}(\.[0-9]{1,12})?\s*", value):
        return None
    return float(value)


def _until(value: str, now: str) -> float | None:
    """Seconds until a date. It is compared with the server's clock, so neither must be right."""
    try:
        return max(0.0, (parsedate_to_datetime(value) - parsedate_to_datetime(now)).total_seconds())
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def _duration(value: str) -> float | None:
    parts = _DURATION.findall(value)
    if not parts or "".join(number + unit for number, unit in parts) != value:
        return _number(value)
    return sum(float(number) * _UNIT_S[unit] for number, unit in parts)
