"""The stand-ins for the model classes of LangChain: chat models, LLMs and embeddings.

Their classes have many homes (``langchain_openai``, ``langchain.llms``, ``langchain_community``
...); each home gets the same ones. Prompts, messages, parsers and chains remain those of the real
packages: a stand-in is a ``Runnable`` of ``langchain_core`` where that is installed.
"""
