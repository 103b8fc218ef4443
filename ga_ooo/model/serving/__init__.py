"""vLLM servers on this machine: started, watched, restarted, stopped (``ga-ooo serve``)."""

from ga_ooo.model.serving.command import serve
from ga_ooo.model.serving.replicas import Replicas, ServedUrls

__all__ = ["Replicas", "ServedUrls", "serve"]
