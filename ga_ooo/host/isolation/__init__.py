"""Keeps what host code does in a move from showing anywhere but in order.

Files, databases, logs, the environment, processes, sockets and variables that moves share: a real
move takes effect in the order of the host's own loop and leaves nothing behind if it starts over; a
rehearsal changes nothing at all. A run uses :class:`Isolation` only, from
:mod:`ga_ooo.host.isolation.isolation`; the other modules are this room's own business.
"""
