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


def unanswered(module: str) -> tuple[str, str] | None:
    """What to say of a module that asks a model past the gateway; None for other modules.

    Args:
        module: absolute dotted name.

    Returns:
        what is wrong, to follow a file and line; and the remedy.
    """
    top = module.partition(".")[0]
    if top in _IN_PROCESS:
        return (
            f"imports {top}, which runs a model in this process. Its calls are neither concurrent "
            "nor recorded: every persona waits for them, and a resumed run makes them again",
            "serve the model with vLLM (`ga-ooo serve MODEL`, or `vllm serve MODEL`), and "
            "let the host ask by openai; nothing, if no text or vector comes from it",
        )
    if top in _ASKING:
        return (
            f"imports {top}. What moves ask by it is neither concurrent nor recorded: ga_ooo has "
            "no stand-in for it",
            "let the host ask by openai or by another package that docs/sdks.md lists; or write a "
            "stand-in (the hook ga_ooo_sdk); nothing, if it asks no model",
        )
    return None
