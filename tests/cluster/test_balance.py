"""``--workers auto``: when a worker starts and ends."""

from __future__ import annotations

from collections.abc import Iterable

from ga_ooo.cluster.balance import Load, WorkerBalance


def changes(balance: WorkerBalance, loads: Iterable[Load]) -> list[int]:
    return [balance.look(load) for load in loads]


def test_no_worker_where_servers_are_slow() -> None:
    balance = WorkerBalance(8)
    assert set(changes(balance, [Load(0.1, 0.5, [])] * 50)) == {0}


def test_no_worker_where_rehearsals_are_not_the_work() -> None:
    assert set(changes(WorkerBalance(8), [Load(0.9, 0.1, [])] * 50)) == {0}


def test_a_worker_starts_where_rehearsals_are_the_limit() -> None:
    assert changes(WorkerBalance(8), [Load(0.3, 0.65, [])] * 2) == [0, 1]


def test_one_busy_moment_starts_nothing() -> None:
    busy, calm = Load(0.3, 0.65, []), Load(0.1, 0.2, [])
    assert changes(WorkerBalance(8), [busy, calm, busy, calm]) == [0, 0, 0, 0]


def test_more_workers_while_they_are_the_limit() -> None:
    balance = WorkerBalance(2)
    assert changes(balance, [Load(0.4, 0.0, [0.95])] * 2) == [0, 1]
    # There is no third core.
    assert changes(balance, [Load(0.5, 0.0, [0.95, 0.9])] * 4) == [0] * 4


def test_no_more_workers_where_the_main_process_is_the_limit() -> None:
    assert set(changes(WorkerBalance(8), [Load(0.97, 0.0, [0.95])] * 9)) == {0}


def test_a_worker_that_is_not_needed_ends() -> None:
    balance = WorkerBalance(8)
    assert changes(balance, [Load(0.3, 0.0, [0.2, 0.2])] * 2) == [0, -1]
    assert changes(balance, [Load(0.1, 0.0, [0.3])] * 2) == [0, -1]


def test_the_last_worker_is_not_started_again_at_once() -> None:
    balance, busy = WorkerBalance(1), Load(0.3, 0.65, [])
    pauses = []
    for _ in range(3):
        assert changes(balance, [Load(0.1, 0.0, [0.1])] * 2)[-1] == -1
        found = changes(balance, [busy] * 200)
        pauses.append(found.index(1))
    assert pauses[0] > 10
    assert pauses[1] > 1.5 * pauses[0] and pauses[2] > 1.5 * pauses[1]


def test_a_machine_with_one_core_has_no_worker() -> None:
    assert set(changes(WorkerBalance(0), [Load(0.3, 0.7, [])] * 9)) == {0}
