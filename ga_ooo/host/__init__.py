"""The only package that knows the host, Generative Agents and its forks.

In the order in which a run uses them: ``checkout`` finds a host and reads its source, ``imported``
imports it unchanged, ``accelerators`` replaces slow functions, ``world`` gives its moves a view of
the world at their own step, ``prompts`` recognises its prompts, ``run`` runs the engine on its
server, and ``durable`` writes checkpoints. Other packages import from these rooms only what their
docstrings name. ``floats`` is for the rooms of this package alone: it converts lists of floats, for
``accelerators`` and ``durable``.
"""
