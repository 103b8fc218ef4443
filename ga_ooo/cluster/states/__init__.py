"""States of personas for workers: which worker has whose, and how they are written.

``subscription`` decides who gets the state of whom, ``senders`` writes states and their changes,
and ``outlines`` is what workers know of all others.
"""
