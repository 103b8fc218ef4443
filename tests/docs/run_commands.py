"""Runs commands of ``ga-ooo`` one after the other, for the test of printed commands.

    python -m tests.docs.run_commands < LISTS_OF_ARGUMENTS > RESULTS

Both are JSON: lists of arguments; and for each of them the exit code and the output. Each command
has a process of its own, since a process can import one host only. It is a fork of this process,
which has imported the package before: that saves most of the time.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import tempfile
import traceback

from ga_ooo.cli.main import main

_SLOW: tuple[str, ...] = ("ga_ooo.api.functions", "ga_ooo.model.assembly", "ga_ooo.views.exports")
"""Modules whose imports take long."""


def run(arguments: list[str]) -> tuple[int, str]:
    """The exit code and the output of a command."""
    with tempfile.TemporaryFile("w+") as output:
        child = os.fork()
        if child == 0:
            for number in (1, 2):
                os.dup2(output.fileno(), number)
            os._exit(_exit_code(arguments))
        _, status = os.waitpid(child, 0)
        output.seek(0)
        return os.waitstatus_to_exitcode(status), output.read()


def _exit_code(arguments: list[str]) -> int:
    try:
        code: object = main(arguments)
    except SystemExit as error:
        code = error.code
    except BaseException:
        traceback.print_exc()
        code = 8
    sys.stdout.flush()
    sys.stderr.flush()
    return code if isinstance(code, int) else 1


if __name__ == "__main__":
    for name in _SLOW:
        importlib.import_module(name)
    json.dump([run(arguments) for arguments in json.load(sys.stdin)], sys.stdout)
