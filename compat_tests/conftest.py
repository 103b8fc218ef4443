"""Minitown and each host that is found, each as a copy that the tests of a session share."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from compat_tests.recipes import Found, find_all
from compat_tests.town import Town, copy_of
from tests.conftest import own_state_folder

__all__ = ["own_state_folder"]

FOUND = list(find_all())


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test once per host, and tests of a ``stretch`` or a ``day`` once for each of them in
    the recipe. A known host that was not found is skipped, with the reason."""
    if "town" not in metafunc.fixturenames:
        return
    for name, part in (("stretch", "stretches"), ("day", "days")):
        if name in metafunc.fixturenames:
            pairs = [
                pytest.param(found, stretch, id=f"{found.name}-{stretch}", marks=marks(found))
                for found in FOUND
                for stretch in (getattr(found.recipe, part) if found.recipe else (None,))
            ]
            metafunc.parametrize(("town", name), pairs, indirect=["town"], scope="session")
            return
    hosts = [pytest.param(found, id=found.name, marks=marks(found)) for found in FOUND]
    metafunc.parametrize("town", hosts, indirect=True, scope="session")


def marks(found: Found) -> list[pytest.MarkDecorator]:
    """Skip a host that cannot be tested, with the reason."""
    return [pytest.mark.skip(found.skip_reason)] if found.skip_reason else []


@pytest.fixture(scope="session")
def pool() -> Iterator[ThreadPoolExecutor]:
    """Runs two child processes at a time: the smallest machine has two cores."""
    pool = ThreadPoolExecutor(2)
    yield pool
    pool.shutdown(cancel_futures=True)


@pytest.fixture(scope="session")
def town(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    pool: ThreadPoolExecutor,
) -> Town:
    """A copy of a host, shared by the tests of this session."""
    found: Found = request.param
    assert found.recipe is not None and found.root is not None
    root = copy_of(found.root, tmp_path_factory.mktemp(found.name) / found.name)
    town = Town(found.recipe, found.root, root, pool)
    # Saved simulations take longest, so they start first and run in parallel.
    for stretch in found.recipe.stretches:
        town.prepare(stretch)
    return town
