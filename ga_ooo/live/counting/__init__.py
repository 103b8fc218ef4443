"""Makes the figures of a run from its events.

From outside: :class:`~ga_ooo.live.counting.counter.RunCounter`, the observer, and
:class:`~ga_ooo.live.counting.counter.Sources`, the figures that it reads and does not count.
"""
