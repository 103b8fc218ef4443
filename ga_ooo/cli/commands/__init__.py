"""The commands of ``ga-ooo``, one module each; the name of the module is the name of the command.

To add a command, write a module with a frozen dataclass of its arguments, a function that runs a
command line and returns the exit code, and a ``COMMAND`` that names both. No list has to change.
"""
