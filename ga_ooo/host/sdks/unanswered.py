"""Packages by which host code asks a model past the gateway: known, and not replaced.

A package that runs a model in the host's own process cannot be replaced, since its functions are
about tensors and not about texts. A package that asks a server of its own kind can be, by a plugin.
"""

from __future__ import annotations

from typing import Final

_IN_PROCESS: Final = frozenset(
    {"transformers", "exllamav2", "exllama", "llama_cpp", "ctransformers", "gpt4all", "vllm"}
    | {"auto_gptq", "awq", "mlx_lm", "sentence_transformers", "optimum", "FlagEmbedding"}
    | {"langchain_huggingface"}
)
"""Packages that run a model in the process that imports them."""

_ASKING: Final = frozenset(
    {"cohere", "dashscope", "zhipuai", "groq", "mistralai", "together", "replicate", "boto3"}
    | {"vertexai", "qianfan", "huggingface_hub", "instructor", "llama_index", "autogen", "dspy"}
    | {"guidance", "aiohttp", "langchain_aws", "langchain_cohere", "langchain_together"}
)
"""Packages that ask a server by themselves."""

_CONNECTING: Final = ("http.client", "urllib3", "pycurl", "websocket", "websockets", "grpc")
"""Packages that connect to any server. Only the address of a connection shows what answers."""


def package_past_gateway(name: str) -> str | None:
    """The package of an import by which host code may ask a model past the gateway; None for
    other imports.

    Args:
        name: absolute dotted name of a module, or of something in it.
    """
    top = name.partition(".")[0]
    if top in _IN_PROCESS or top in _ASKING:
        return top
    return next((each for each in _CONNECTING if f"{name}.".startswith(f"{each}.")), None)


def asks_models(module: str) -> bool:
    """Whether a module belongs to a package that is there to ask models.

    Args:
        module: absolute dotted name.
    """
    return package_past_gateway(module) not in (None, *_CONNECTING)


def unanswered(package: str) -> tuple[str, str]:
    """What to say of a package that asks past the gateway.

    Args:
        package: see :func:`package_past_gateway`.

    Returns:
        what is wrong, to follow a file and line; and the remedy.
    """
    if package in _IN_PROCESS:
        return (
            f"imports {package}, which runs a model in this process. Its calls are neither "
            "concurrent nor recorded: every persona waits for them, and a resumed run makes them "
            "again",
            "serve the model with vLLM (`ga-ooo serve MODEL`, or `vllm serve MODEL`), and "
            "let the host ask by openai; nothing, if no text or vector comes from it",
        )
    return (
        f"imports {package}. What moves ask by it is neither concurrent nor recorded: ga_ooo has "
        "no stand-in for it",
        "let the host ask by openai or by another package that docs/sdks.md lists; or write a "
        "stand-in (the hook ga_ooo_sdk); nothing, if it asks no model",
    )
