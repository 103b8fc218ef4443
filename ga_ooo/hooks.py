"""What a plugin imports besides :data:`ga_ooo.hookimpl`: the types of hooks.

These are the types of the arguments and results of the hooks (docs/hooks.md), and the constants
that implementations need. A plugin that needs only the marker does not import this module, since
its imports take a fraction of a second.
"""

from ga_ooo.engine.ids import NEVER, Row
from ga_ooo.engine.rules import DependencyRule, IssueOrder
from ga_ooo.host.checkout.checkout import Checkout
from ga_ooo.host.checkout.recipe import HostRecipe
from ga_ooo.host.sdks.host_model import HostModel
from ga_ooo.host.sdks.sdk import Sdk
from ga_ooo.model.requests import CallKind, ModelAnswer, ModelCall, ModelClient, ModelRequest
from ga_ooo.town.reach import Reach

__all__ = [
    "NEVER",
    "CallKind",
    "Checkout",
    "DependencyRule",
    "HostModel",
    "HostRecipe",
    "IssueOrder",
    "ModelAnswer",
    "ModelCall",
    "ModelClient",
    "ModelRequest",
    "Reach",
    "Row",
    "Sdk",
]
