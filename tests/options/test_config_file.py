"""ga-ooo.toml: how it is found, its contents, and how wrong contents are refused."""

from __future__ import annotations

from math import inf
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ga_ooo.errors import UsageError
from ga_ooo.host.prompts.kinds import PROMPT_KINDS
from ga_ooo.options import EndpointOptions, Options
from ga_ooo.options.config_file import FILE_NAME, TABLES, ConfigFile, find_config, read_config
from ga_ooo.options.settings import Settings


def read(text: str, folder: Path) -> ConfigFile:
    path = folder / FILE_NAME
    path.write_text(text, encoding="utf-8")
    return read_config(path, PROMPT_KINDS)


def refuse(text: str, folder: Path) -> str:
    """The error of a refused file, which names the file."""
    with pytest.raises(UsageError) as caught:
        read(text, folder)
    assert str(folder / FILE_NAME) in caught.value.problem
    return str(caught.value)


def test_the_file_that_is_named_goes_first(tmp_path: Path) -> None:
    flag, variable, here = (tmp_path / name for name in ("flag.toml", "variable.toml", FILE_NAME))
    for path in (flag, variable, here):
        path.write_text("", encoding="utf-8")
    environment = {"GA_OOO_CONFIG": str(variable)}
    assert find_config(str(flag), environment, [tmp_path]) == flag
    assert find_config(None, environment, [tmp_path]) == variable
    assert find_config(None, {}, [tmp_path / "nowhere", tmp_path]) == here
    assert find_config(None, {}, [tmp_path / "nowhere"]) is None


def test_an_empty_name_means_no_file(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text("", encoding="utf-8")
    assert find_config("", {}, [tmp_path]) is None
    assert find_config(None, {"GA_OOO_CONFIG": ""}, [tmp_path]) is None


def test_a_named_file_that_is_missing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"gone\.toml[\s\S]*--config"):
        find_config(str(tmp_path / "gone.toml"), {}, [])
    with pytest.raises(UsageError, match=r"gone\.toml[\s\S]*GA_OOO_CONFIG"):
        find_config(None, {"GA_OOO_CONFIG": str(tmp_path / "gone.toml")}, [])


def test_all_of_a_file_is_read(tmp_path: Path) -> None:
    file = read(
        """
        [run]
        seed = 7
        runahead = 0
        runahead_budget = inf
        [model]
        default_max_tokens = 300
        latency = [0.05, 0, 0.001]
        [[model.endpoints]]
        url = "http://a:8000/v1"
        name = "llama"
        limit = 32
        [[model.endpoints]]
        url = "https://b/v1"
        kinds = ["embedding"]
        embedding_name = "bge"
        key_env = "B_KEY"
        [model.names.chat]
        "gpt-4" = "big"
        [model.names.prompts]
        "task decomposition" = "big"
        [retry]
        call_deadline_s = 30
        [router]
        eject_after = 2
        [serve]
        extra_arguments = ["--enforce-eager"]
        """,
        tmp_path,
    )
    assert file.values == {
        "run.seed": 7,
        "run.runahead": 0,
        "run.runahead_budget": inf,
        "model.default_max_tokens": 300,
        "model.latency": (0.05, 0, 0.001),
        "model.endpoints": (
            EndpointOptions("http://a:8000/v1", name="llama", limit=32),
            EndpointOptions("https://b/v1", ("embedding",), embedding_name="bge", key_env="B_KEY"),
        ),
        "model.names.chat": {"gpt-4": "big"},
        "model.names.prompts": {"task decomposition": "big"},
        "retry.call_deadline_s": 30,
        "router.eject_after": 2,
        "serve.extra_arguments": ("--enforce-eager",),
    }


@pytest.mark.parametrize(
    ("text", "names", "near"),
    [
        ("[rum]\nseed = 1", "rum", "run"),
        ("seed = 1", "seed", "serve"),
        ("[run]\nsead = 1", "run.sead", "seed"),
        ("[model]\nmax_tokens = 9", "model.max_tokens", "default_max_tokens"),
        ("[[model.endpoints]]\nuri = 'http://a'", "model.endpoints.uri", "url"),
        ("[model.names.chats]\na = 'b'", "model.names.chats", "chat"),
        ("[model.names.prompts]\n'task decomp' = 'b'", "prompts.task decomp", "task_decomp"),
    ],
)
def test_a_name_that_is_not_known(text: str, names: str, near: str, tmp_path: Path) -> None:
    message = refuse(text, tmp_path)
    assert names in message
    assert near in message.split("did you mean")[1]


