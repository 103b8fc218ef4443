"""The stand-ins for Google's packages: ``google.generativeai`` and its successor ``google.genai``.

Both ask the same API: :class:`~ga_ooo.host.sdks.google.api.Api`, which also answers HTTP requests.
``old`` has the modules of the first package, ``new`` those of the second.
"""
