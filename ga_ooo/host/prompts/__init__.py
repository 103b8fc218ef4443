"""The prompts of the host: recognising their kind, and the answers that the host accepts.

From outside: :mod:`~ga_ooo.host.prompts.kinds` (names of kinds and their recognisers, standard
library only), :mod:`~ga_ooo.host.prompts.templates` (kinds of a fork's prompts, by the templates
in its checkout), :mod:`~ga_ooo.host.prompts.prompt` and :mod:`~ga_ooo.host.prompts.minitown` (the
text of a prompt), :mod:`~ga_ooo.host.prompts.structured` (requests with the form of their answer,
and whole answers) and :mod:`~ga_ooo.host.prompts.shaping` (the hook that changes requests). This
package does not know what answers a prompt.
"""
