"""A pure model of the host's world: the map, how fast one can move on it, and events on tiles.

``map`` says where personas can walk, ``reach`` computes the fewest moves from every tile into sight
of a tile, ``rules`` has the built-in dependency rules, and ``tile_history`` keeps the events of
every tile over the steps that are still needed. The room imports no host, clock, file or network.

From outside, use all of its modules.

Where to add a dependency rule: a class in ``rules.py`` with the one method that
:class:`ga_ooo.engine.rules.DependencyRule` asks for, and its spelling in ``make_rule`` at the end
of that file. A rule that is not for everybody is a plugin: the hook ``ga_ooo_dependency_rule``
(:mod:`ga_ooo.hookspecs`, docs/hooks.md, ``examples/plugin_town_square``).
"""
