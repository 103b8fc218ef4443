"""``ga-ooo run`` as a process of its own: its output, files and exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from ga_ooo.scripted.server import ServerThread
from tests.cli.conftest import FORK, STORAGE


def run(host: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run it with no hash seed set, as from a user's shell."""
    inherited = {name: text for name, text in os.environ.items() if name != "PYTHONHASHSEED"}
    return subprocess.run(
        [sys.executable, "-m", "ga_ooo", "run", str(host), *arguments],
        env={**inherited, **environment},
        cwd=host,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_scenario_without_movement_runs(host: Path) -> None:
    assert not (host / STORAGE / FORK / "movement").exists()
    done = run(host, "--fork", FORK, "--sim", "new", "--steps", "3+2", "--host-log", "log.txt")
    assert done.returncode == 0, done.stderr
    assert "25 persona steps" in done.stdout and done.stderr == ""
    assert "the scripted model answers: canned answers, not for research\n" in done.stdout
    simulation = host / STORAGE / "new"
    assert {path.name for path in (simulation / "movement").iterdir()} == {
        f"{step}.json" for step in range(5)
    }
    meta = json.loads((simulation / "reverie" / "meta.json").read_text())
    assert (meta["step"], meta["fork_sim_code"]) == (5, FORK)
    # Prompts may be in it.
    assert (host / "log.txt").stat().st_mode & 0o777 == 0o600


def test_relative_folders_are_relative_to_the_users_working_folder(host: Path) -> None:
    storage = host / "mine"
    (storage / FORK).parent.mkdir()
    (host / STORAGE / FORK).rename(storage / FORK)
    flags = ("--storage", "mine", "--temp-storage", "shared")
    done = run(host, "--fork", FORK, "--sim", "new", "--steps", "2", *flags)
    assert done.returncode == 0, done.stderr
    assert (storage / "new" / "movement" / "1.json").is_file()
    assert (host / "shared" / "curr_sim_code.json").is_file()
    assert not (host / STORAGE / "new").exists()


def test_a_file_where_the_shared_folder_is_to_be(host: Path) -> None:
    (host / "shared").write_text("mine")
    flags = ("--steps", "2", "--temp-storage", "shared")
    done = run(host, "--fork", FORK, "--sim", "new", *flags)
    assert done.returncode == 3, done.stderr
    assert "shared is not a folder" in done.stderr and "Traceback" not in done.stderr
    assert not (host / STORAGE / "new").exists()


def test_an_interactive_run_whose_input_ends(host: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ga_ooo", "reverie", str(host)],
        input=f"{FORK}\nnew\nrun 2\n",
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert "end it with `fin`" in done.stderr and "Traceback" not in done.stderr


def test_measures_for_programs(host: Path) -> None:
    flags = ("--fork", FORK, "--sim", "new", "--steps", "2", "--measures", "told.json")
    with ServerThread() as server:
        model = ("--model-url", server.url, "--model-name", "scripted")
        done = run(host, *flags, *model)
    assert done.returncode == 0, done.stderr
    message = json.loads((host / "told.json").read_text())
    assert message["persona_steps"] == 10 and message["seconds"] > 0
    (answered,) = message["servers"].values()
    assert answered["answers"] >= message["calls"] > 0
    assert answered["tokens_out"] > 0 and answered["busy_seconds"] > 0
    again = run(host, "--fork", FORK, "--sim", "other", *flags[4:])
    assert again.returncode == 2 and "told.json exists already" in again.stderr
    assert not (host / STORAGE / "other").exists()


def test_the_profile_of_rehearsals_is_kept_with_the_simulation(host: Path) -> None:
    """A fork begins with this profile. A damaged one is named, and the run continues without it."""
    virtual = ("--clock", "virtual", "--latency", "0.05:0.02:0.0001")

    def profile(simulation: str) -> Path:
        return host / STORAGE / simulation / "ga_ooo" / "profile.json"

    first = run(host, "--fork", FORK, "--sim", "first", "--steps", "40", *virtual)
    assert first.returncode == 0, first.stderr
    learned = json.loads(profile("first").read_text())
    assert learned["rates"] and "prompt" not in learned
    # Nothing of what was outcome: that would name them.
    for persona in (host / STORAGE / "first" / "personas").iterdir():
        assert persona.name not in profile("first").read_text()

    off = run(host, "--fork", "first", "--sim", "off", "--steps", "2", "--runahead", "0", *virtual)
    assert off.returncode == 0, off.stderr
    assert profile("off").read_bytes() == profile("first").read_bytes()
    # Its journal and its checkpoints are its own.
    assert {path.name for path in profile("off").parent.iterdir()} >= {"run.json"}
    assert (profile("first").parent / "checkpoints" / "40").is_dir()
    assert not (profile("off").parent / "checkpoints" / "40").exists()

    profile("first").write_text("{")
    broken = run(host, "--fork", "first", "--sim", "broken", "--steps", "2", *virtual)
    assert broken.returncode == 0
    assert "profile.json is of no use" in broken.stderr and "learn anew" in broken.stderr


def test_a_process_that_starts_again_has_imported_little() -> None:
    """A run starts its process again for a hash seed, and imports again what it has imported."""
    ask = (
        "import sys; from ga_ooo.cli.finding import find_command; find_command('run'); "
        "find_command('resume'); print('numpy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_the_summary_shows_no_control_characters(host: Path) -> None:
    """A folder from somebody else may name its journal so that a terminal would be cleared."""
    journal = host / "\x1b[2J.sqlite"
    done = run(host, "--fork", FORK, "--sim", "new", "--steps", "2", "--journal", str(journal))
    assert done.returncode == 0 and journal.is_file()
    assert "\x1b" not in done.stdout and r"\x1b[2J.sqlite" in done.stdout
