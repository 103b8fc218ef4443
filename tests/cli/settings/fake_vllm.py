"""A substitute for vLLM: it has the command line of vLLM, and serves the scripted model."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--served-model-name", required=True)
    known, others = parser.parse_known_args()
    if pids := os.environ.get("FAKE_VLLM_PIDS"):
        with Path(pids).open("a", encoding="utf-8") as file:
            file.write(f"{os.getpid()}\n")
    if "--fail" in others:
        sys.exit("ValueError: Invalid repository ID or local directory")
    from ga_ooo.scripted.server import serve

    print(f"arguments: {others}", flush=True)
    serve("127.0.0.1", known.port, [known.served_model_name])


if __name__ == "__main__":
    main()
