"""OpenAI clients for a server of this machine."""

from __future__ import annotations

from openai import AsyncOpenAI, DefaultAsyncHttpxClient, DefaultHttpxClient, OpenAI


def make_client(url: str) -> OpenAI:
    """A client without retries that does not use the environment's proxy."""
    return OpenAI(
        base_url=url,
        api_key="none",
        max_retries=0,
        http_client=DefaultHttpxClient(trust_env=False),
    )


def make_async_client(url: str) -> AsyncOpenAI:
    """The same for many concurrent requests."""
    return AsyncOpenAI(
        base_url=url,
        api_key="none",
        max_retries=0,
        http_client=DefaultAsyncHttpxClient(trust_env=False),
    )
