"""The flag is inserted before the first import and can be removed completely, in known revisions
and in forks; a file that is not recognised is refused and stays unchanged."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from ga_ooo.errors import HostError, UsageError
from ga_ooo.host.checkout import patching
from ga_ooo.host.checkout.locate import locate
from ga_ooo.host.checkout.patching import PatchState
from ga_ooo.host.checkout.shipped import data_folder
from tests.host.tinyhost import BACKEND, FRONTEND, REVERIE, snapshot, write

BLOCK = (
    (data_folder("patches") / "flag_block.py")
    .read_text()
    .replace('"@PYTHON@"', json.dumps(sys.executable))
)
BARE = "import json\n" + REVERIE.partition("import json\n")[2]


def put(tiny: Path, data: str | bytes) -> Path:
    path = tiny / BACKEND / "reverie.py"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def run_reverie(tiny: Path, *words: str, path: str = "", feed: str = "") -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-S", "reverie.py", *words],
        cwd=tiny / BACKEND,
        env={"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"},
        input=feed,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def test_inserted_after_the_docstring_and_removed(tiny: Path) -> None:
    checkout = locate(tiny)
    before = snapshot(tiny)
    status = patching.status(checkout)
    assert (status.state, status.exit_code, status.patch) == (PatchState.ABSENT, 1, "any-fork")
    assert snapshot(tiny) == before

    result = patching.apply(checkout)
    assert result.changed and result.status.state is PatchState.APPLIED
    head, tail = REVERIE.split("import json\n", 1)
    assert (tiny / BACKEND / "reverie.py").read_text() == head + BLOCK + "import json\n" + tail
    assert patching.status(checkout).exit_code == 0
    assert snapshot(tiny).keys() == before.keys()

    applied = snapshot(tiny)
    again = patching.apply(checkout)
    assert not again.changed and "already applied" in again.message
    assert snapshot(tiny) == applied

    assert patching.revert(checkout).changed
    assert snapshot(tiny) == before
    assert not patching.revert(checkout).changed


@pytest.mark.parametrize(
    "data",
    [
        REVERIE.replace("\n", "\r\n").encode(),
        REVERIE.rstrip("\n").encode(),
        b"\xef\xbb\xbf" + REVERIE.encode(),
        b"# -*- coding: latin-1 -*-\n# caf\xe9\n" + REVERIE.encode(),
        REVERIE.replace("import json\n", "import json\r\n").encode(),
        REVERIE.replace(
            "import json\n", "from __future__ import annotations\nimport json\n"
        ).encode(),
        BARE.encode(),
        b"\xef\xbb\xbf" + BARE.encode(),
    ],
    ids=["CRLF", "no newline", "BOM", "latin-1", "mixed", "future", "no docstring", "BOM, bare"],
)
def test_keeps_encodings_and_line_endings(tiny: Path, data: bytes) -> None:
    path = put(tiny, data)
    checkout = locate(tiny)
    patching.apply(checkout)
    patched = path.read_bytes()
    compile(patched, str(path), "exec")
    assert patched.count(b"\r\n") >= data.count(b"\r\n")
    if b"\r\n" in data and data.count(b"\r\n") == data.count(b"\n"):
        assert patched.count(b"\r\n") == patched.count(b"\n")
    assert patched.index(b"# >>> ga-ooo") < patched.index(b"import json")
    assert patching.status(checkout).state is PatchState.APPLIED
    patching.revert(checkout)
    assert path.read_bytes() == data


REFUSED = {
    "no server": (REVERIE.replace("class ReverieServer", "class Server"), "ReverieServer"),
    "server twice": (REVERIE + "\nclass ReverieServer:\n  pass\n", "2 statements"),
    "no main block": (REVERIE.partition("if __name__")[0], "no statement"),
    "no import": ("class ReverieServer:\n  pass\nif __name__ == '__main__':\n  pass\n", "import"),
    "import beside the docstring": (
        '"""Text."""; import json\nclass ReverieServer: pass\nif __name__ == "__main__": pass\n',
        "no statement",
    ),
    "syntax": (REVERIE + "print 'two'\n", "line"),
    "edited inside": (
        REVERIE.replace("import json\n", BLOCK.replace("--ooo", "--fast") + "import json\n"),
        "edited",
    ),
    "half a block": (REVERIE.replace("import json\n", "# >>> ga-ooo: x\nimport json\n"), "edited"),
    "two blocks": (REVERIE.replace("import json\n", BLOCK + BLOCK + "import json\n"), "edited"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refuses_files_that_it_does_not_recognise(tiny: Path, case: str) -> None:
    text, message = REFUSED[case]
    path = put(tiny, text)
    before = snapshot(tiny)
    checkout = locate(tiny)
    status = patching.status(checkout)
    assert status.exit_code == 2
    assert status.refusal is not None and str(path) in status.refusal.problem
    with pytest.raises(UsageError) as caught:
        patching.apply(checkout)
    assert message in caught.value.problem
    assert caught.value.remedy
    if message == "edited":
        with pytest.raises(UsageError, match="edited"):
            patching.revert(checkout)
    assert snapshot(tiny) == before


def test_keeps_mode_and_links(tiny: Path) -> None:
    path = tiny / BACKEND / "reverie.py"
    real = tiny / "real.py"
    path.rename(real)
    path.symlink_to(real)
    real.chmod(0o750)
    patching.apply(locate(tiny))
    assert path.is_symlink()
    assert stat.S_IMODE(real.stat().st_mode) == 0o750
    assert b"ga-ooo" in real.read_bytes()


def test_a_failed_write_keeps_the_file(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_space(_: int) -> None:
        raise OSError(28, "No space left on device")

    before = snapshot(tiny)
    monkeypatch.setattr(os, "fsync", no_space)
    with pytest.raises(HostError, match="No space left"):
        patching.apply(locate(tiny))
    assert snapshot(tiny) == before


def test_without_the_flag_nothing_changes(tiny: Path) -> None:
    head = REVERIE.replace("from selenium import webdriver\n", "").split("from global_methods")[0]
    tail = (
        "class ReverieServer:\n  pass\n"
        "if __name__ == '__main__':\n"
        "  print(sorted(name for name in globals()), __doc__)\n"
    )
    put(tiny, head + tail)
    before = run_reverie(tiny)
    patching.apply(locate(tiny))
    assert before[0] == 0
    assert run_reverie(tiny) == before


def test_the_flag_comes_before_all_imports(tiny: Path, tmp_path: Path) -> None:
    patching.apply(locate(tiny))
    # The host cannot be imported here (no selenium, no utils), so the flag must come first.
    code, _, errors = run_reverie(tiny)
    assert code == 1 and "selenium" in errors
    fake = tmp_path / "fake"
    write(fake / "ga_ooo/__init__.py", "")
    write(fake / "ga_ooo/host/__init__.py", "")
    write(fake / "ga_ooo/cli/flag.py", "def main(path):\n  print(path)\n  return 7\n")
    code, output, _ = run_reverie(tiny, "--ooo", path=str(fake))
    assert code == 7
    assert Path(output.strip()).name == "reverie.py"


def test_another_environment_starts_the_python_of_the_package(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With all arguments. If that Python is gone, the remedy is to patch again."""
    python = tmp_path / "a folder" / "python"
    write(python, "#!/bin/sh\nprintf '%s\\n' \"$@\"\nexit 7\n")
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    patching.apply(locate(tiny))
    monkeypatch.undo()
    code, output, errors = run_reverie(tiny, "--ooo", "--seed", "a b")
    assert code == 7, errors
    flags, module, *rest = output.splitlines()[0], output.splitlines()[2], *output.splitlines()[4:]
    assert (flags, module, rest) == ("-P", "ga_ooo.cli.flag", ["--ooo", "--seed", "a b"])
    python.unlink()
    code, _, errors = run_reverie(tiny, "--ooo")
    assert code == 1 and "call `ga-ooo patch` again" in errors and "Traceback" not in errors
    # The lines are still recognised, and now name this Python.
    assert patching.apply(locate(tiny)).changed
    assert BLOCK in (tiny / BACKEND / "reverie.py").read_text()
    assert not patching.apply(locate(tiny)).changed


