"""The only package that knows the host, Generative Agents and its forks.

In the order in which a run uses them: ``checkout`` finds a host and reads its source,
``imported`` imports it unchanged, ``accelerators`` replaces slow functions, ``world`` gives its
moves a view of the world at their own step, ``prompts`` recognises its prompts, ``run`` runs the
engine on its server, ``isolation`` keeps what moves do to files and shared variables in order,
and ``durable`` writes checkpoints. The docstring of each sub-package names what other packages
may import from it. Two modules lie beside them: ``floats`` converts lists of floats for
``accelerators`` and ``durable``, and ``json_files`` reads and writes JSON as the host does.
"""
