"""Running the host: the engine in the place of its server loop, with its own personas and files.

Other rooms import :func:`~ga_ooo.host.run.run.open_run` (puts a
:class:`~ga_ooo.host.run.run.Run` together from a host, a model and options), and one of the ways
to use it: :mod:`~ga_ooo.host.run.headless` (fork, run, save), :mod:`~ga_ooo.host.run.resuming`
(continue a run that was stopped) and :mod:`~ga_ooo.host.run.own_prompts` (the host's own prompts).
Inside,
:mod:`~ga_ooo.host.run.takeover` puts the engine in the place of ``start_server``,
:mod:`~ga_ooo.host.run.town_host` is the town that the engine runs,
:mod:`~ga_ooo.host.run.rehearsal` the same for rehearsals, and
:mod:`~ga_ooo.host.run.lockstep` the host's own loop, as a reference to compare with.
"""
