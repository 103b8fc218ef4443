"""A pure model of the host's world: the map, how fast one can move on it, and events on tiles.

``map`` says where personas can walk, ``reach`` computes the fewest moves from every tile into sight
of a tile, ``rules`` has the built-in dependency rules, and ``tile_history`` keeps the events of
every tile over the steps that are still needed. The room imports no host, clock, file or network.

From outside, use all of its modules.
"""
