"""The scheduler of the out-of-order engine, as a pure state machine.

The room decides who may move, commit and retire. It knows indices, rows and steps only: no
threads, clock, files, network, chance or host (the sub-package :mod:`ga_ooo.engine.loop` carries
the decisions out and knows a clock). Read ``protocol`` first, then ``hazards`` (with the proof),
then ``scheduler``.

From outside, use ``ids``, ``protocol``, ``rules`` (what a dependency rule must provide;
:mod:`ga_ooo.town.rules` has the built-in ones), ``scheduler``, ``graph`` (who is held by whom)
and ``stimulus_log`` (rebuilds the state of a scheduler from a bug report). ``invariants`` is for
tests.
"""
