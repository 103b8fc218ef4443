"""Checkouts whose folders are elsewhere, or whose server has another name."""

from __future__ import annotations

from pathlib import Path

import pytest

from ga_ooo.cli.doctor import Severity, diagnose, render
from ga_ooo.errors import HostError, UsageError
from ga_ooo.host.checkout.locate import locate
from ga_ooo.options.config_file import read_config
from tests.host.tinyhost import BACKEND, STORAGE

LAYOUT = '[host]\nbackend = "server"\nstorage = "data/storage"\nassets = "data/assets"\n'


@pytest.fixture
def moved(tiny: Path) -> Path:
    """The tiny host with its folders elsewhere, and its server under another name."""
    (tiny / "data").mkdir()
    (tiny / BACKEND).rename(tiny / "server")
    (tiny / STORAGE).rename(tiny / "data/storage")
    (tiny / "environment/frontend_server/static_dirs/assets").rename(tiny / "data/assets")
    reverie = tiny / "server/reverie.py"
    reverie.write_text(reverie.read_text().replace("ReverieServer", "TownServer"))
    return tiny


def test_a_checkout_that_names_its_folders(moved: Path) -> None:
    with pytest.raises(HostError, match="has no reverie/backend_server"):
        locate(moved)
    (moved / "ga-ooo.toml").write_text(LAYOUT)
    checkout = locate(moved)
    assert locate(moved / "server").root == moved
    assert checkout.backend == moved / "server"
    assert checkout.storage == moved / "data/storage"
    assert checkout.temp_storage == moved / "data/temp_storage"
    assert checkout.assets == moved / "data/assets"
    assert render(diagnose(moved)).endswith("this host can run")
    assert read_config(moved / "ga-ooo.toml", ()).values == {}


@pytest.mark.parametrize("key", ["backend", "storage", "assets"])
def test_each_folder_moves_alone(tiny: Path, key: str) -> None:
    usual = {
        "backend": tiny / BACKEND,
        "storage": tiny / STORAGE,
        "assets": tiny / "environment/frontend_server/static_dirs/assets",
    }
    moved = tiny / "moved/elsewhere"
    moved.parent.mkdir()
    usual[key].rename(moved)
    if key != "backend":
        with pytest.raises(HostError, match=r"missing\n.*\[host\] of its ga-ooo.toml"):
            locate(tiny)
    (tiny / "ga-ooo.toml").write_text(f'[host]\n{key} = "moved/elsewhere"\n')
    checkout = locate(tiny)
    found = {name: getattr(checkout, name) for name in usual}
    assert found == {**usual, key: moved}
    assert locate(checkout.backend).root == tiny
    assert render(diagnose(tiny)).endswith("this host can run")


def test_a_server_of_another_name(moved: Path) -> None:
    (moved / "ga-ooo.toml").write_text(LAYOUT)
    fine = [each.text for each in diagnose(moved).findings if each.severity is Severity.OK]
    assert any("nothing that the engine leaves out" in text for text in fine)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ('[host]\nbackand = "server"', "there is no key host.backand"),
        ('[host]\nbackend = "nowhere"', "host.backend = 'nowhere' is no folder"),
        ("[host]\nbackend = 3", "host.backend = 3 is no folder"),
        ("host = 3", "host is no table"),
    ],
)
def test_wrong_tables(tiny: Path, content: str, problem: str) -> None:
    (tiny / "ga-ooo.toml").write_text(content)
    with pytest.raises(UsageError, match=problem):
        locate(tiny)
