"""``ga-ooo scripted-model`` as a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from typing import Any


def test_embeddings_are_as_wide_as_asked_for() -> None:
    command = [sys.executable, "-m", "ga_ooo", "scripted-model", "--port", "0"]
    with subprocess.Popen(
        [*command, "--embedding-width", "96"], stdout=subprocess.PIPE, text=True
    ) as server:
        try:
            assert server.stdout is not None
            url = next(word for word in server.stdout.readline().split() if "://" in word)
            request = urllib.request.Request(
                f"{url}/embeddings",
                json.dumps({"model": "scripted", "input": "a bed"}).encode(),
                {"Content-Type": "application/json"},
            )
            vector = _answer(request)["data"][0]["embedding"]
        finally:
            server.terminate()
    assert len(vector) == 96


def _answer(request: urllib.request.Request) -> Any:
    """The answer, once the server accepts connections."""
    for _ in range(300):
        try:
            with urllib.request.urlopen(request) as answer:
                return json.load(answer)
        except urllib.error.URLError:
            time.sleep(0.1)
    raise AssertionError("nobody listens")
