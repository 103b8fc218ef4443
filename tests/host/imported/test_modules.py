"""The host is imported in its own process, with replacements of utils, selenium and openai. The
import changes no file of the checkout; a failed import changes nothing in the process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ga_ooo.host.checkout.imports.modules import outside_imports
from ga_ooo.host.checkout.locate import locate
from ga_ooo.host.sdks.catalogue import BUILT_IN
from ga_ooo.host.sdks.imports import sdk_imports
from tests.host.tinyhost import BACKEND, FRONTEND, STORAGE, snapshot, write

REPOSITORY = Path(__file__).parents[3]

PREPARE = """
import os, sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from ga_ooo.errors import GaOooError, HostError
from ga_ooo.host.imported.modules import *
from ga_ooo.host.checkout.locate import locate
from ga_ooo.host.imported.prints import *
openai_module = ModuleType("openai")
openai_module.answer = lambda prompt: prompt.upper()
openai_module.error = SimpleNamespace(RateLimitError=ValueError)
openai_module.OpenAI = lambda **settings: SimpleNamespace(**settings)
sdks = {"openai": openai_module}
checkout = locate(Path(sys.argv[1]))
"""


def run(root: Path, script: str) -> str:
    """Run a script on a checkout in a new process, which must not fail; returns its output."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", PREPARE + script, str(root)],
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_tiny_host_without_utils_selenium_and_openai(tiny: Path) -> None:
    before = snapshot(tiny)
    script = """
modules = import_host(checkout, sdks)
assert Path.cwd() == checkout.backend and sys.path[0] == str(checkout.backend)
assert modules.reverie.__name__ == "reverie"
assert modules.persona.Persona and modules.associative_memory.ConceptNode
assert modules.utils.fs_storage == str(checkout.storage)
assert modules.utils.fs_temp_storage == str(checkout.temp_storage)
assert modules.maze.Maze("tinyville").matrix == str(checkout.matrix)
assert modules.utils.collision_block_id == "7"
assert modules.utils.debug is False
assert set(modules.all) >= {"utils", "reverie", "persona.persona", "global_methods"}
assert "numpy" not in modules.all
assert import_host(checkout, sdks) is modules
modules.reverie.webdriver.Chrome
try:
    modules.reverie.webdriver.Chrome()
except HostError as error:
    print(error.problem)
"""
    assert "selenium.webdriver.Chrome" in run(tiny, script)
    assert snapshot(tiny) == before
    assert not list(tiny.rglob("__pycache__"))


def test_openai_py_of_the_host_is_replaced_everywhere(tiny: Path) -> None:
    """The run, the list of packages and that of SDKs agree: ``openai.py`` is never imported, and a
    module of the host with the name of another SDK is."""
    (tiny / BACKEND / "openai.py").write_text("import torch\nanswer = None\n")
    (tiny / BACKEND / "ollama.py").write_text("answer = 'own'\n")
    structure = tiny / BACKEND / "persona/prompt_template/gpt_structure.py"
    structure.write_text("import ollama\n" + structure.read_text())
    run(
        tiny,
        """
modules = import_host(checkout, {**sdks, "ollama": ModuleType("ollama")})
assert modules.gpt_structure.openai is openai_module
assert modules.gpt_structure.ollama.answer == "own"
""",
    )
    assert "torch" not in outside_imports(tiny / BACKEND)
    found = [each.package for each in sdk_imports(locate(tiny), BUILT_IN)]
    assert "openai" in found and "ollama" not in found


def test_openai_is_replaced_only_for_the_host(tiny: Path) -> None:
    script = """
import openai as real
modules = import_host(checkout, sdks)
assert modules.gpt_structure.openai is openai_module and openai_module.api_key == "none"
with redirect_prints(modules, None):
    lazy_openai, error, lazy_part = modules.gpt_structure.lazy()
assert lazy_openai is openai_module and error is openai_module.error
assert modules.all["lazy_part"] is lazy_part
import openai, openai.types
assert openai is real is sys.modules["openai"] and hasattr(real, "AsyncOpenAI")
assert "selenium" not in sys.modules
importer = modules.builtins["__import__"]
assert importer("openai.error") is openai_module
assert importer("openai.error", None, None, ("RateLimitError",)) is openai_module.error
try:
    importer("openai.nothing")
except ModuleNotFoundError as error:
    assert error.name == "openai.nothing"
else:
    raise AssertionError
"""
    run(tiny, script)


def test_utils_of_the_user_are_kept_and_completed(tiny: Path) -> None:
    write(
        tiny / BACKEND / "utils.py",
        'collision_block_id = "99"\nopenai_api_key = "mine"\ndebug = True\n',
    )
    script = """
os.chdir(checkout.root)
modules = import_host(checkout, sdks, storage=Path("elsewhere"))
assert modules.utils.__file__ == str(checkout.backend / "utils.py")
assert modules.utils.collision_block_id == "99" and modules.utils.debug is True
assert modules.reverie.debug is True and openai_module.api_key == "mine"
assert modules.reverie.fs_storage == str(checkout.root / "elsewhere")
assert modules.reverie.fs_temp_storage == str(checkout.temp_storage)
"""
    run(tiny, script)


