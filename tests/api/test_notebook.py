"""Jupyter kernels, where an event loop runs in the main thread: ``ga_ooo.run``, and the notebook of
the examples."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

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

NOTEBOOK = ROOT / "examples" / "first_steps.ipynb"

EXECUTE = """
import json, sys
from nbclient import NotebookClient
import nbformat
cells = [nbformat.v4.new_code_cell(source) for source in json.loads(sys.argv[1])]
notebook = nbformat.v4.new_notebook(cells=cells)
NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
print(json.dumps([cell["outputs"] for cell in notebook["cells"]]))
"""


def execute(cells: list[str], folder: Path) -> list[list[dict[str, Any]]]:
    """The outputs of each cell. In a process of its own: the kernel's client warns about things
    that are not ours."""
    done = subprocess.run(
        [sys.executable, "-c", EXECUTE, json.dumps(cells)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    outputs: list[list[dict[str, Any]]] = json.loads(done.stdout)
    return outputs


def test_every_function_works_in_a_kernel(host: Path) -> None:
    begin = f"HOST, FORK = {str(host)!r}, {FORK!r}\nimport sys; sys.path.insert(0, {str(ROOT)!r})\n"
    cells = execute([begin + CELLS[0], *CELLS[1:]], host.parent)
    outputs = ["".join(o.get("text") or o["data"]["text/plain"] for o in cell) for cell in cells]
    assert outputs[0] == "True"
    assert outputs[1] == "(3, 15)"
    assert "choose another name" in outputs[2]
    assert outputs[3] == "10"
    assert outputs[4] == "True"
    assert (host / STORAGE / "note" / "movement" / "4.json").is_file()


def test_the_notebook_of_the_examples_runs() -> None:
    notebook = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    sources = ["".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "code"]
    assert all(not c.get("outputs") for c in notebook["cells"]), "it is kept without outputs"
    _, ran, verified, picture, read = execute(sources, NOTEBOOK.parent)
    assert "model calls" in ran[0]["text"]
    assert verified[0]["text"] == "equal\n"
    assert "image/png" in picture[-1]["data"]
    assert "(step 0)  Emil Adler and Irina Ivanov\n" in read[0]["text"]
