"""What a run leaves on disk so that it can be resumed after a stop at any moment.

``host.run`` imports :mod:`~ga_ooo.host.durable.keeper` (when checkpoints are written),
:mod:`~ga_ooo.host.durable.folder` (checkpoints on disk), :mod:`~ga_ooo.host.durable.host_save`
(the host's own save) and :mod:`~ga_ooo.host.durable.state` (the exact state of all personas). The
command line imports :mod:`~ga_ooo.host.durable.record` (what a run is),
:mod:`~ga_ooo.host.durable.resumable` (whether it can be resumed) and
:mod:`~ga_ooo.host.durable.run_journal` (which journal belongs to it). ``check`` imports
:mod:`~ga_ooo.host.durable.damage`, which reads what :mod:`~ga_ooo.host.durable.step_digests`
(digests of the step files) notes. Two caches make the next run faster:
:mod:`~ga_ooo.host.durable.profile_store` (learned by rehearsals) and
:mod:`~ga_ooo.host.durable.reach_cache` (distances on a map). The package knows the host's
objects, but not the engine that runs it. See docs/checkpoints.md.
"""
