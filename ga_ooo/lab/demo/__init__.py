"""``ga-ooo demo``: minitown in lockstep and out of order, at the same time and side by side.

From outside: :func:`~ga_ooo.lab.demo.race.run_race`, which runs both sides.
"""
