"""Plain HTTP requests to model servers: by ``requests``, ``httpx`` or ``urllib.request``.

:class:`~ga_ooo.host.sdks.http.wire.Wire` recognises requests to an OpenAI-compatible server, to
Ollama, and to the APIs of Anthropic and Gemini, by the path of the URL, and answers them.
``requests``, ``httpx`` and ``urllib`` are the replaced modules; they hand on every other request to
the real ones.
"""
