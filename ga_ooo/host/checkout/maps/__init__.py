"""The maps of a checkout: which map a scenario is on, what its files hold, and whether the places
that personas know exist on it.

``choice`` finds the map as the host's own code does (``_maze_source`` reads that code).
``matrix_files`` reads its files as the host does, and refuses what the host cannot read.
``locations`` compares a scenario with the map.

From outside: :class:`~ga_ooo.host.checkout.maps.choice.MapChoice` through ``Checkout.maps``,
:mod:`~ga_ooo.host.checkout.maps.matrix_files` and :mod:`~ga_ooo.host.checkout.maps.locations`.
"""
