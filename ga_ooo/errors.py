"""One tree of errors. Every error says what is wrong and gives a remedy.

Exit codes are part of the interface of the command line (see ``ga-ooo --help``):

==== =======================================================================
code meaning
==== =======================================================================
0    done; for ``verify`` and ``bench``: equal
1    ``verify``, ``bench``: different; ``check``: damage was found
2    wrong usage or wrong input (nothing was written)
3    the host cannot be used as it is
4    the model cannot be reached or refused the request
5    the run stopped at a consistent, saved step (host code failed, interrupted)
6    a causality error (a dependency rule was unsound for this host) or a deadlock
7    the run differs from the journal that it replays or resumes
8    an unexpected error: a defect of ga_ooo or of a plugin
==== =======================================================================
"""

from __future__ import annotations

from typing import ClassVar


class GaOooError(Exception):
    """Base of all errors of this package.

    Args:
        problem: what is wrong, naming the file, value, persona or step.
        remedy: what the user can do about it.
    """

    exit_code: ClassVar[int] = 5

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem, remedy)
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.problem}\n  remedy: {self.remedy}"


class UsageError(GaOooError):
    """A flag, name or file given by the user is wrong; nothing was written."""

    exit_code = 2


class HostError(GaOooError):
    """The checkout is not a host, or one that cannot be run as it is."""

    exit_code = 3


class ModelError(GaOooError):
    """The model cannot be reached, or refused a request for good.

    Attributes:
        retry_move: whether the move that asked may start again; otherwise the run stops at once.
    """

    exit_code = 4
    retry_move: ClassVar[bool] = True


class RunStoppedError(GaOooError):
    """The run stopped early, at a consistent step that was saved."""

    exit_code = 5


class SchedulingError(GaOooError):
    """The dependencies between personas did not hold, or nobody could continue.

    Attributes:
        stimulus_log: text from which :func:`ga_ooo.engine.stimulus_log.rebuild` makes the scheduler
            as it was at the error; empty before the engine has ended the run.
    """

    exit_code = 6
    stimulus_log: str = ""


class CausalityError(SchedulingError):
    """A persona needed another one as it was at a step that is already past.

    With a sound dependency rule it cannot happen. It ends the run instead of a wrong result.
    """


class DeadlockError(SchedulingError):
    """No persona can continue and no answer is awaited. A defect: it cannot happen.

    Args:
        waits: who waits for whom, in words.
    """

    def __init__(self, waits: str) -> None:
        super().__init__(
            f"deadlock: no persona can continue\n{waits}",
            "this is a defect of ga_ooo or of a plugin, please report it; "
            "resume the run from the step that was saved",
        )


def install_command(extra: str = "") -> str:
    """The command that installs this package from a clone: no package index has it yet.

    Args:
        extra: an optional extra, such as ``vllm``; empty for none.
    """
    return f"pip install 'PATH/TO/CLONE{f'[{extra}]' if extra else ''}'"
