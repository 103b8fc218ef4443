"""The form of requests that each model of a server takes: found by a probe, changed by refusals.

:class:`~ga_ooo.model.client._dialects.known.Dialects` holds what is known about a server's models,
:mod:`~ga_ooo.model.client._dialects.wire` makes the body of a request in a model's form.
"""
