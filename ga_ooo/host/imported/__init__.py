"""The host, imported into this process without a change to its files.

Other rooms import :mod:`~ga_ooo.host.imported.modules` (import the host, replace functions in its
modules), :class:`~ga_ooo.host.imported.gateway.Gateway` (its calls of the model go to our client),
:mod:`~ga_ooo.host.imported.call_site` (which functions of the host make a call),
:mod:`~ga_ooo.host.imported.determinism` (the changes that make its results deterministic),
:mod:`~ga_ooo.host.imported.answer_checks` (how often it accepts no answer) and
:mod:`~ga_ooo.host.imported.prints` (where its prints go). ``_finder`` (how the modules are found
and loaded), ``_imports`` (which of their imports are replaced) and ``_utils_module`` (a
``utils.py`` for users that have none) are private. Where a checkout is found and what its source
contains is the business of ``host.checkout``.
"""
