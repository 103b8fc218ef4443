"""Runahead: rehearses the next moves of personas that wait, and prefetches their model calls.

It is speculative execution as in a processor, and knows nothing about Generative Agents: the host
implements :class:`host.RehearsalHost`. ``docs/runahead.md`` explains the modules in this
order: ``driver`` (the main loop), ``table`` (all rehearsals, and who may see whom), ``rehearsal``
(one persona's rehearsed moves), ``moves`` (how they are run), ``calls`` (how the calls of a
rehearsal are answered), ``questions`` (where they are put), ``prefetch`` (the cache of answers),
``predictor`` (of answers and hits), ``admission`` (which calls are sent), ``congestion`` (how many
at once), ``forwarding`` (where rehearsals start), ``profile`` (what the next run starts from).

From outside, import ``driver.Runahead``, ``questions``, ``progress.Progress``, the functions of
``profile``, the protocol in ``host``, the data classes of ``rehearsal``, and for types
``admission.Admission`` and ``prefetch.Prefetch``.
"""
