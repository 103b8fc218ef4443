"""Experiments with whole runs: comparing, timing, showing and simulating them.

One package for each command of the command line: :mod:`~ga_ooo.lab.verify` (the host's own loop
and the engine, byte by byte), :mod:`~ga_ooo.lab.bench` (seconds of several ways to run),
:mod:`~ga_ooo.lab.demo` (both sides of the demo at the same time) and :mod:`~ga_ooo.lab.replay`
(recorded runs under other policies and on other servers). No run needs this package.
"""
