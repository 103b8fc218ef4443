"""The scripted model: an offline, deterministic model that answers the prompts of the host.

The package is an implementation of the hook ``ga_ooo_model_client`` as a third party would write
one: :mod:`ga_ooo.scripted.plugin` holds the hook, and the built-in plugin registers that module
like any other plugin. The kind of a prompt is recognised by :mod:`ga_ooo.host.prompts`; this
package only answers, by kind. From outside: the names below, :mod:`ga_ooo.scripted.plugin`, and
:mod:`ga_ooo.scripted.server`, which serves the model over HTTP.
"""

from ga_ooo.scripted.answering import Rule
from ga_ooo.scripted.client import ScriptedClient
from ga_ooo.scripted.latency import Latency
from ga_ooo.scripted.model import MODEL_NAME, ScriptedModel

__all__ = ["MODEL_NAME", "Latency", "Rule", "ScriptedClient", "ScriptedModel"]
