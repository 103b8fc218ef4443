"""``ga-ooo replay``: a simulation of recorded runs under other policies and on other servers.

No host and no model is needed: only the model's answers take (simulated) time. A *policy* decides
which persona step may start when (:mod:`~ga_ooo.lab.replay.schedules`), and which calls are asked
before their persona step makes them (:mod:`~ga_ooo.lab.replay.prefetches`). A *serving model* says
how long an answer takes (:mod:`~ga_ooo.lab.replay.serving`). From outside:
:func:`~ga_ooo.lab.replay.cases.run_case`, :mod:`~ga_ooo.lab.replay.table`,
:mod:`~ga_ooo.lab.replay.plots`, and the names in :mod:`~ga_ooo.lab.replay.policies` and
:mod:`~ga_ooo.lab.replay.serving`.
"""
