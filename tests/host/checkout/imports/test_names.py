"""What a user must write or install for a host is found in its source."""

from __future__ import annotations

from pathlib import Path

import pytest

from ga_ooo.host.checkout.imports.distributions import install_remedy
from ga_ooo.host.checkout.imports.inputs import missing_inputs
from ga_ooo.host.checkout.imports.modules import outside_imports, reachable_modules
from ga_ooo.host.checkout.imports.user_names import UNKNOWN, made_up, names_from_utils
from tests.host.tinyhost import write


def host(root: Path, **modules: str) -> Path:
    """A backend folder with these modules; ``package__module`` for one in a package."""
    for name, text in modules.items():
        write(root / f"{name.replace('__', '/')}.py", text)
    return root


def test_relative_imports_are_followed(tmp_path: Path) -> None:
    backend = host(
        tmp_path,
        reverie="from one.first import f\nimport two.inner\n",
        one__first="from . import second\nfrom .fourth import *\n",
        one__second="import fifth\n",
        one__fourth="",
        two__inner="import numpy, json\n",
        fifth="def late():\n  import never\ntry:\n  import perhaps\nexcept ImportError: pass\n",
    )
    files = [module.file for module in reachable_modules(backend)]
    assert files[0] == "reverie.py"
    assert sorted(files[1:]) == [
        "fifth.py", "one/first.py", "one/fourth.py", "one/second.py", "two/inner.py"
    ]  # fmt: skip
    assert outside_imports(backend) == {"numpy": "two/inner.py"}


def test_names_from_utils(tmp_path: Path) -> None:
    backend = host(
        tmp_path,
        reverie="from utils import (\n  mqtt_host,\n  debug)\nimport utils\nfrom other import *\n"
        "print(utils.pace, undefined)\n",
        other="from utils import *\nfrom math import *\n\ndef f(x):\n  return x + grid + pi\n",
    )
    found = names_from_utils(reachable_modules(backend))
    shown = {(use.name, use.file, use.line, use.is_certain) for use in found.values()}
    assert shown == {
        ("mqtt_host", "reverie.py", 1, True),
        ("debug", "reverie.py", 1, True),
        ("pace", "reverie.py", 6, True),
        ("undefined", "reverie.py", 6, False),
        ("grid", "other.py", 5, False),
    }


def test_a_star_import_of_a_package_may_define_anything(tmp_path: Path) -> None:
    backend = host(tmp_path, reverie="from utils import *\nfrom numpy import *\nprint(array)\n")
    assert names_from_utils(reachable_modules(backend)) == {}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("mqtt_host", "localhost"),
        ("mqtt_port", 0),
        ("use_openai", True),
        ("use_mqtt", False),
        ("azure_api_key", "none"),
        ("mqtt_movement_topic", "mqtt_movement_topic"),
        ("max_steps", UNKNOWN),
        ("data_folder", UNKNOWN),
    ],
)
def test_made_up_values(name: str, value: object) -> None:
    assert made_up(name) == value


def test_files_and_variables_that_are_read_at_import(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIVEN", "1")
    backend = host(
        tmp_path / "backend",
        reverie="""import json, os
from pathlib import Path
from common import config
where = Path("..") / "config.json"
with open(where, "r") as f:
  config = json.load(f)
print(config["model"], os.environ["GIVEN"], os.environ["ABSENT"], os.getenv("MAY_BE_ABSENT"))
os.environ["SET"] = "1"
print(os.environ["SET"])
open("log.txt", "w")
if config.get("x"):
  open("perhaps.json")
def late():
  return open("late.json"), os.environ["LATE"]
""",
        common="from reverie import config\nprint(config['key'])\n",
    )
    problems = [str(error) for error in missing_inputs(backend, reachable_modules(backend))]
    assert len(problems) == 2
    assert f"{tmp_path / 'config.json'} is missing: reverie.py reads it in line 5" in problems[0]
    assert "with the keys key, model" in problems[0]
    assert "ABSENT is not set: reverie.py reads it in line 7" in problems[1]
    (tmp_path / "config.json").write_text("{}")
    assert len(missing_inputs(backend, reachable_modules(backend))) == 1


def test_remedies_name_the_right_distribution(tmp_path: Path) -> None:
    assert install_remedy("PIL.Image", tmp_path).endswith("pip install pillow")
    assert install_remedy("openai_cost_logger", tmp_path).endswith("install openai-cost-logger")
    assert install_remedy("torch", tmp_path).endswith("pip install torch")
    assert "pip" not in install_remedy("my_own_thing", tmp_path)
    (tmp_path / "requirements.txt").write_text("# all\nMy-Own.Thing == 1.2\n-r x\n")
    assert install_remedy("my_own_thing", tmp_path).endswith("pip install My-Own.Thing")
