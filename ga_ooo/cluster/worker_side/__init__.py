"""What runs in the process of a rehearsal worker.

From outside, import :class:`~ga_ooo.cluster.worker_side.actor.RehearsalActor`, which Ray calls.
"""
