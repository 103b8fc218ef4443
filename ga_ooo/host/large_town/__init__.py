"""Large towns: copies of one scenario side by side on one map, under new names.

``making`` plans and writes such a town. ``map_copies`` lays out the maps, ``new_names`` draws the
names of people and towns, ``renaming`` replaces them in texts, ``scenario_copies`` makes the files
of the scenario, and ``delays`` moves the days of the copies apart. The host that opens the town
needs no change.

From outside: :class:`~ga_ooo.host.large_town.making.LargeTown` and
:func:`~ga_ooo.host.large_town.making.make_large_town`.
"""
