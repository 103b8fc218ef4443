"""Model servers: requests and answers, the client of one server, routing over many, serving.

- :mod:`~ga_ooo.model.requests`: the call and the answer, and the protocol ``ModelClient`` that
  every layer between the host and a server implements; :mod:`~ga_ooo.model.errors`: its failures.
- :mod:`~ga_ooo.model.client` asks one OpenAI-compatible server, :mod:`~ga_ooo.model.routing`
  balances calls over many, :mod:`~ga_ooo.model.assembly` makes both from the options of a run.
- :mod:`~ga_ooo.model.serving` starts vLLM servers on this machine (``ga-ooo serve``).
- :mod:`~ga_ooo.model.grammar` and :mod:`~ga_ooo.model.structured`: forms that answers must have.

Other rooms import these modules, and from the sub-packages the names in their ``__all__``.
"""
