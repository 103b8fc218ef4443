"""A small real server process that starts, answers and dies like vLLM's, in a tenth of a second.

Run as a script. Like vLLM it spawns a child for its engine, in its own process group. The child
outlives the server unless it is ended, and ignores SIGTERM if an argument says so.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

_ENGINE = """
import signal, sys, time
if sys.argv[1] == "stubborn":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("engine up", flush=True)
time.sleep(600)
"""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--pids", type=Path, required=True, help="appends: server and engine pid")
    parser.add_argument("--fail", help="print this and exit with code 3")
    parser.add_argument("--engine", choices=["polite", "stubborn"], default="polite")
    arguments = parser.parse_args()
    if arguments.fail:
        print(arguments.fail, flush=True)
        sys.exit(3)
    engine = subprocess.Popen(
        [sys.executable, "-c", _ENGINE, arguments.engine], stdout=subprocess.PIPE
    )
    assert engine.stdout is not None
    engine.stdout.readline()
    with arguments.pids.open("a", encoding="utf-8") as file:
        file.write(f"{os.getpid()} {engine.pid}\n")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps({"data": [{"id": arguments.model}]}) if "models" in self.path else ""
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

    HTTPServer(("127.0.0.1", arguments.port), Handler).serve_forever()


if __name__ == "__main__":
    main()
