"""Carries out the instructions of the scheduler: host code in greenlets on one asyncio loop.

``engine`` is the driver of a run. It needs a ``host`` (a protocol: how to begin, run, undo, commit
and retire moves) and may be given ``idle`` work (a protocol, which runahead implements). ``fibers``
suspends host code where it has to wait, ``pending`` keeps the model calls under way, ``attempts``
decides when a move that fails is given up, ``defects`` ends the run on an error of code that nobody
waits for, and ``pausing`` pauses a run for a user.

From outside, use ``engine``, ``fibers``, ``host``, ``idle``, ``measures``, ``clock``,
``collector``, ``defects``, ``pausing`` and the errors in ``attempts``.
"""
