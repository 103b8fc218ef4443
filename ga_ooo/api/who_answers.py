"""Which model answers: the choice that a user must make, and the first lines of a run."""

from __future__ import annotations

import os

from ga_ooo.errors import UsageError
from ga_ooo.host.checkout.checkout import Checkout
from ga_ooo.host.checkout.imports.user_keys import find_api_key
from ga_ooo.host.run.model_stack import ModelStack
from ga_ooo.options import PROVIDERS, ModelOptions, Options
from ga_ooo.plugin import Plugins
from ga_ooo.scripted.client import ScriptedClient


def check_model_choice(options: Options, checkout: Checkout, plugins: Plugins) -> None:
    """Check that a run does not ask the scripted model because its user forgot to name another one.

    Raises:
        UsageError: as for :func:`check_named_model`.
    """
    # On the virtual clock no server can answer.
    is_chosen = bool(options.serve.model) or options.run.clock == "virtual"
    if not is_chosen and options.journal.replay is None:
        check_named_model(options.model, checkout, plugins)


def check_named_model(model: ModelOptions, checkout: Checkout, plugins: Plugins) -> None:
    """Check that the scripted model does not answer a user who has a key for a real one.

    Raises:
        UsageError: the options name no model, and the environment or the host's ``utils.py`` has an
            API key.
    """
    if model.model or model.servers:
        return
    if plugins.has_own_model:
        return
    found = _key_in_environment() or _key_in_utils(checkout)
    if found is not None:
        where, remedy = found
        raise UsageError(
            f"{where}, but no model is named: the scripted model would answer, with canned answers "
            "that are not for research",
            f"{remedy}; or take the scripted model: --model scripted (in ga-ooo.toml: "
            'model = "scripted" below [model])',
        )


def _key_in_environment() -> tuple[str, str] | None:
    for name, provider in PROVIDERS.items():
        if os.environ.get(provider.key_env, "").strip():
            remedy = f"name the model: --provider {name} --model-name NAME"
            return f"${provider.key_env} is set", remedy
    return None


def _key_in_utils(checkout: Checkout) -> tuple[str, str] | None:
    where = find_api_key(checkout)
    if where is None:
        return None
    remedy = (
        "name the model, and put the key into the environment: OPENAI_API_KEY=... and "
        "--provider openai --model-name NAME"
    )
    return f"{checkout.backend / where} holds an API key", remedy


def who_answers(stack: ModelStack) -> list[str]:
    """One line for each model server, with how requests to it differ; one for other models."""
    if stack.router is not None:
        return [f"model server {line}" for line in stack.router.describe()]
    if isinstance(stack.client, ScriptedClient):
        return ["the scripted model answers: canned answers, not for research"]
    if stack.journal is not None:
        return [f"recorded answers: {stack.journal.journal.path}"]
    return ["a plugin's model answers"]