@pytest.mark.parametrize("mode", [0o444, 0o555, 0o400])
def test_a_file_that_is_read_only_stays(tiny: Path, mode: int) -> None:
    path = tiny / BACKEND / "reverie.py"
    path.chmod(mode)
    before = path.read_bytes()
    with pytest.raises(HostError, match="read-only") as caught:
        patching.apply(locate(tiny))
    assert "chmod u+w" in caught.value.remedy
    assert path.read_bytes() == before and stat.S_IMODE(path.stat().st_mode) == mode


def test_minitown_has_its_own_patch(tiny: Path) -> None:
    assets = tiny / FRONTEND / "static_dirs/assets"
    shutil.move(assets / "tinyville", assets / "minitown")
    assert patching.status(locate(tiny)).patch == "minitown"


def test_real_hosts(real_copy: Path) -> None:
    names = {"upstream": "upstream-fe05a71", "school": "school-81d64c1d"}
    expected = names.get(real_copy.name, "minitown")
    path = real_copy / BACKEND / "reverie.py"
    original = path.read_bytes()
    checkout = locate(real_copy)
    assert patching.status(checkout).patch == expected
    patching.apply(checkout)
    patched = path.read_text()
    assert patched.index("# >>> ga-ooo") < patched.index("\nimport ")
    assert patched.count(BLOCK) == 1
    # A patched host is still recognised, and still has its own patch.
    again = locate(real_copy)
    assert (again.recognised, again.edited) == (checkout.recognised, ())
    assert patching.status(again).patch == expected
    patching.revert(again)
    assert path.read_bytes() == original


def test_an_edited_real_host_gets_the_general_patch(real_copy: Path) -> None:
    path = real_copy / BACKEND / "reverie.py"
    edited = path.read_text().replace("self.server_sleep = 0.1", "self.server_sleep = 0.2")
    path.write_text(edited)
    checkout = locate(real_copy)
    if checkout.recognised == "minitown":
        assert patching.status(checkout).patch == "minitown"
    else:
        assert checkout.edited == ("reverie.py",)
        assert patching.status(checkout).patch == "any-fork"
    patching.apply(checkout)
    patching.revert(checkout)
    assert path.read_text() == edited
