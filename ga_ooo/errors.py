"""One tree of errors. Every error names what is wrong and the remedy.

Exit codes are part of the command line's contract (see ``ga-ooo --help``):

==== =======================================================================
code meaning
==== =======================================================================
0    done; for ``verify`` and ``bench``: equal
1    ``verify``, ``bench``: different
2    wrong usage or wrong input (nothing was written)
3    the host cannot be used as it is
4    the model cannot be reached or refused the request
5    the run stopped at a consistent, saved step (host code failed, interrupted)
6    a causality error: a dependency rule was unsound for this host
7    the run differs from the journal that it replays or goes on with
==== =======================================================================
"""

from __future__ import annotations

from typing import ClassVar


class GaOooError(Exception):
    """Base of all errors of this package.

    Args:
        problem: what is wrong, naming the file, value, persona or step concerned.
        remedy: what the user can do about it.
    """

    exit_code: ClassVar[int] = 5

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(f"{problem}\n  remedy: {remedy}")
        self.problem = problem
        self.remedy = remedy


class UsageError(GaOooError):
    """A flag, name or file given by the user is wrong; nothing was written."""

    exit_code = 2


class HostError(GaOooError):
    """The checkout is not a host, or one that cannot be run as it is."""

    exit_code = 3


class ModelError(GaOooError):
    """The model cannot be reached, or refused a request for good.

    Attributes:
        retry_move: whether the move that asked may start over, or the run stops at once.
    """

    exit_code = 4
    retry_move: ClassVar[bool] = True


class RunStoppedError(GaOooError):
    """The run stopped early, at a consistent step that was saved."""

    exit_code = 5


class CausalityError(GaOooError):
    """A persona needed another one as it was at a step that is already past.

    Never a silently wrong answer: with a sound dependency rule it cannot happen.
    """

    exit_code = 6
