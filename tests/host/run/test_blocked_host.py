"""Forks made on the spot that ask the model in threads of their own, or wait for a thread for ever:
the run of the engine ends with the reason, and the process ends."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Final

from ga_ooo.host.checkout.shipped import data_folder
from ga_ooo.lab.verify.compare import compare
from tests.hosts import copy_host

FORK: Final = "demo_minitown_n5"
STORAGE: Final = Path("environment/frontend_server/storage")
ASKING: Final = Path("reverie/backend_server/persona/prompt_template/gpt_structure.py")

WORKER: Final = """

import queue
import threading
import time

_asked = queue.Queue()
_own_request = ChatGPT_request


def _work():
    while True:
        prompt, answers = _asked.get()
        for attempt in range(5):
            try:
                answers.append(_own_request(prompt))
                break
            except Exception as error:
                time.sleep(60)
        _asked.task_done()


threading.Thread(target=_work, daemon=DAEMON, name="worker").start()


def ChatGPT_request(prompt):
    answers = []
    _asked.put((prompt, answers))
    _asked.join()
    return answers[0]
"""
"""All chat calls go through one worker thread, which waits and asks again after an error."""

POOL: Final = """

from concurrent.futures import ThreadPoolExecutor

_pool = ThreadPoolExecutor(2)
_own_request = ChatGPT_request


def ChatGPT_request(prompt):
    return _pool.submit(_own_request, prompt).result()
"""

SILENT: Final = """

import sys
import threading

_never = threading.Event()
threading.Thread(target=_never.wait).start()


def ChatGPT_request(prompt):
    try:
        print("waits", file=sys.__stdout__, flush=True)
        _never.wait()
    except:
        return "the wait has failed"
"""
"""A move waits for a thread that never answers, and that the interpreter would wait for."""


class Fork:
    """A copy of minitown with other code to ask the model.

    Args:
        root: for the copy.
        code: to add.
    """

    def __init__(self, root: Path, code: str) -> None:
        self.root = copy_host(data_folder("minitown"), root / "fork", FORK)
        with (self.root / ASKING).open("a") as file:
            file.write(code)

    def start(self, name: str, *options: str) -> subprocess.Popen[str]:
        """Start a short run."""
        command = [sys.executable, "-m", "ga_ooo", "run", str(self.root), "--fork", FORK]
        command += ["--sim", name, "--steps", "2", "--no-checkpoints", *options]
        pipe, variables = subprocess.PIPE, {**os.environ, "PYTHONHASHSEED": "0"}
        return subprocess.Popen(command, env=variables, stdout=pipe, stderr=pipe, text=True)

    def run(self, name: str, *options: str) -> tuple[int, str]:
        """The exit code of a short run, and what it reports."""
        process = self.start(name, *options)
        out, errors = process.communicate(timeout=60)
        return process.returncode, out + errors


def test_a_call_of_a_worker_thread_ends_the_run(tmp_path: Path) -> None:
    """The interpreter would wait for this thread at its end."""
    code, report = Fork(tmp_path, WORKER.replace("DAEMON", "False")).run("out-of-order")
    assert code == 3
    assert "the host asks the model in a thread of its own" in report
    assert "gpt_structure.py, line" in report and "(thread 'worker')" in report
    assert "Traceback" not in report


def test_the_hosts_own_loop_may_ask_in_threads(tmp_path: Path) -> None:
    fork = Fork(tmp_path, WORKER.replace("DAEMON", "True"))
    code, report = fork.run("own-loop", "--mode", "lockstep")
    assert code == 0, report
    shutil.copyfile(data_folder("minitown") / ASKING, fork.root / ASKING)
    assert fork.run("without-thread", "--mode", "lockstep")[0] == 0
    storage = fork.root / STORAGE
    assert compare(storage / "own-loop", storage / "without-thread").equal


def test_a_pool_in_a_move_ends_the_run(tmp_path: Path) -> None:
    code, report = Fork(tmp_path, POOL).run("pool")
    assert code == 3
    assert "starts a thread in its move at step 0" in report
    assert "gpt_structure.py, line" in report


def test_a_stop_does_not_wait_for_a_thread(tmp_path: Path) -> None:
    process = Fork(tmp_path, SILENT).start("silent")
    assert process.stdout is not None
    while "waits" not in process.stdout.readline():
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    out, errors = process.communicate(timeout=60)
    assert process.returncode == 5, out + errors
    assert "the run was interrupted" in errors
