"""``ga_ooo.run`` in a Jupyter kernel, where an event loop runs in the main thread."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.api.conftest import FORK, ROOT, STORAGE

CELLS = (
    "import asyncio, ga_ooo\nasyncio.get_running_loop().is_running()",
    "seen = []\n"
    "result = ga_ooo.run(HOST, fork=FORK, sim='note', steps=3, progress=seen.append)\n"
    "len(seen), result.persona_steps",
    "try:\n    ga_ooo.run(HOST, fork=FORK, sim='note', steps=1)\n"
    "except ga_ooo.UsageError as error:\n    print(error)",
    "(await asyncio.to_thread(ga_ooo.resume, HOST, 'note', steps=5)).persona_steps",
    "ga_ooo.verify(HOST, fork=FORK, steps=2).equal",
)

EXECUTE = """
import json, sys
from nbclient import NotebookClient
import nbformat
cells = [nbformat.v4.new_code_cell(source) for source in json.loads(sys.argv[1])]
notebook = nbformat.v4.new_notebook(cells=cells)
NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
print(json.dumps([cell["outputs"] for cell in notebook["cells"]]))
"""


def test_every_function_works_in_a_kernel(host: Path) -> None:
    begin = f"HOST, FORK = {str(host)!r}, {FORK!r}\nimport sys; sys.path.insert(0, {str(ROOT)!r})\n"
    # In a process of its own: the client of the kernel warns about things that are not ours.
    done = subprocess.run(
        [sys.executable, "-c", EXECUTE, json.dumps([begin + CELLS[0], *CELLS[1:]])],
        cwd=host.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    outputs = [
        "".join(o.get("text") or o["data"]["text/plain"] for o in cell)
        for cell in json.loads(done.stdout)
    ]
    assert outputs[0] == "True"
    assert outputs[1] == "(3, 15)"
    assert "choose another name" in outputs[2]
    assert outputs[3] == "10"
    assert outputs[4] == "True"
    assert (host / STORAGE / "note" / "movement" / "4.json").is_file()
