"""What rehearsals win in a whole run, in virtual time.

Results are the same however bad rehearsals are, so no other test notices when they become useless.
Here everything is repeatable: the model, its latency and the clock. So the numbers below change
only with the code of rehearsals, or with that of the scripted model. Look why before you write new
numbers: a run should not become slower, and should not ask more for nothing.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from ga_ooo.host.checkout.shipped import data_folder
from ga_ooo.record import RecordReader, record_file

HOST = data_folder("minitown")
STORAGE = HOST / "environment" / "frontend_server" / "storage"
FORK = "demo_minitown_n5"
STEPS = 150


def test_rehearsals_win_what_they_won(tmp_path: Path) -> None:
    shutil.copytree(STORAGE / FORK, tmp_path / FORK)
    assert figures(tmp_path, "without", "--runahead", "0") == {
        "seconds": 15.066208,
        "model": 213,
        "asked early": 0,
        "tokens early": 0,
    }
    assert figures(tmp_path, "with") == {
        "seconds": 10.572393,
        "model": 93,
        "early": 115,
        "shared": 5,
        "asked early": 117,
        "tokens early": 12_529,
    }


def figures(folder: Path, name: str, *options: str) -> dict[str, Any]:
    """Virtual seconds of a run, its calls by their source, and its early calls."""
    measures = folder / f"{name}.json"
    done = subprocess.run(
        [
            *(sys.executable, "-m", "ga_ooo", "run", HOST, "--sim", name),
            *("--fork", FORK, "--steps", str(STEPS), "--storage", folder),
            *("--temp-storage", folder / "temp", "--measures", measures, "--no-checkpoints"),
            *("--clock", "virtual", "--latency", "0.02:0.01:0.0001", "--latency-seed", "3"),
            *options,
        ],
        env={**os.environ, "PYTHONHASHSEED": "0", "GA_OOO_CONFIG": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seconds = json.loads(measures.read_text())["seconds"]
    with RecordReader(record_file(folder / name)) as reader:
        early = list(reader.early_calls())
        return {
            "seconds": round(seconds, 6),
            **Counter(call.source for call in reader.calls()),
            "asked early": len(early),
            "tokens early": sum(call.tokens_in + call.tokens_out for call in early),
        }
