"""A host checkout: finding it, reading its source without running it, and checking it.

Other rooms import :mod:`~ga_ooo.host.checkout.locate` (find a checkout, check scenarios and names
before a run), :class:`~ga_ooo.host.checkout.checkout.Checkout` and
:class:`~ga_ooo.host.checkout.scenarios.Scenario` (the result),
:mod:`~ga_ooo.host.checkout.recipe` (what is particular to a fork),
:mod:`~ga_ooo.host.checkout.patching` (the flag ``--ooo``), and, about the source of the host:
:mod:`~ga_ooo.host.checkout.source`, :mod:`~ga_ooo.host.checkout.requirements` (what the engine
needs), :mod:`~ga_ooo.host.checkout.event_reads` and :mod:`~ga_ooo.host.checkout.fingerprints`.
:mod:`~ga_ooo.host.checkout.shipped` finds the data folders of this package. Nothing here imports or
runs the host: that is ``host.imported``.

Where to add a recipe for a fork: in most cases nowhere, since ``read_recipe`` in ``recipe.py``
reads it from the fork's source. What the source does not show, a plugin says by the hook
``ga_ooo_recognise_host``, which returns a ``HostRecipe``. To have your fork recognised by name, add
its files to ``known_hosts.toml`` beside this file. To keep the accelerators where the fork changed
a function, see :mod:`ga_ooo.host.accelerators`. For the flag ``--ooo`` at another position, add a
folder to ``patches/``. To compare your fork with its own loop in the tests, add its scenarios to
``compat_tests/recipes.py``.
"""
