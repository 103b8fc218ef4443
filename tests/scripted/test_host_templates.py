"""Every prompt template of a real host is recognised, if a host is available."""

from __future__ import annotations

from pathlib import Path

import pytest

from ga_ooo.host.prompts.kinds import UNKNOWN, recognise
from tests.hosts import WHERE_TO_PUT_HOSTS, find_hosts
from tests.scripted.prompts import complete

TEMPLATES = "reverie/backend_server/persona/prompt_template/*/*.txt"
# The end of the comments of a template.
MARK = "<commentblockmarker>###</commentblockmarker>"
# Other forks have their own prompts, whose form is imitated.
KNOWN = ("upstream", "school")


@pytest.mark.parametrize(
    "host",
    [pytest.param(path, id=name) for name, path in find_hosts().items() if name in KNOWN]
    or [pytest.param(None, marks=pytest.mark.skip(reason=WHERE_TO_PUT_HOSTS))],
)
def test_templates_are_recognised(host: Path) -> None:
    unknown, empty = [], []
    templates = sorted(host.glob(TEMPLATES))
    assert templates
    for path in templates:
        prompt = path.read_text(encoding="utf-8").split(MARK)[-1].strip()
        for number in range(20):
            prompt = prompt.replace(f"!<INPUT {number}>!", "7")
        if recognise(prompt) is UNKNOWN:
            unknown.append(path.name)
        if not complete(prompt).strip():
            empty.append(path.name)
    assert unknown == []
    assert empty == []
