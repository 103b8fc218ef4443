"""Strangers: without the token, from other sites, under other names, and with odd paths."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from ga_ooo.watch.access import HEADERS
from tests.watch.conftest import TOKEN, URL, folder_of


def test_the_token_becomes_a_cookie(stranger: TestClient) -> None:
    assert stranger.get("/").status_code == 403
    assert stranger.get("/data/run").status_code == 403
    assert stranger.get("/", params={"token": "another"}).status_code == 403
    answer = stranger.get("/", params={"token": TOKEN})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=strict" in cookie
    assert stranger.get("/").status_code == 200
    assert stranger.get("/data/run").json()["simulation"] == "day"


def test_the_token_opens_nothing_but_the_page(stranger: TestClient) -> None:
    assert stranger.get("/data/run", params={"token": TOKEN}).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "127.0.0.1:9999"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
def test_other_sites(client: TestClient, headers: dict[str, str]) -> None:
    """A site whose name leads to this machine, and a site that makes the browser send requests."""
    answer = client.get("/data/run", headers=headers)
    assert answer.status_code in (403, 421)
    assert "day" not in answer.text


def test_orders_need_an_origin(client: TestClient) -> None:
    """Also a browser that sends the cookie cannot be made to control the run by a form."""
    assert client.post("/control", json={"order": "stop"}).status_code == 403
    own = {"Origin": URL}
    answer = client.post("/control", json={"order": "stop"}, headers=own)
    assert answer.json() == {"problem": "this page does not control the run"}


@pytest.mark.parametrize("path", ["/", "/js/main.js", "/data/run", "/nothing", "/pictures/9"])
def test_nothing_can_be_loaded_from_elsewhere(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert {name: headers[name] for name in HEADERS} == HEADERS
    assert headers["content-security-policy"].startswith("default-src 'self';")


@pytest.mark.parametrize(
    "path",
    [
        "/../app.py",
        "/js/../../app.py",
        "/%2e%2e/app.py",
        "/js/%2e%2e%2f%2e%2e%2fapp.py",
        "//etc/passwd",
        "/vendor/..%5c..%5capp.py",
        "/pictures/0",
        "/pictures/-1",
        "/pictures/..%2f..%2fetc%2fpasswd",
        "/js",
    ],
)
def test_no_path_reaches_the_disk(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert "import" not in answer.text


def test_pictures_lie_in_the_assets(client: TestClient, host: Path) -> None:
    """A map of somebody else may name any file as the picture of its tiles."""
    assets = host / "environment/frontend_server/static_dirs/assets"
    facts = client.get("/data/run").json()
    (assets / facts["map_name"] / "visuals").mkdir(parents=True, exist_ok=True)
    secret = host / "secret.png"
    secret.write_bytes(b"secret")
    (assets / "link.png").symlink_to(secret)
    (assets / "tiles.png").write_bytes(b"tiles")
    (assets / "notes.txt").write_bytes(b"notes")
    visuals = assets / facts["map_name"] / "visuals"
    images = ["../../../../../../secret.png", str(secret), "../../link.png", "../../tiles.png"]
    sets = [{"firstgid": n + 1, "image": image} for n, image in enumerate(images)]
    sets.append({"firstgid": 9, "image": "../../notes.txt"})
    size = {"width": facts["width"], "height": facts["height"]}
    tiles = [1] * (facts["width"] * facts["height"])
    layers = [{"name": "Ground", "data": tiles}, {"name": "Arena Blocks", "data": tiles}, 7]
    drawn = {**size, "tilewidth": 32, "tilesets": sets, "layers": layers}
    (visuals / "town.json").write_text(json.dumps(drawn))
    shown = client.get("/data/map").json()
    assert [each["picture"] for each in shown["sets"]] == [None, None, None, 0, None]
    assert len(shown["layers"]) == 1 and list(shown["areas"]) == ["Arena Blocks"]
    assert client.get("/pictures/0").content == b"tiles"
    assert client.get("/pictures/1").status_code == 404


def test_a_record_is_not_served(client: TestClient, host: Path) -> None:
    assert (folder_of(host) / "ga_ooo/record.sqlite").is_file()
    assert client.get("/ga_ooo/record.sqlite").status_code == 404
