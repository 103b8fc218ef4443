"""Stand-ins for the packages by which host code asks language models.

Forks ask by ``openai``, ``litellm``, ``ollama``, ``anthropic``, Google's packages, LangChain, or
plain HTTP. Each of these packages is replaced, in host code only, by a small module that makes a
request of the call and gives it to the gateway. So all calls are concurrent, recorded and
repeatable. A name that a stand-in does not have ends the run and is named: hosts
swallow exceptions, and would continue with their canned answers.

Other rooms import :class:`~ga_ooo.host.sdks.sdk.Sdk` (one such package; what the hook
``ga_ooo_sdk`` returns), :class:`~ga_ooo.host.sdks.host_model.HostModel` (what a stand-in asks),
:mod:`~ga_ooo.host.sdks.catalogue` (those of this package) and
:mod:`~ga_ooo.host.sdks.unanswered` (known packages that ask past the gateway). To add one, write a
module beside ``ollama.py`` and add it to the catalogue.
"""
