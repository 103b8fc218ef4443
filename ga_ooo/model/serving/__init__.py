"""Starts, watches, restarts and stops vLLM servers on this machine (``ga-ooo serve``).

From outside, import the names in ``__all__``. ``tiny_models.py`` is a program of its own, which
runs in the Python environment of vLLM.
"""

from ga_ooo.model.serving._background import BackgroundServers
from ga_ooo.model.serving._command import serve
from ga_ooo.model.serving.replicas import Replicas, ServedUrls

__all__ = ["BackgroundServers", "Replicas", "ServedUrls", "serve"]
