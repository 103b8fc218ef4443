"""A copy of a checkout is complete, and a run in the copy cannot change the checkout."""

from __future__ import annotations

from pathlib import Path

from ga_ooo.host.checkout.locate import locate
from ga_ooo.lab.verify.copies import CheckoutCopy, changed_files, copy_checkout, own_stamps
from tests.host.tinyhost import (
    BACKEND,
    FRONTEND,
    SCENARIO,
    STORAGE,
    make_host,
    make_scenario,
    snapshot,
    write,
)


def copied(root: Path, to: Path) -> CheckoutCopy:
    return copy_checkout(locate(root), SCENARIO, to / "side")


def test_everything_is_copied_but_what_no_run_reads(tiny: Path, tmp_path: Path) -> None:
    before = snapshot(tiny)
    for name in (".git/HEAD", "venv/pyvenv.cfg", "venv/lib/x.py", "a/__pycache__/b.pyc"):
        write(tiny / name, "x")
    for name in ("finished run", "base_named", "verify"):
        make_scenario(tiny, name)
    # A folder that a run of a fork left behind is in the way too.
    (tiny / STORAGE / "verify/reverie/meta.json").unlink()
    write(tiny / BACKEND / "later.py", "# starts from base_named, to verify it\n")
    copy = copied(tiny, tmp_path)
    after = snapshot(copy.root)
    named = {name for name in after if "/base_named/" in name}
    assert len(named) == 12
    assert {*before, *named, f"{BACKEND}/later.py"} == set(after)
    assert all(after[name] == content for name, content in before.items())


def test_a_written_file_is_in_the_copy_only(tiny: Path, tmp_path: Path) -> None:
    before = snapshot(tiny)
    copy = copied(tiny, tmp_path)
    assert copy.changed() == set()
    (copy.root / BACKEND / "maze.py").write_text("other")
    (copy.root / BACKEND / "lazy_part.py").unlink()
    write(copy.simulation / "movement/0.json", "{}")
    write(copy.simulation / "ga_ooo/journal.sqlite", "not of the host")
    at = "checkout"
    assert copy.changed() == {
        f"{at}/{BACKEND}/maze.py",
        f"{at}/{BACKEND}/lazy_part.py",
        f"{at}/{STORAGE}/verify/movement/0.json",
    }
    assert snapshot(tiny) == before


def test_folders_outside_of_the_checkout_are_copied_too(tiny: Path, tmp_path: Path) -> None:
    storage = tmp_path / "simulations"
    (tiny / STORAGE).rename(storage)
    write(tiny / BACKEND / "utils.py", f"fs_storage = {str(storage)!r}\n")
    copy = copied(tiny, tmp_path)
    assert copy.storage == copy.folder / "storage"
    assert (copy.storage / SCENARIO / "reverie/meta.json").is_file()
    write(copy.simulation / "x", "x")
    assert copy.changed() == {"storage/verify/x"}
    assert not (storage / "verify").exists()


def test_no_link_leads_back(tiny: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    write(outside / "notes.txt", "of the user")
    (tiny / "notes").symlink_to(outside)
    (tiny / "one").symlink_to(outside / "notes.txt")
    (tiny / "backend").symlink_to(tiny / BACKEND)
    (tiny / "up").symlink_to("..")
    (outside / "round").symlink_to(outside)
    (tiny / "nowhere").symlink_to("no such file")
    root = copied(tiny, tmp_path).root
    for name in ("notes/notes.txt", "one", "backend/new.txt"):
        (root / name).write_text("changed")
    assert (outside / "notes.txt").read_text() == "of the user"
    assert (root / BACKEND / "new.txt").is_file() and not (tiny / BACKEND / "new.txt").exists()
    assert not any((root / name).is_symlink() for name in ("up", "nowhere", "notes/round"))


def test_the_absolute_path_of_the_checkout_becomes_that_of_the_copy(
    tiny: Path, tmp_path: Path
) -> None:
    other = make_host(tmp_path / "tiny2")
    text = f'LOG = "{tiny}/log.txt"\nOTHER = "{other}/log.txt"\n'
    write(tiny / BACKEND / "paths.py", text)
    write(tiny / STORAGE / SCENARIO / "notes.json", f'"{tiny}"')
    copy = copied(tiny, tmp_path)
    renamed = (copy.root / BACKEND / "paths.py").read_text()
    assert renamed == f'LOG = "{copy.root}/log.txt"\nOTHER = "{other}/log.txt"\n'
    notes = copy.storage / SCENARIO / "notes.json"
    assert notes.read_text() == f'"{tiny}"', "what a simulation holds is data"


def test_the_sides_may_lie_in_the_checkout(tiny: Path) -> None:
    copy = copied(tiny, tiny / "kept")
    assert not (copy.root / "kept").exists()


def test_changes_of_the_checkout_itself_are_noticed(tiny: Path, tmp_path: Path) -> None:
    host = locate(tiny)
    before = own_stamps(host, SCENARIO, tmp_path)
    assert not changed_files(before, own_stamps(host, SCENARIO, tmp_path))
    (tiny / FRONTEND / "log.txt").write_text("by an absolute path")
    found = changed_files(before, own_stamps(host, SCENARIO, tmp_path))
    assert found == {f"{FRONTEND}/log.txt"}
