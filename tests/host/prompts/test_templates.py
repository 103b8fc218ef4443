"""The host's own templates give the kinds of prompts, in any language."""

from __future__ import annotations

from pathlib import Path

import pytest

from ga_ooo.host.prompts.templates import read_templates
from tests.hosts import WHERE_TO_PUT_HOSTS, find_hosts

MARK = "notes\n<commentblockmarker>###</commentblockmarker>\n"
CHINESE = "!<INPUT 0>!\n\n一般來說，!<INPUT 1>!\n!<INPUT 2>!的起床時間："
ENGLISH = "!<INPUT 0>!\n\nIn general, !<INPUT 1>!\n!<INPUT 2>!'s wake up hour:"


@pytest.fixture
def backend(tmp_path: Path) -> Path:
    """A folder of templates, some of which cannot be used."""
    folder = tmp_path / "persona" / "prompt_template" / "v2"
    folder.mkdir(parents=True)
    for name, text in {
        "wake_up_hour_v1_zh": MARK + CHINESE,
        "wake_up_hour_v1": MARK + ENGLISH,
        "bed_hour_v1": "!<INPUT 0>!:",
        "generate_event_triple_v1": "[minitown:event_triple]\nSubject: !<INPUT 0>!\nActivity:",
        "some_notes": "一般來說，這不是模板。" * 9,
    }.items():
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
    (folder / "poignancy_event_v1.txt").write_bytes(b"\xff\xfe" * 40)
    return tmp_path


def test_a_prompt_has_the_kind_of_its_template(backend: Path) -> None:
    templates = read_templates(backend)
    chinese = templates.find("甄嬛\n\n一般來說，五時起床。\n甄嬛的起床時間：")
    assert chinese is not None
    assert (chinese.kind, chinese.original) == ("wake up hour", False)
    english = templates.find("Ida\n\nIn general, Ida gets up.\nIda's wake up hour:")
    assert english is not None
    assert (english.kind, english.original) == ("wake up hour", True)


@pytest.mark.parametrize(
    "text",
    [
        "的起床時間：一般來說，",
        "Ida:",
        "[minitown:event_triple]\nSubject: Ida\nActivity:",
        "一般來說，這不是模板。" * 9,
    ],
)
def test_other_texts_have_no_template(backend: Path, text: str) -> None:
    assert read_templates(backend).find(text) is None


def test_the_prompts_of_the_original_are_those_of_its_templates() -> None:
    """A template that the original wording identifies keeps the kind of its wording."""
    host = find_hosts().get("upstream")
    if host is None:
        pytest.skip(WHERE_TO_PUT_HOSTS)
    templates = read_templates(host / "reverie" / "backend_server")
    hour = templates.find("Ida\n\nIn general, Ida sleeps.\nIda's wake up hour:")
    assert hour is not None and hour.original
