"""A run is resumed with the code, map and scenario that it began with, and with no other."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
import pytest

from ga_ooo.disk import DISK
from ga_ooo.errors import UsageError
from ga_ooo.host.checkout.checkout import Checkout
from ga_ooo.host.checkout.locate import locate
from ga_ooo.host.durable.record import (
    RunRecord,
    fingerprint_of_code,
    fingerprint_of_map,
    fingerprint_of_scenario,
)
from ga_ooo.host.durable.resumable import check_same_host, check_same_scenario
from tests.cli.conftest import FORK
from tests.minitown.conftest import MINITOWN

OTHERS = ("0" * 32, "f" * 32)
"""Fingerprints below and above any real one."""


@pytest.fixture(scope="module")
def checkout() -> Checkout:
    return locate(MINITOWN)


@pytest.fixture(scope="module")
def record(checkout: Checkout) -> RunRecord:
    """Of a run that begins now."""
    return RunRecord(
        run_id="",
        seed=0,
        revision="",
        code=fingerprint_of_code(checkout),
        map=fingerprint_of_map(checkout),
        scenario=FORK,
        scenario_content=fingerprint_of_scenario(checkout.storage / FORK, 0, DISK),
        model="",
        hash_seed="0",
        first=0,
        steps=(1,),
    )


def test_the_same_host_and_scenario(checkout: Checkout, record: RunRecord) -> None:
    check_same_host(record, checkout)
    check_same_scenario(record, checkout.storage, DISK)


@pytest.mark.parametrize("other", OTHERS)
def test_others_are_refused(checkout: Checkout, record: RunRecord, other: str) -> None:
    changed = msgspec.structs.replace
    with pytest.raises(UsageError, match="other code of the host"):
        check_same_host(changed(record, code=other), checkout)
    with pytest.raises(UsageError, match="another map"):
        check_same_host(changed(record, map=other), checkout)
    with pytest.raises(UsageError, match="has changed since"):
        check_same_scenario(changed(record, scenario_content=other), checkout.storage, DISK)
    with pytest.raises(UsageError, match="is gone"):
        check_same_scenario(changed(record, scenario="gone"), checkout.storage, DISK)


def test_a_changed_file_is_another_scenario(
    checkout: Checkout, record: RunRecord, tmp_path: Path
) -> None:
    shutil.copytree(checkout.storage / FORK, tmp_path / FORK)
    check_same_scenario(record, tmp_path, DISK)
    meta = tmp_path / FORK / "reverie" / "meta.json"
    meta.write_text(f"{meta.read_text()} ")
    with pytest.raises(UsageError, match="has changed since"):
        check_same_scenario(record, tmp_path, DISK)
