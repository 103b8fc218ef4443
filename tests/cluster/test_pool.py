"""How Ray is started, without Ray."""

from __future__ import annotations

import threading
from types import SimpleNamespace

import pytest

from ga_ooo.cluster import pool
from ga_ooo.cluster.frames import Facts, Setup


def test_the_thread_that_starts_ray_lives_as_long_as_ray(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ray's processes end with this thread. With ``--workers auto`` a worker is started in a thread
    that ends as soon as the worker runs."""
    threads = []
    ray = SimpleNamespace(
        init=lambda **options: threads.append(threading.current_thread()), shutdown=lambda: None
    )
    monkeypatch.setattr(pool, "_import_ray", lambda: ray)
    monkeypatch.setattr(pool, "find_spec", lambda name: ray)
    setup = Setup("host", 0, "none", (), {}, structured=False)
    with pool.RayPool(None, None, setup, Facts("", "", "", 0)) as ours:
        starting = threading.Thread(target=ours.connected)
        starting.start()
        starting.join()
        (thread,) = threads
        assert thread is not starting and thread.is_alive()
    assert not thread.is_alive()
