"""Names of attributes. Those of GenAI change between versions of the conventions
(https://github.com/open-telemetry/semantic-conventions-genai); ours begin with ``ga_ooo``."""

from __future__ import annotations

from typing import Final

OPERATION: Final = "gen_ai.operation.name"
MODEL: Final = "gen_ai.response.model"
INPUT_TOKENS: Final = "gen_ai.usage.input_tokens"
OUTPUT_TOKENS: Final = "gen_ai.usage.output_tokens"
AGENT: Final = "gen_ai.agent.name"
TOKEN_TYPE: Final = "gen_ai.token.type"
TOKEN_USAGE: Final = "gen_ai.client.token.usage"
DURATION: Final = "gen_ai.client.operation.duration"
SERVER: Final = "server.address"

CHAT: Final = "chat"
EMBEDDINGS: Final = "embeddings"

PERSONA: Final = "ga_ooo.persona"
STEP: Final = "ga_ooo.step"
GAME_TIME: Final = "ga_ooo.game_time"
KIND: Final = "ga_ooo.call.kind"
STAGE: Final = "ga_ooo.call.stage"
SOURCE: Final = "ga_ooo.call.source"
ATTEMPTS: Final = "ga_ooo.call.attempts"
HELD: Final = "ga_ooo.held"
HAZARD: Final = "ga_ooo.hazard"
BLOCKER: Final = "ga_ooo.blocker"
SECONDS: Final = "ga_ooo.seconds"
SIMULATION: Final = "ga_ooo.simulation"
