"""Traces: the positions and the model calls of a run, as arrays of numbers (docs/traces.md).

:mod:`~ga_ooo.trace.format` says what a trace is, :mod:`~ga_ooo.trace.recording` builds one while a
run makes progress, and :mod:`~ga_ooo.trace.files` reads and writes the files. A trace holds no
text of any prompt, answer or memory, and needs no host to be read. All three modules may be
imported from outside.
"""
