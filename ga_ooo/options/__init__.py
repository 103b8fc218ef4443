"""Every option of a run once, as frozen dataclasses that check their values.

The command line, ``ga-ooo.toml`` and other rooms take options from here. This package imports
nothing but errors, so that every room may import it.
"""

from ga_ooo.options.journal import JournalOptions
from ga_ooo.options.model import SCRIPTED, EndpointOptions, ModelOptions, NamesOptions
from ga_ooo.options.router import HealthPolicy, RetryPolicy, RouterOptions
from ga_ooo.options.run import RunOptions
from ga_ooo.options.serve import ServeOptions

__all__ = [
    "SCRIPTED",
    "EndpointOptions",
    "HealthPolicy",
    "JournalOptions",
    "ModelOptions",
    "NamesOptions",
    "RetryPolicy",
    "RouterOptions",
    "RunOptions",
    "ServeOptions",
]
