"""Resuming a simulation that somebody else began: what its folder says is never obeyed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ga_ooo.disk import DISK
from ga_ooo.errors import UsageError
from ga_ooo.host.durable.record import RECORD_FILE, checksum_of, read_record
from tests.cli.conftest import FORK, STORAGE
from tests.minitown.conftest import MINITOWN

MARK = "the plugin ran"
PLUGIN = f"from pathlib import Path\nPath(__file__).with_name('mark').write_text({MARK!r})\n"


def ga_ooo(*arguments: object, cwd: Path, state: Path) -> subprocess.CompletedProcess[str]:
    """One command, of a user whose state folder this is."""
    environment = {**os.environ, "XDG_STATE_HOME": str(state), "PYTHONPATH": str(cwd)}
    return subprocess.run(
        [sys.executable, "-P", "-m", "ga_ooo", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        env=environment,
        umask=0,
    )


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a host and the run ``sim`` of another user, who loaded a plugin."""
    folder = tmp_path_factory.mktemp("begun")
    shutil.copytree(MINITOWN, folder / "host")
    (folder / "theirs.py").write_text(PLUGIN)
    options = ("--checkpoint-every", "4", "--plugin", "theirs", "--journal", folder / "j.sqlite")
    done = ga_ooo(
        *("run", "host", "--fork", FORK, "--sim", "sim", "--steps", "8", *options),
        cwd=folder,
        state=folder / "their-state",
    )
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def handed_on(begun: Path, tmp_path: Path) -> Path:
    """The same at another user, who has the host, the simulation and, by chance, the module."""
    for name in ("host", "theirs.py"):
        source, target = begun / name, tmp_path / name
        shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)
    return tmp_path


def record_of(folder: Path) -> Path:
    """The record of the run."""
    return folder / "host" / STORAGE / "sim" / RECORD_FILE


def resume(folder: Path, *flags: object) -> subprocess.CompletedProcess[str]:
    """Resume it, as the other user."""
    return ga_ooo(
        *("resume", "host", "sim", "--steps", "12", *flags), cwd=folder, state=folder / "state"
    )


def refused(done: subprocess.CompletedProcess[str], *words: str) -> None:
    """One message with problem and remedy, and nothing else."""
    assert done.returncode in (2, 3), done.stderr
    assert "Traceback" not in done.stderr
    assert "remedy:" in done.stderr
    for word in words:
        assert word in done.stderr


def test_the_record_says_where_nothing_is(begun: Path) -> None:
    """Neither servers nor files, and no option of the command line."""
    text = record_of(begun).read_text()
    assert str(begun) not in text
    assert json.loads(text).keys() & {"settings", "model_url", "config"} == set()


def test_ones_own_run_needs_no_flags(begun: Path) -> None:
    """Neither the plugin nor the journal is named again. The next step needs both."""
    done = ga_ooo(
        *("resume", "host", "sim", "--steps", "9"), cwd=begun, state=begun / "their-state"
    )
    assert done.returncode == 0, done.stderr
    assert str(begun / "j.sqlite") in done.stdout


def test_a_plugin_is_asked_for_and_not_loaded(handed_on: Path) -> None:
    refused(resume(handed_on), "'theirs'", "--plugin")
    assert not (handed_on / "mark").exists()


def test_a_journal_elsewhere_is_asked_for(handed_on: Path) -> None:
    refused(resume(handed_on, "--plugin", "theirs"), "lies outside the simulation", "--journal")


def change(folder: Path, **values: Any) -> None:
    """Replace fields of the record."""
    path = record_of(folder)
    path.write_text(signed({**json.loads(path.read_text()), **values}))


def signed(values: dict[str, Any]) -> str:
    """A record with these values, and with the checksum that they have."""
    rest = {name: value for name, value in values.items() if name != "checksum"}
    return json.dumps({**rest, "checksum": checksum_of(rest)})


def test_servers_are_asked_for(handed_on: Path) -> None:
    model = {"structured_outputs": False, "prompts": {}, "served": ["llama"]}
    change(handed_on, plugins=[], has_outer_journal=False, model=json.dumps(model))
    refused(resume(handed_on), "llama", "--model-url")


def test_a_configuration_file_in_the_simulation_is_not_read(handed_on: Path) -> None:
    change(handed_on, plugins=[], has_outer_journal=False)
    simulation = handed_on / "host" / STORAGE / "sim"
    (simulation / "ga-ooo.toml").write_text('[model]\nname = "x"\n')
    done = ga_ooo(
        *("resume", handed_on / "host", "sim", "--steps", "12"),
        cwd=simulation,
        state=handed_on / "state",
    )
    refused(done, "ga-ooo.toml", "lies in the simulation")


