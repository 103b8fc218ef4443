"""What ``import ga_ooo`` offers to run and resume simulations, and the command line's way to them.

A request (:mod:`~ga_ooo.api.requests`) is checked and becomes a job, which
:mod:`~ga_ooo.api.execution` runs in this process and :mod:`~ga_ooo.api.new_process` in a new one.
Users import the functions of :mod:`~ga_ooo.api.functions` from ``ga_ooo``; the command line imports
the other modules without an underscore.
"""
