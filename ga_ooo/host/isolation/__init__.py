"""Effects of host code on files and shared variables take place in the order of the host's loop.

Files, databases, logs, the environment, processes, sockets and variables that moves share: a real
move takes effect in the order of the host's own loop and leaves nothing behind if it starts over; a
rehearsal changes nothing at all. ``host.run`` imports
:mod:`~ga_ooo.host.isolation.isolation` (switches it on for a host),
:mod:`~ga_ooo.host.isolation.patches` (which functions are replaced),
:mod:`~ga_ooo.host.isolation.commit_order` (when a real move's effects take place) and ``at_work``
of :mod:`~ga_ooo.host.isolation.effects` (code of this package runs, and not a move). The other
modules are used in this package only.
"""
