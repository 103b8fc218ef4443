"""The client of one OpenAI-compatible server: one attempt per call, checked answers, clear errors.

From outside, import the names in ``__all__``; modules that begin with an underscore belong to
this package alone.
"""

from ga_ooo.model.client.model_names import ANY_NAME, ModelNames
from ga_ooo.model.client.openai_client import OpenAIClient

__all__ = ["ANY_NAME", "ModelNames", "OpenAIClient"]