def test_main_block_runs_later_in_the_module(tiny: Path) -> None:
    script = """
modules = import_host(checkout, sdks)
assert "rs" not in vars(modules.reverie)
modules.builtins["input"] = lambda question: "an origin"
printed = []
with redirect_prints(modules, printed.append):
    exec(modules.main_block, vars(modules.reverie))
assert modules.reverie.rs.sim_code == "target" and modules.reverie.origin == "an origin"
assert printed == ["tiny server of target False\\n"], printed
"""
    run(tiny, script)


def test_prints_are_redirected(tiny: Path) -> None:
    script = """
modules = import_host(checkout, sdks)
ask = modules.gpt_structure.ask
failing = "import traceback\\ndef fail():\\n  try: 1 / 0\\n  except: traceback.print_exc()"
exec(failing, vars(modules.gpt_structure))
outer, inner = [], []
with redirect_prints(modules, outer.append):
    ask("a")
    with redirect_prints(modules, inner.append):
        ask("b")
    ask("c")
    vars(modules.gpt_structure)["fail"]()
    modules.gpt_structure.lazy()  # a module imported later prints to the same place
ask("seen")
redirect_prints(modules, None)
ask("dropped")
restore_prints(modules)
ask("seen again")
assert "ZeroDivisionError" in outer.pop(2), "a traceback that host code prints is a print"
assert outer == ["asking a\\n", "asking c\\n", "lazy part\\n"], outer
assert inner == ["asking b\\n"]
print("ours")
code = "print('to a file', file=sys.stderr, sep='', end='')"
exec(code, {"sys": sys, "__builtins__": modules.builtins})
"""
    assert run(tiny, script) == "asking seen\nasking seen again\nours\n"


def test_sleeps_are_removed_in_all_modules(tiny: Path) -> None:
    script = """
import time
modules = import_host(checkout, sdks)
sleep = modules.gpt_structure.temp_sleep
holders = [name for name, module in modules.all.items() if vars(module).get("temp_sleep") is sleep]
assert len(holders) > 2, holders
assert remove_sleeps(modules) == len(holders)
assert not any(vars(module).get("temp_sleep") is sleep for module in modules.all.values())
def no_time(seconds): raise AssertionError
time.sleep = no_time
modules.gpt_structure.ask("now")
modules.reverie.temp_sleep()
new = object()
assert replace_everywhere(modules, modules.path_finder.path_finder, new) == 3
assert modules.reverie.path_finder is new
assert replace_everywhere(modules, object(), new) == 0
"""
    run(tiny, script)


def test_a_sleep_in_a_move_costs_no_time(tiny: Path) -> None:
    write(
        tiny / BACKEND / "lazy_part.py",
        "from time import sleep, strftime\nimport time\n\n\ndef nap():\n  import time as inner\n"
        "  sleep(1e9), time.sleep(1e9), inner.sleep(1e9)\n",
    )
    script = """
from ga_ooo.engine.loop.fibers import Move, move_without_fiber
modules = import_host(checkout, sdks)
lazy_part = modules.gpt_structure.lazy()[2]
with move_without_fiber(Move(0, 0, "Ada", 1)):
    lazy_part.nap()
slept = []
modules.clock.sleep_outside = slept.append
lazy_part.nap()
assert slept == [1e9] * 3
import time
assert lazy_part.time.monotonic is time.monotonic and time.sleep is not lazy_part.time.sleep
"""
    run(tiny, script)


def test_names_that_a_fork_needs_are_made_up(tiny: Path) -> None:
    write(
        tiny / BACKEND / "lazy_part.py",
        "from utils import (\n  mqtt_port, use_openai, mqtt_host)\n",
    )
    text = (tiny / BACKEND / "maze.py").read_text()
    write(tiny / BACKEND / "maze.py", f"import lazy_part\n{text}")
    script = """
modules = import_host(checkout, sdks)
assert (modules.utils.mqtt_port, modules.utils.use_openai) == (0, True)
assert modules.utils.mqtt_host == "localhost"
"""
    run(tiny, script)


def test_a_package_called_utils_is_left_alone(tiny: Path) -> None:
    write(tiny / BACKEND / "utils/__init__.py", "from utils.paths import *\nhelper = 1\n")
    names = "fs_storage = fs_temp_storage = 'x'\nenv_matrix = openai_api_key = ''\ndebug = True\n"
    write(tiny / BACKEND / "utils/paths.py", names)
    script = """
folder = Path("/tmp/elsewhere")
modules = import_host(checkout, sdks, folder)
assert modules.utils.helper == 1 and not hasattr(modules.utils, "collision_block_id")
for module in (modules.utils, modules.reverie, sys.modules["utils.paths"]):
    assert (module.fs_storage, module.fs_temp_storage) == (str(folder), "x")
assert modules.setting("fs_storage", None) == str(folder)
assert modules.setting("collision_block_id", "7") == "7"
"""
    run(tiny, script)