@pytest.mark.parametrize(
    "text",
    [
        "[run]\nseed = '1'",
        "[run]\nseed = true",
        "[run]\nwindow = 0",
        "[run]\nrunahead = 1.5",
        "[run]\nrunahead = 'far'",
        "[run]\nrunahead_budget = '15%'",
        "[run]\nrunahead_budget = true",
        "[model]\nlatency = [1, 2]",
        "[model]\nstructured_outputs = 'yes'",
        "[model]\nattempt_deadline_s = -1",
        "[retry]\nbase_s = 0",
        "[serve]\nextra_arguments = '--x'",
        "[serve]\nreplicas = 'many'",
        "[[model.endpoints]]\nurl = 5",
        "[[model.endpoints]]\nname = 'no url'",
        "[[model.endpoints]]\nurl = 'ftp://a'",
        "[[model.endpoints]]\nurl = 'http://a'\nkinds = ['chats']",
        "[[model.endpoints]]\nurl = 'http://a'\nkinds = []",
        "[model.endpoints]\nurl = 'http://a'",
        "[model.names]\nchat = 'x'",
        "[model.names.chat]\na = 1",
        "run = 5",
        "model = []",
        "[run",
    ],
)
def test_a_value_of_the_wrong_type(text: str, tmp_path: Path) -> None:
    refuse(text, tmp_path)


@pytest.mark.parametrize("name", ["key", "api_key", "API-Key", "token", "password"])
@pytest.mark.parametrize("where", ["[[model.endpoints]]\nurl = 'http://a'", "[model]", "[serve]"])
def test_a_key_in_the_file_is_refused_and_not_repeated(
    where: str, name: str, tmp_path: Path
) -> None:
    message = refuse(f"{where}\n{name} = 'sk-very-secret'", tmp_path)
    assert "environment variable" in message
    assert "sk-very" not in message


def test_a_key_as_the_name_of_its_variable_is_not_repeated(tmp_path: Path) -> None:
    message = refuse("[[model.endpoints]]\nurl = 'http://a'\nkey_env = 'sk-very-secret'", tmp_path)
    assert "sk-very" not in message


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read"):
        read_config(tmp_path, ())


@given(
    table=st.sampled_from(sorted(TABLES)),
    data=st.data(),
    value=st.one_of(
        st.integers(), st.booleans(), st.floats(allow_nan=False), st.text("ab", max_size=3)
    ),
)
def test_a_value_is_accepted_or_refused(
    tmp_path_factory: pytest.TempPathFactory, table: str, data: st.DataObject, value: object
) -> None:
    """Every value is read or refused with a UsageError, never with another exception."""
    key = data.draw(st.sampled_from(sorted(TABLES[table])))
    spelled = str(value).lower() if isinstance(value, bool) else repr(value)
    folder = tmp_path_factory.getbasetemp()
    try:
        taken = TABLES[table][key].read(value)
    except UsageError:
        refuse(f"[{table}]\n{key} = {spelled}", folder)
    else:
        file = read(f"[{table}]\n{key} = {spelled}", folder)
        assert file.values == {f"{table}.{key}": taken}


def test_the_documented_file_is_valid_and_whole(tmp_path: Path) -> None:
    page = Path(__file__).parents[2] / "docs" / "configuration.md"
    complete = page.read_text(encoding="utf-8").split("## A complete file")[1]
    text = complete.split("```toml\n")[1].split("```")[0]
    file = read(text, tmp_path)
    documented = set(file.values)
    known = {f"{table}.{key}" for table, keys in TABLES.items() for key in keys}
    assert known - documented == {"journal.replay"}, "it contradicts the other two"
    assert "# replay = " in text
    assert len(file.values["model.endpoints"]) == 2
    Settings().over("file", file.values).make(Options)
