"""``ga-ooo verify``: the host's own loop and the engine run one scenario; every byte is compared.

From outside: :mod:`~ga_ooo.lab.verify.verification`, which runs both sides and gives the verdict;
:mod:`~ga_ooo.lab.verify.sides`, which runs one side as a process in a copy of the checkout;
:mod:`~ga_ooo.lab.verify.copies`, for the name of its simulation; and
:mod:`~ga_ooo.lab.verify.compare`, which compares two simulations.
"""
