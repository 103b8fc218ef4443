"""Settings for all tests, and fixtures with hosts: a tiny hand-written host, and real ones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from ga_ooo.host.checkout.shipped import data_folder
from ga_ooo.options import PROVIDERS
from tests.host.tinyhost import make_host
from tests.hosts import WHERE_TO_PUT_HOSTS, copy_host, find_hosts

# No property fails because the machine is slow or busy.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")


@pytest.fixture(scope="session", autouse=True)
def own_state_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Runs of the tests leave no notes in the user's own folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        yield


@pytest.fixture(scope="session", autouse=True)
def no_api_keys() -> Iterator[None]:
    """A run without a named model asks users who have a key to choose one."""
    with pytest.MonkeyPatch.context() as patch:
        for provider in PROVIDERS.values():
            patch.delenv(provider.key_env, raising=False)
        yield


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """Root of a new tiny host."""
    return make_host(tmp_path / "tiny")


@pytest.fixture(scope="session", params=["minitown", "upstream", "school"])
def real_host(request: pytest.FixtureRequest) -> Path:
    """Root of minitown or of a real host; tests must not change it."""
    hosts = find_hosts() | {"minitown": data_folder("minitown")}
    if request.param not in hosts:
        pytest.skip(f"{request.param}: {WHERE_TO_PUT_HOSTS}")
    return hosts[request.param]


@pytest.fixture
def real_copy(real_host: Path, tmp_path: Path) -> Path:
    """Root of a copy of a real host."""
    return copy_host(real_host, tmp_path / real_host.name)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show figures of tests that passed, which they recorded as the property ``shown``."""
    for report in terminalreporter.getreports("passed"):
        if report.when == "call":
            for name, value in report.user_properties:
                if name == "shown":
                    terminalreporter.write_line(str(value))
