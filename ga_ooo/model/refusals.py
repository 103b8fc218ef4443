"""Prompts that a service refuses for their content, in runs that continue without an answer."""

from __future__ import annotations

import logging
from typing import Final

from ga_ooo.model.errors import ContentFilterError
from ga_ooo.model.requests import (
    GENERATION,
    NO_REPORT,
    ClientLayer,
    ModelAnswer,
    ModelCall,
    Reported,
)

logger = logging.getLogger(__name__)

REFUSED: Final = "content_filter"
"""Finish reason of the answer to a refused prompt, as OpenAI calls it. The journal keeps it."""


class FailSafeAnswers(ClientLayer):
    """A model client that answers a refused prompt with an empty text.

    No validator of a host accepts an empty text. So the host asks again, as often as it does for
    any other useless answer, and then takes its own fail-safe for this prompt.
    """

    async def answer_with_report(self, call: ModelCall) -> Reported:
        """Answer one call, and report how the client came by the answer.

        Raises:
            ContentFilterError: a text to embed is refused; no host has a fail-safe for it.
        """
        try:
            return await self._ask(call)
        except ContentFilterError as error:
            if call.request.kind not in GENERATION:
                raise
            who = f"{call.key.persona}, step {call.key.step}" if call.key else "a call"
            logger.warning("%s: %s; the host takes its fail-safe", who, error.problem)
            return ModelAnswer(finish_reason=REFUSED), NO_REPORT
