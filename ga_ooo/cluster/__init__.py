"""Rehearsal workers: processes on Ray that rehearse moves, in place of the main process.

Real moves, scheduler, files and journal stay in the main process. A worker imports the host, holds
*replicas* of the personas that it rehearses or meets, runs
:class:`~ga_ooo.runahead.driver.Runahead` on them, and puts the calls that it finds as questions to
the main process, which admits them and sends the answers. So a worker that is killed, slow or wrong
costs speed and changes no byte of a result.

In the main process: ``pool`` and ``ray_worker`` (the workers, as Ray runs them), ``main_side`` (the
idle work of the engine), ``exchange`` (sends frames, notices failures), ``channel`` (what is to be
said to one worker), ``own_rehearsals`` (of those whom no worker rehearses), ``auto`` and
``balance`` (how many workers pay), ``news`` (what has changed in the town), ``desk`` (answers
questions), ``placement`` (who is to be rehearsed where), ``states.subscription`` (which worker has
whose state), ``states.senders`` (states, as changes).

In a worker, in ``worker_side``: ``actor`` (what Ray calls), ``worker`` (the rest, without Ray),
``mirror`` (the real town, as far as it is known), ``receivers`` (replicas), ``absent`` (personas
without a replica), ``asking`` (questions).

Both: ``frames`` (the messages), ``states.outlines`` (what is known of personas without a replica),
``facts`` (what must be the same). From outside, import
:func:`~ga_ooo.cluster.start.rehearsal_workers`.
"""
