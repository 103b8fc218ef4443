"""The live view of runs: what a user at a terminal, a pipe or a program sees while they run.

One :class:`~ga_ooo.live.figures.Figures` holds everything that is shown. The observer
:class:`~ga_ooo.live.counting.counter.RunCounter` makes it from the events of a run, and three
renderers show it: :mod:`~ga_ooo.live.terminal`, :mod:`~ga_ooo.live.plain` and
:mod:`~ga_ooo.live.json_lines`. From outside: these, :mod:`~ga_ooo.live.showing`, which chooses a
renderer and runs it in a thread, :mod:`~ga_ooo.live.figures_file` and
:mod:`~ga_ooo.live.processes`, by which another process follows a run, and
:mod:`~ga_ooo.live.redraw`.
"""