HOSTILE: dict[str, list[Any]] = {
    "journal": ["/etc/passwd", "../../x.sqlite", "a/../../b", "", "a\0b", 7],
    "scenario": ["../..", "/etc", "", "a/b", "a\0b", None],
    "hash_seed": ["-1", "4294967296", "x", "\u00b2", 5],
    "steps": [[], [0], [-1], [1.5], ["1"], [10**12], "8640"],
    "first": [-1, 1.5, 10**12, "0", None],
    "seed": [10**30, "0", None, 0.5],
    "run_id": ["../x", "z" * 32, 5],
    "code": ["../x", 5],
    "model": ["{", "[]", '{"served": 5}', '{"unknown": 1}', 5, "\ud800"],
    "plugins": ["os", [5], {"os": 1}],
    "format": [1, 3, "2", None],
    "settings": [{"run.plugins": ["os"]}],
}


@pytest.mark.parametrize(("field", "value"), [(f, v) for f, vs in HOSTILE.items() for v in vs])
def test_a_hostile_field_is_refused(begun: Path, tmp_path: Path, field: str, value: Any) -> None:
    values = {**json.loads(record_of(begun).read_text()), field: value}
    (tmp_path / RECORD_FILE).parent.mkdir()
    (tmp_path / RECORD_FILE).write_text(signed(values))
    with pytest.raises(UsageError) as raised:
        read_record(tmp_path)
    assert raised.value.remedy


@given(st.binary() | st.text().map(str.encode))
@example(b'{"format": 2, "package": "", "more": ' + b"[" * 100_000)
def test_any_bytes_are_refused(content: bytes) -> None:
    folder = Path(os.environ["XDG_STATE_HOME"]) / "any"
    (folder / RECORD_FILE).parent.mkdir(parents=True, exist_ok=True)
    (folder / RECORD_FILE).write_bytes(content)
    with pytest.raises(UsageError):
        read_record(folder)


def link(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.symlink_to("/etc/passwd")


def dangling(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.symlink_to("/nowhere/at/all")


def pipe(path: Path) -> None:
    path.unlink(missing_ok=True)
    os.mkfifo(path)


ODD_PATHS = [
    RECORD_FILE,
    "reverie/meta.json",
    "movement/0.json",
    "ga_ooo/checkpoints/8/ga_ooo/state.msgpack",
    "ga_ooo/checkpoints/8/ga_ooo/manifest.json",
    "ga_ooo/checkpoints/99",
    "ga_ooo/profile.json",
]


@pytest.mark.parametrize("odd", [link, dangling, pipe])
@pytest.mark.parametrize("where", ODD_PATHS)
def test_an_odd_file_is_refused(handed_on: Path, odd: Callable[[Path], None], where: str) -> None:
    odd(handed_on / "host" / STORAGE / "sim" / where)
    refused(resume(handed_on), "is no plain file", where.rpartition("/")[2])


def test_a_linked_folder_is_not_emptied(handed_on: Path) -> None:
    outside = handed_on / "outside"
    outside.mkdir()
    (outside / "keep").write_text("mine")
    (handed_on / "host" / STORAGE / "sim/ga_ooo/checkpoints/.9.old").symlink_to(outside)
    refused(resume(handed_on), "is no plain file")
    DISK.remove_folder(handed_on / "host" / STORAGE / "sim")
    assert (outside / "keep").read_text() == "mine"


def test_odd_digits_are_no_step(handed_on: Path) -> None:
    checkpoints = handed_on / "host" / STORAGE / "sim/ga_ooo/checkpoints"
    for name in ("\u00b2", "\u0663", "007", "1e3", "99999999999999999999"):
        (checkpoints / name).mkdir()
    change(handed_on, plugins=[], has_outer_journal=False)
    done = resume(handed_on)
    assert done.returncode == 0, done.stderr


def test_a_manifest_names_no_file_outside(handed_on: Path) -> None:
    change(handed_on, plugins=[], has_outer_journal=False)
    checkpoints = (handed_on / "host" / STORAGE / "sim/ga_ooo/checkpoints").iterdir()
    newest = max(checkpoints, key=lambda folder: int(folder.name))
    manifest = newest / "ga_ooo/manifest.json"
    values = json.loads(manifest.read_text())
    values["files"]["../../../../../../../etc/passwd"] = "0"
    manifest.write_text(json.dumps(values))
    done = resume(handed_on)
    assert done.returncode == 0, done.stderr
    assert "names a file" in done.stderr


def test_own_files_are_their_owners(begun: Path) -> None:
    """Whatever the umask: these processes have none."""
    own = begun / "host" / STORAGE / "sim" / "ga_ooo"
    checkpoints = own / "checkpoints"
    notes = begun / "their-state" / "ga-ooo"
    newest = max(checkpoints.iterdir(), key=lambda path: int(path.name))
    folders = [own, checkpoints, newest, newest / "ga_ooo", notes.parent, notes, notes / "runs"]
    assert {path.name for path in own.iterdir()} >= {"record.sqlite", "run.json", "profile.json"}
    files = [
        path
        for folder in (own, newest / "ga_ooo", notes / "runs")
        for path in folder.iterdir()
        if path.is_file()
    ]
    assert {str(path): oct(path.stat().st_mode & 0o777) for path in folders} == {
        str(path): "0o700" for path in folders
    }
    assert {str(path): oct(path.stat().st_mode & 0o777) for path in files} == {
        str(path): "0o600" for path in files
    }
