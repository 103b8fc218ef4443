"""HTTP to one server: proxies, certificates, connections, deadlines, and the meaning of failures.

:class:`~ga_ooo.model.client._http.exchange.Exchange` sends a request and returns the body of the
response, or raises an error that names the request, the server's message and a remedy.
"""

from ga_ooo.model.client._http.installed import require_openai

# Before the modules of this package import openai.
require_openai()
