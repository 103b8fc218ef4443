"""The module that host code gets for ``import openai``: both generations of the API.

The host uses the API of 2022 (``openai.ChatCompletion.create``); most forks use the client of 1.x
(``OpenAI(...).chat.completions.create``), some with structured outputs (``parse``), the responses
API or the asynchronous client. All of them make a request and pass it to one function, the
gateway. What this module does not know ends the run and is named: hosts swallow exceptions, and
would continue with their canned answers. :func:`make_openai_module` is its public face.
"""

from ga_ooo.host.imported.openai_module.endpoints import Ask
from ga_ooo.host.imported.openai_module.module import make_openai_module
from ga_ooo.host.imported.openai_module.requests import Refuse

__all__ = ["Ask", "Refuse", "make_openai_module"]
