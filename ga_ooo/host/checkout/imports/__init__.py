"""What a host imports, read from its source: its modules, packages, and what a user must write.

From outside: :func:`~ga_ooo.host.checkout.imports.modules.outside_imports` (packages that must be
installed), :mod:`~ga_ooo.host.checkout.imports.distributions` (what to install for them),
:mod:`~ga_ooo.host.checkout.imports.user_names` (the names that a user-written ``utils.py`` must
define) and :mod:`~ga_ooo.host.checkout.imports.inputs` (files and environment variables that the
host reads while it is imported).
"""
