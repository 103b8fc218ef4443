"""The doctor identifies the host and finds everything that would stop a run."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import openai
import pytest

from ga_ooo.cli.doctor import Diagnosis, Severity, diagnose, render
from ga_ooo.host.checkout import patching, source
from ga_ooo.host.checkout.locate import locate
from ga_ooo.host.checkout.loop.review import review_loop
from ga_ooo.options import ModelOptions
from ga_ooo.scripted.server import ServerThread
from tests.host.tinyhost import BACKEND, FRONTEND, MATRIX, SCENARIO, STORAGE, snapshot, write


def texts(diagnosis: Diagnosis, severity: Severity) -> str:
    return "\n".join(item.text for item in diagnosis.findings if item.severity is severity)


def test_a_host_that_can_run(tiny: Path) -> None:
    before = snapshot(tiny)
    diagnosis = diagnose(tiny)
    assert snapshot(tiny) == before
    assert diagnosis.exit_code == 0
    fine = texts(diagnosis, Severity.OK)
    for expected in (
        "host: unknown fork, revision content-",
        "map: tinyville, 4 x 3 tiles",
        "recognised: ReverieServer, Maze",
        "also calls self.answer_mail(): called at the commit horizon",
        "utils.py is missing: not needed",
        "selenium is not needed",
        "numpy is installed",
        f"scenario {SCENARIO}: 2 personas, from step 0",
        "the flag --ooo is not in reverie.py",
    ):
        assert expected in fine
    warnings = texts(diagnosis, Severity.WARNING)
    assert "not tested with this revision" in warnings
    text = render(diagnosis)
    assert text.endswith("this host can run")
    assert text.count("remedy:") == len(warnings.splitlines())


def _drop(file: str) -> Callable[[Path], None]:
    return lambda root: (root / file).unlink()


def _change(file: str, old: str, new: str) -> Callable[[Path], None]:
    def change(root: Path) -> None:
        text = (root / file).read_text()
        assert old in text
        write(root / file, text.replace(old, new))

    return change


SERVER = f"{BACKEND}/reverie.py"
MEMORY = f"{BACKEND}/persona/memory_structures/associative_memory.py"


def test_work_in_the_loop_is_listed(tiny: Path) -> None:
    _change(SERVER, "int_counter -= 1", "int_counter -= 1; self.note(); self.save()")(tiny)
    diagnosis = diagnose(tiny)
    fine = texts(diagnosis, Severity.OK)
    assert "called at the commit horizon" in fine
    assert "self.note()" in fine and "self.save()" in fine
    assert "works between all steps" in texts(diagnosis, Severity.WARNING)


STOPS: dict[str, tuple[Callable[[Path], None], str]] = {
    "no host": (_drop(SERVER), "is not a host"),
    "no save": (_change(SERVER, "def save", "def store"), "ReverieServer.save in reverie.py"),
    "no field": (
        _change(SERVER, "self.personas_tile", "self.tiles"),
        "ReverieServer.personas_tile",
    ),
    "no ConceptNode": (_change(MEMORY, "ConceptNode", "Node"), "ConceptNode in persona/memory"),
    "no memory module": (_drop(MEMORY), "associative_memory.py (ConceptNode)"),
    "no loop": (_change(SERVER, "persona.move(", "print("), "no loop that moves personas"),
    "constructor": (
        _change(SERVER, "origin, target)", "origin, target, days=1, *, config)"),
        "the constructor of ReverieServer needs config besides the names",
    ),
    "async": (_change(SERVER, "def start_server", "async def start_server"), "is asynchronous"),
    "loop work": (
        _change(SERVER, "self.step += 1", "self.step += 1; movements.clear()"),
        "does work that the engine does not do:\n  line ",
    ),
    "no parse": (_change(SERVER, "class ReverieServer:", "class ReverieServer"), "line 14"),
    "package": (_change(SERVER, "import json", "import no_such_package"), "'no_such_package'"),
    "map": (lambda root: write(root / MATRIX / "maze_meta_info.json", "{}"), "maze_meta_info"),
    "no scenario": (_drop(f"{STORAGE}/{SCENARIO}/reverie/meta.json"), "no scenario in"),
    "utils": (lambda root: write(root / BACKEND / "utils.py", "x = ("), "utils.py, line 1"),
}


@pytest.mark.parametrize("case", STOPS)
def test_a_problem_that_stops_a_run_has_a_remedy(tiny: Path, case: str) -> None:
    damage, message = STOPS[case]
    damage(tiny)
    diagnosis = diagnose(tiny)
    assert diagnosis.exit_code == 3
    assert message in texts(diagnosis, Severity.ERROR)
    errors = [item for item in diagnosis.findings if item.severity is Severity.ERROR]
    assert all(item.remedy for item in errors)
    assert len(set(errors)) == len(errors)
    assert render(diagnosis).endswith("this host cannot run yet")


def test_packages_that_ask_models(tiny: Path) -> None:
    imports = (
        *("import google.generativeai as genai", "from google import genai as new"),
        *("import litellm, urllib.request", "from langchain.llms import Ollama"),
        "def later():\n  import transformers",
    )
    text = (tiny / BACKEND / "path_finder.py").read_text()
    write(tiny / BACKEND / "path_finder.py", "\n".join((*imports, text)))
    diagnosis = diagnose(tiny)
    assert diagnosis.exit_code == 0
    fine = texts(diagnosis, Severity.OK)
    for line, name in ((1, "google"), (3, "litellm"), (3, "urllib"), (4, "langchain")):
        assert (
            f"path_finder.py, line {line} imports {name}: its calls of models go to the model"
            in fine
        )
    assert "gpt_structure.py, line 1 imports openai: its calls of models go" in fine
    warnings = texts(diagnosis, Severity.WARNING)
    assert "path_finder.py, line 6: imports transformers, which runs a model in" in warnings


WORKER = """
import threading
from queue import Queue
import openai
asked = Queue()
client = openai.OpenAI()
def request(prompt): return client.completions.create(prompt=prompt)
def work():
  while True: request(asked.get())
