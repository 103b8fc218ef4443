"""The command ``ga-ooo``: parses a command line, finds the command, runs it, reports errors.

A command is a module of :mod:`ga_ooo.cli.commands`. Its arguments are a dataclass of declared
options, from which :mod:`~ga_ooo.cli.parser` makes a parser and :mod:`~ga_ooo.cli.reference` a
page of the documentation.
A command line (:mod:`~ga_ooo.cli.command_line`) joins flags and the configuration file.
:mod:`~ga_ooo.cli.doctor` diagnoses hosts. No other room imports the command line, except
``python -m ga_ooo`` and, in a patched host, :mod:`~ga_ooo.cli.flag`.
"""
