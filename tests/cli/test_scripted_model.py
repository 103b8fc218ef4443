"""``ga-ooo scripted-model`` in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request


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
            with urllib.request.urlopen(request) as answer:
                vector = json.load(answer)["data"][0]["embedding"]
        finally:
            server.terminate()
    assert len(vector) == 96