threading.Thread(target=work, daemon=True).start()
"""

POOL = """
from concurrent import futures
import openai
def request(prompt): return openai.Completion.create(prompt=prompt)
def path_finder(prompts):
  with futures.ThreadPoolExecutor(4) as pool: return list(pool.map(request, prompts))
"""


@pytest.mark.parametrize(
    ("code", "finding"),
    [
        (WORKER, "line 10 makes a threading.Thread, in which work asks the model"),
        (POOL, "line 6 makes a concurrent.futures.ThreadPoolExecutor, in which request asks the"),
        (WORKER.replace("request(asked", "print(asked"), None),
        (POOL.replace("map(request", "map(print"), None),
        (POOL.replace("def path_finder", "def only_for_analysis"), None),
    ],
)
def test_threads_around_model_calls(tiny: Path, code: str, finding: str | None) -> None:
    path = tiny / BACKEND / "path_finder.py"
    write(path, code + path.read_text())
    write(
        tiny / BACKEND / "persona/persona.py",
        (tiny / BACKEND / "persona/persona.py").read_text()
        + "\nfrom path_finder import *\ndef move(prompts): return path_finder(prompts)\n",
    )
    diagnosis = diagnose(tiny)
    assert diagnosis.exit_code == (3 if finding else 0)
    assert (f"path_finder.py, {finding}" in texts(diagnosis, Severity.ERROR)) is bool(finding)


def test_a_part_of_a_package_that_no_stand_in_has_must_be_installed(tiny: Path) -> None:
    text = (tiny / BACKEND / "path_finder.py").read_text()
    write(tiny / BACKEND / "path_finder.py", f"from langchain.prompts import *\n{text}")
    diagnosis = diagnose(tiny)
    assert "path_finder.py imports 'langchain', which is not installed" in texts(
        diagnosis, Severity.ERROR
    )


def test_numpy_missing_stops_a_run(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def find(name: str) -> object | None:
        return None if name == "numpy" else object()

    monkeypatch.setattr("ga_ooo.cli.doctor.package_checks.find_spec", find)
    diagnosis = diagnose(tiny)
    assert "global_methods.py imports 'numpy', which is not installed" in texts(
        diagnosis, Severity.ERROR
    )
    assert diagnosis.exit_code == 3


def test_scenarios_with_the_same_problem_are_one_finding(tiny: Path) -> None:
    for number, step in enumerate((7, 8, 19)):
        folder = tiny / STORAGE / f"save-{number}"
        shutil.copytree(tiny / STORAGE / SCENARIO, folder)
        meta = json.loads((folder / "reverie/meta.json").read_text())
        write(folder / "reverie/meta.json", json.dumps(meta | {"step": step}))
    warnings = texts(diagnose(tiny), Severity.WARNING).splitlines()
    assert (
        "3 scenarios cannot be run; save-0, for example: environment/7.json is missing: it gives "
        "the tiles of the personas at step 7; the others: save-1, save-2"
    ) in warnings
    assert not any("environment/8.json" in warning for warning in warnings)


def test_warnings(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tiny / STORAGE / "broken" / "reverie/meta.json", "{")
    _change(f"{BACKEND}/persona/cognitive_modules/perceive.py", '"events"', '"things"')(tiny)
    _change(SERVER, "if __name__ == '__main__':", "if True:")(tiny)
    monkeypatch.setattr(sys, "version_info", (3, 99, 0))
    diagnosis = diagnose(tiny)
    warnings = texts(diagnosis, Severity.WARNING)
    assert "scenario broken cannot be run: reverie/meta.json, line 1, column 2" in warnings
    assert "perceive does not read the events of tiles" in warnings
    assert "the flag --ooo is refused" in warnings
    assert "is newer than the newest tested version" in warnings
    assert diagnosis.exit_code == 0


def test_harmless_findings(tiny: Path) -> None:
    (tiny / FRONTEND / "temp_storage").rmdir()
    write(tiny / BACKEND / "utils.py", "debug = True\n")
    patching.apply(locate(tiny))
    fine = texts(diagnose(tiny), Severity.OK)
    assert "temp_storage is missing: a run creates it" in fine
    assert "utils.py exists and will be used" in fine
    assert "the flag --ooo is in reverie.py" in fine


def test_real_hosts_can_run(real_host: Path) -> None:
    diagnosis = diagnose(real_host)
    assert diagnosis.exit_code == 0
    fine = texts(diagnosis, Severity.OK)
    assert "recognised: ReverieServer" in fine
    assert "accelerator" in fine
    assert "edited" not in render(diagnosis)
    review = review_loop(source.parse(real_host / BACKEND / "reverie.py"))
    assert review is not None and review.is_exact
    expected = {
        "upstream": (),
        "school": ("process_interview_requests", "process_control_requests"),
        "minitown": (),
    }
    assert review.methods == expected[real_host.name]


def test_edits_of_a_real_host_are_reported(real_copy: Path) -> None:
    if real_copy.name == "minitown":
        pytest.skip("minitown is recognised by its map and has no fixed revision")
    path = real_copy / BACKEND / "maze.py"
    path.write_text(path.read_text() + "\nEXTRA = 1\n")
    warnings = texts(diagnose(real_copy), Severity.WARNING)
    assert f"edited or missing since {locate(real_copy).recognised}: maze.py" in warnings


def test_a_model_server_is_asked(tiny: Path) -> None:
    with ServerThread(["m"]) as server:
        diagnosis = diagnose(tiny, ModelOptions(urls=(server.url,), name="m"))
    fine = texts(diagnosis, Severity.OK)
    expected = "chat by m; completion by m; embedding by m; 64 numbers per embedding"
    assert f"model server {server.url}: {expected}" in fine
    assert "structured outputs are off" in texts(diagnosis, Severity.WARNING)
    assert "equal chat requests get equal answers" in texts(diagnosis, Severity.OK)
    assert "equal embedding requests get equal answers" in texts(diagnosis, Severity.OK)


def test_a_model_server_that_does_not_answer_is_an_error(tiny: Path) -> None:
    with ServerThread(["m"]) as server:
        options = ModelOptions(urls=(server.url,), name="m")
    diagnosis = diagnose(tiny, options)
    assert diagnosis.exit_code != 0
    assert server.url in texts(diagnosis, Severity.ERROR)


def test_an_unknown_model_is_an_error(tiny: Path) -> None:
    with ServerThread(["m"]) as server:
        diagnosis = diagnose(tiny, ModelOptions(urls=(server.url,), name="other"))
    assert "does not serve the model 'other'" in texts(diagnosis, Severity.ERROR)


def test_openai_that_pip_has_replaced(tiny: Path) -> None:
    requirements = tiny / "requirements.txt"
    write(requirements, "openai==0.27.0\nNumPy==1.25.2\nhttpx\nno-such-distribution==1.0\n")
    warnings = texts(diagnose(tiny), Severity.WARNING)
    assert f"has openai {openai.__version__} instead of 0.27.0" in warnings
    # An environment of its own has few of the packages that the host requires.
    write(requirements, requirements.read_text() + "nothing-at-all\nnor-this\n")
    assert "instead of" not in texts(diagnose(tiny), Severity.WARNING)
    write(requirements, "openai==1.99.0\nnumpy\nhttpx\n")
    assert "instead of" not in texts(diagnose(tiny), Severity.WARNING)
