"""Every option once: default, type, flag, help, check, and where it may be set.

An option is a field of a frozen dataclass; its declaration lies in the field. The command line,
``ga-ooo.toml``, ``ga-ooo config show``, shell completion and the reference page come from it. The
package imports nothing but errors, so every room may import it. From outside, import the names
below, and the modules ``config_file``, ``declare`` and ``settings`` for the command line.
"""

from ga_ooo.options.all import Options
from ga_ooo.options.endpoints import LOCAL, EndpointOptions, NamesOptions
from ga_ooo.options.journal import JournalOptions
from ga_ooo.options.model import SCRIPTED, ClientOptions, ModelOptions
from ga_ooo.options.prices import ModelPrice, PriceOptions
from ga_ooo.options.providers import PROVIDERS
from ga_ooo.options.router import HealthPolicy, RetryPolicy, RouterOptions
from ga_ooo.options.run import FileOptions, RunOptions
from ga_ooo.options.serve import ServeOptions

__all__ = [
    "LOCAL",
    "PROVIDERS",
    "SCRIPTED",
    "ClientOptions",
    "EndpointOptions",
    "FileOptions",
    "HealthPolicy",
    "JournalOptions",
    "ModelOptions",
    "ModelPrice",
    "NamesOptions",
    "Options",
    "PriceOptions",
    "RetryPolicy",
    "RouterOptions",
    "RunOptions",
    "ServeOptions",
]
