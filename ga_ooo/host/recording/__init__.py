"""Recorders of a run: observers that turn its events into the rows of a trace or of a record.

They know the host's kinds of prompts and the stages of its moves, which the rooms ``trace`` and
``record`` do not know. Both modules may be imported from outside:
:mod:`~ga_ooo.host.recording.trace_recorder` and :mod:`~ga_ooo.host.recording.run_recorder`.
"""