def test_a_second_host_is_refused(tiny: Path) -> None:
    script = """
import_host(checkout, sdks)
for arguments in ((sdks, Path("/tmp/x")), ({"openai": ModuleType("openai")},)):
    try:
        import_host(checkout, *arguments)
    except HostError as error:
        assert "already imported" in error.problem
    else:
        raise AssertionError
"""
    run(tiny, script)


def test_a_module_of_the_same_name_is_refused(tiny: Path) -> None:
    script = """
sys.modules["maze"] = ModuleType("maze")
try:
    import_host(checkout, sdks)
except HostError as error:
    print(error.problem)
assert Path.cwd() != checkout.backend
"""
    assert "imported a module 'maze' already" in run(tiny, script)


BROKEN = {
    "syntax": ("maze.py", "class Maze\n", "maze.py, line 1", "correct the line"),
    "package": (
        "persona/persona.py",
        "import os\nimport no_such_package.inner\n",
        "persona/persona.py, line 2: the host needs the module 'no_such_package'",
        "another name than the package",
    ),
    "raises": ("global_methods.py", "x = 1\ny = x / 0\n", "global_methods.py, line 2", "restore"),
    "exits": ("utils.py", "import sys\nsys.exit('no key')\n", "SystemExit: no key", "restore"),
    "name": (
        "maze.py",
        "from utils import no_such_thing\n",
        "imports no_such_thing from utils (maze.py, line 1)",
        "no_such_thing = ...",
    ),
    "file": (
        "maze.py",
        "import json\nwith open('../settings.json') as f:\n  s = json.load(f)\nn = s['pace']\n",
        "settings.json is missing: maze.py reads it in line 2",
        "with the keys pace",
    ),
    "variable": (
        "maze.py",
        "import os\nkey = os.environ['NO_SUCH_KEY']\n",
        "NO_SUCH_KEY is not set: maze.py reads it in line 2",
        "export NO_SUCH_KEY=",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_failed_import_names_the_line_and_is_undone(tiny: Path, case: str) -> None:
    file, text, problem, remedy = BROKEN[case]
    path = tiny / BACKEND / file
    good = path.read_bytes() if path.exists() else b""
    write(path, text)
    script = f"""
folder, path, finders, names = Path.cwd(), list(sys.path), list(sys.meta_path), set(sys.modules)
try:
    import_host(checkout, sdks)
except HostError as error:
    print(error)
assert Path.cwd() == folder and sys.path == path and sys.meta_path == finders
left = {{name.partition(".")[0] for name in set(sys.modules) - names}}
assert not left & {{"reverie", "utils", "maze", "persona", "global_methods", "path_finder"}}, left
checkout.backend.joinpath({file!r}).write_bytes({good!r})
assert import_host(checkout, sdks).reverie
"""
    output = run(tiny, script)
    assert problem in output
    assert remedy in output


def test_a_missing_module_is_named(tiny: Path) -> None:
    (tiny / BACKEND / "persona/memory_structures/associative_memory.py").unlink()
    path = tiny / BACKEND / "persona/persona.py"
    path.write_text(
        path.read_text().replace("from persona.memory_structures.associative_memory import *\n", "")
    )
    script = """
try:
    import_host(checkout, sdks)
except HostError as error:
    print(error.problem)
"""
    assert "no module 'persona.memory_structures.associative_memory'" in run(tiny, script)


def test_real_hosts(real_copy: Path) -> None:
    before = snapshot(real_copy)
    script = """
import random, warnings
warnings.simplefilter("ignore", ResourceWarning)  # the host does not close its files
state = random.getstate()
modules = import_host(checkout, sdks)
assert random.getstate() == state
assert "openai" not in sys.modules
assert remove_sleeps(modules) > 0 or checkout.recognised == "minitown"
assert modules.main_block is not None
blocked = {row for rows in modules.maze.Maze("x").collision_maze for row in rows} - {"0"}
assert {modules.utils.collision_block_id} == blocked
assert {"perceive", "retrieve", "plan", "reflect", "execute", "converse"} <= {
    name.rpartition(".")[2] for name in modules.all}
with redirect_prints(modules, None):
    maze = modules.maze.Maze(checkout.map_name)
    assert (maze.maze_width, maze.maze_height) == checkout.map_size()
    name = next(check.name for check in checkout.scenarios() if check.scenario)
    server = modules.reverie.ReverieServer(name, "new-run")
    scenario = checkout.scenario("new-run")
assert tuple(server.personas) == scenario.persona_names
assert server.personas_tile == dict(scenario.tiles)
assert server.curr_time == scenario.curr_time
"""
    run(real_copy, script)
    written = set(snapshot(real_copy)) - set(before)
    new = f"{STORAGE}/new-run/"
    assert all(path.startswith((new, f"{FRONTEND}/temp_storage/")) for path in written), written
    assert {path: data for path, data in snapshot(real_copy).items() if path in before} == before
