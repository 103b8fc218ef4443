"""The services and servers that ``--provider`` names: one table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

ProviderName: TypeAlias = Literal[
    "openai", "azure", "openrouter", "ollama", "lmstudio", "llamacpp", "sglang", "vllm"
]


@dataclass(frozen=True)
class Provider:
    """The usual settings of a service, or of a server on this machine.

    All other differences between servers are found by the probe at the start of a run.

    Attributes:
        url: base URL of its API; empty if each user has another one.
        key_env: environment variable that holds the API key, as its own tools call it.
        embedding_name: its usual embedding model; empty if the user has to name one.
        limit: most calls in flight at once. Servers that answer a few requests at a time and let
            the others wait would otherwise use up the time limit of an attempt.
        example: a URL, for the error where a URL must be given.
    """

    url: str
    key_env: str
    embedding_name: str = ""
    limit: int = 256
    example: str = ""


PROVIDERS: Final[dict[str, Provider]] = {
    "openai": Provider("https://api.openai.com/v1", "OPENAI_API_KEY", "text-embedding-3-small"),
    "azure": Provider(
        "", "AZURE_OPENAI_API_KEY", example="https://RESOURCE.openai.azure.com/openai/v1"
    ),
    "openrouter": Provider(
        "https://openrouter.ai/api/v1", "OPENROUTER_API_KEY", "openai/text-embedding-3-small"
    ),
    "ollama": Provider("http://127.0.0.1:11434/v1", "OLLAMA_API_KEY", limit=8),
    "lmstudio": Provider("http://127.0.0.1:1234/v1", "LM_API_TOKEN", limit=8),
    "llamacpp": Provider("http://127.0.0.1:8080/v1", "LLAMA_API_KEY", limit=8),
    "sglang": Provider("http://127.0.0.1:30000/v1", "SGLANG_API_KEY"),
    "vllm": Provider("http://127.0.0.1:8000/v1", "VLLM_API_KEY"),
}
