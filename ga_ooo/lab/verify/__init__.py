"""``ga-ooo verify``: the host's own loop and the engine run one scenario; every byte is compared.

From outside: :mod:`~ga_ooo.lab.verify.compare`, which compares two simulations, and
:mod:`~ga_ooo.lab.verify.sides`, which runs the two sides as processes.
"""
