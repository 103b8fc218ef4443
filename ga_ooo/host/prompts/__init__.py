"""What the host's prompts ask for: recognising their kind, and the answers that the host takes.

From outside: :mod:`~ga_ooo.host.prompts.kinds` (the names of the kinds and their recognisers,
standard library only), :mod:`~ga_ooo.host.prompts.prompt` and
:mod:`~ga_ooo.host.prompts.minitown` (the text of a prompt),
:func:`~ga_ooo.host.prompts.structured.constrain` (a request with the form of its answer) and
:mod:`~ga_ooo.host.prompts.shaping` (the hook that changes requests). What answers a prompt is none
of this package's business.
"""
