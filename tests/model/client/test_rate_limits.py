"""How long a server asks to wait, in each of the ways in which servers say so."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ga_ooo.model.client._http.rate_limits import requested_wait

NOW = "Wed, 21 Oct 2026 07:28:00 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": " 7 "}, 7.0),
        ({"retry-after": "0.25"}, 0.25),
        ({"retry-after": "86400"}, 86400.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "-3"}, None),
        ({"retry-after": "9" * 400}, None),
        ({"retry-after": "٣"}, None),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:30 GMT", "date": NOW}, 30.0),
        ({"retry-after": "Wed, 21 Oct 2026 07:27:00 GMT", "date": NOW}, 0.0),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, None),
        ({"retry-after": "Wed, 21 Oct 9999 07:28:00 GMT", "date": NOW}, 251603539200.0),
        ({"retry-after": "Wed, 21 Oct 99999 07:28:00 GMT", "date": NOW}, None),
        ({"retry-after": "Wed, 21 Oct 0000 07:28:00 GMT", "date": NOW}, 0.0),
        ({"retry-after": "Mon, 01 Jan 0001 00:00:00 +2359", "date": NOW}, 0.0),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:00 -0000", "date": NOW}, None),
        ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "6m0s"}, 360.0),
        ({"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "20ms"}, 0.02),
        ({"x-ratelimit-remaining-tokens": "5", "x-ratelimit-reset-tokens": "20s"}, None),
        ({"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "1h2m3.5s"}, 3723.5),
    ],
)
def test_headers(headers: dict[str, str], seconds: float | None) -> None:
    assert requested_wait(headers) == seconds


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("Please try again in 1.5s. Visit ...", 1.5),
        ("Please try again in 6m0s.", 360.0),
        ("Please try again in 7ms", 0.007),
        ('"retryDelay": "30s"', 30.0),
        ("try again in a while", None),
        ("try again in 5 minutes", None),
        (f"try again in {'9' * 300}s", None),
    ],
)
def test_words(text: str, seconds: float | None) -> None:
    assert requested_wait({}, text) == seconds


HEADERS = st.dictionaries(
    st.sampled_from(
        [
            *("retry-after", "retry-after-ms", "date"),
            *("x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"),
        ]
    ),
    st.text(max_size=30) | st.from_regex(r"\w{3}, \d{2} \w{3} \d{1,6} \d\d:\d\d:\d\d [+-]\d{4}"),
)


@given(HEADERS, st.text(max_size=50))
@example({"retry-after": "Mon, 01 Jan 0001 00:00:00 +2359", "date": NOW}, "")
def test_nothing_else_comes_out_than_a_wait(headers: dict[str, str], text: str) -> None:
    wait = requested_wait(headers, text)
    assert wait is None or wait >= 0
