"""What to install for a package that the host imports.

The name that is imported and the name to install differ for some packages, and a name may belong to
somebody else on the package registry. So a command to install is given only where the
name is known: from the table below, or from the requirements that the host itself lists.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_DIFFERENT: Final = {
    "PIL": "pillow",
    "absl": "absl-py",
    "attr": "attrs",
    "bs4": "beautifulsoup4",
    "cv2": "opencv-python",
    "dateutil": "python-dateutil",
    "docx": "python-docx",
    "dotenv": "python-dotenv",
    "faiss": "faiss-cpu",
    "fitz": "pymupdf",
    "git": "GitPython",
    "jwt": "PyJWT",
    "langchain_community": "langchain-community",
    "langchain_core": "langchain-core",
    "langchain_openai": "langchain-openai",
    "llama_cpp": "llama-cpp-python",
    "magic": "python-magic",
    "mpl_toolkits": "matplotlib",
    "openai_cost_logger": "openai-cost-logger",
    "paho": "paho-mqtt",
    "pkg_resources": "setuptools",
    "serial": "pyserial",
    "sentence_transformers": "sentence-transformers",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "socks": "PySocks",
    "umap": "umap-learn",
    "yaml": "PyYAML",
}
"""Names to install, by name of the imported package."""

_EQUAL: Final = frozenset(
    {
        *(
            "accelerate",
            "aiohttp",
            "anthropic",
            "cohere",
            "dashscope",
            "django",
            "exllamav2",
            "fastapi",
        ),
        *("flask", "gensim", "gpt4all", "gradio", "groq", "httpx", "huggingface_hub", "jieba"),
        *("joblib", "langchain", "litellm", "loguru", "matplotlib", "mistralai", "networkx"),
        *("nltk", "numpy", "ollama", "openai", "pandas", "peft", "pydantic", "requests"),
        *(
            "redis",
            "rich",
            "scipy",
            "seaborn",
            "selenium",
            "spacy",
            "tenacity",
            "tiktoken",
            "together",
        ),
        *("torch", "tqdm", "transformers", "ujson", "websockets", "zhipuai"),
    }
)
"""Packages that are installed by the name by which they are imported."""


def install_remedy(name: str, root: Path) -> str:
    """The remedy for a package that is missing.

    Args:
        name: by which the host imports it; its first part counts.
        root: of the checkout, whose requirements may name it.
    """
    top = name.partition(".")[0]
    known = _DIFFERENT.get(top) or (top if top in _EQUAL else None) or _listed(top, root)
    if known is not None:
        return f"install it: {sys.executable} -m pip install {known}"
    return (
        f"install the distribution that contains {top!r}, which may have another name than the "
        "package: see the documentation of the host"
    )


def required_versions(root: Path) -> dict[str, str]:
    """Distributions in the requirements of the host, each with its version; "" for any version."""
    return {_normal(name): version for name, version in _requirements(root)}


def _listed(name: str, root: Path) -> str | None:
    """The distribution of the same name in the requirements of the host."""
    for listed, _ in _requirements(root):
        if _normal(listed) == _normal(name):
            return listed
    return None


def _requirements(root: Path) -> Iterator[tuple[str, str]]:
    files = [
        *sorted(root.glob("requirements*.txt")),
        *sorted(root.glob("reverie/**/requirements*.txt")),
    ]
    for path in files:
        for line in path.read_text("utf-8", "replace").splitlines():
            match = re.match(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)(?:\s*==\s*([\w.]+))?", line)
            if match:
                yield match[1], match[2] or ""


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
