"""Commands that look at simulations and change nothing: ``list``, ``transcript``, ``explain``,
``why`` and ``export``. See :mod:`ga_ooo.cli.commands` for the form of a command."""
