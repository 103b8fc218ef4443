"""Out-of-order execution for Generative Agents: the same bytes, sooner."""

__version__ = "0.1.0"
