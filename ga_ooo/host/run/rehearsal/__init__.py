"""Runs rehearsed moves of host code: replicas of personas in assumed worlds.

``town`` enters these worlds and answers what host code reads there; ``assumptions`` says where
personas are that have not reached a step. From outside, use :class:`TownRehearsalHost`.
"""

from ga_ooo.host.run.rehearsal.town import TownRehearsalHost

__all__ = ["TownRehearsalHost"]
