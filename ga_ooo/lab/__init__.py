"""Experiments with whole runs: comparing, timing, showing and simulating them.

The packages behind four commands: :mod:`~ga_ooo.lab.verify` (the host's own loop and the engine,
byte by byte), :mod:`~ga_ooo.lab.bench` (seconds of several ways to run), :mod:`~ga_ooo.lab.demo`
(both sides of the demo at the same time) and :mod:`~ga_ooo.lab.replay` (recorded runs under other
policies and on other servers). No run needs this package.

Where to add a column: ``table.py`` in ``bench`` or ``replay`` has the head and the rows of the
table. The values come from ``Timing`` in ``bench/running.py``, and from ``Outcome`` in
``replay/running.py`` by way of ``CaseResult`` in ``replay/cases.py``. The folder ``benchmarks/``
beside the package measures parts of the package, not whole runs.
"""
