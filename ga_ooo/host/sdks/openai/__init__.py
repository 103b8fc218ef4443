"""The stand-in for ``openai``: both generations of the API.

The host uses the API of 2022 (``openai.ChatCompletion.create``); most forks use the client of 1.x
(``OpenAI(...).chat.completions.create``), some with structured outputs (``parse``), the responses
API or the asynchronous client. :class:`~ga_ooo.host.sdks.openai.endpoints.Endpoints` is also what
other packages with an OpenAI-compatible API use. :func:`make_openai_module` makes the module.
"""

from ga_ooo.host.sdks.openai.module import make_openai_module

__all__ = ["make_openai_module"]
