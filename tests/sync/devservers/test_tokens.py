"""The token endpoint takes what the service account's key has signed, and nothing else."""

import base64
import json
import stat
import time
from pathlib import Path
from typing import Any

import pytest
import requests
from google.auth import jwt

from sync.devservers.server import Devservers
from sync.devservers.tokens import GRANT
from tests.sync.devservers.folders import account, signer

SCOPE = "https://www.googleapis.com/auth/spreadsheets.readonly"


def assertion(servers: Devservers, **claims: Any) -> str:
    info, now = account(servers), int(time.time())
    usual = {"iss": info["client_email"], "aud": info["token_uri"], "scope": SCOPE, "iat": now, "exp": now + 3600}
    return str(jwt.encode(signer(servers), {**usual, **claims}).decode())


def token(servers: Devservers, text: str, grant: str = GRANT) -> requests.Response:
    return requests.post(f"{servers.url}/token", data={"grant_type": grant, "assertion": text}, timeout=5)


def refused(reply: requests.Response) -> str:
    assert reply.status_code == 401, reply.text
    assert reply.json()["error"] == "invalid_grant"
    return str(reply.json()["error_description"])


def test_a_signed_assertion_gets_a_token(servers: Devservers) -> None:
    reply = token(servers, assertion(servers))
    assert reply.status_code == 200
    assert reply.json().keys() == {"access_token", "expires_in", "token_type"}
    assert (reply.json()["expires_in"], reply.json()["token_type"]) == (3600, "Bearer")
    headers = {"Authorization": f"Bearer {reply.json()['access_token']}"}
    assert requests.get(f"{servers.url}/sheets/v4/spreadsheets/demo", headers=headers, timeout=5).status_code == 200


def test_a_changed_assertion_is_refused(servers: Devservers) -> None:
    header, payload, signature = assertion(servers).split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    other = base64.urlsafe_b64encode(json.dumps({**claims, "scope": "all"}).encode()).decode().rstrip("=")
    assert refused(token(servers, f"{header}.{other}.{signature}")) == "Invalid JWT Signature."
    none = base64.urlsafe_b64encode(b'{"alg": "none"}').decode()
    assert "RS256" in refused(token(servers, f"{none}.{payload}."))


def test_another_key_is_refused(servers: Devservers, folder: Path, tmp_path: Path) -> None:
    with Devservers(folder, state=tmp_path / "other") as others:
        foreign = assertion(others, aud=account(servers)["token_uri"])
    assert refused(token(servers, foreign)) == "Invalid JWT Signature."


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"iat": 1_700_000_000, "exp": 1_700_003_600}, "expired"),
        ({"iat": int(time.time()) + 600, "exp": int(time.time()) + 900}, "of the future"),
        ({"exp": int(time.time()) + 7200}, "longer than an hour"),
        ({"exp": "soon"}, "whole numbers"),
        ({"iss": "other@example.com"}, "iss"),
        ({"aud": "https://example.com/token"}, "aud"),
        ({"scope": ""}, "scope"),
    ],
)
def test_claims_that_do_not_hold(servers: Devservers, claims: dict[str, Any], reason: str) -> None:
    assert reason in refused(token(servers, assertion(servers, **claims)))


@pytest.mark.parametrize("text", ["", "abc", "a.b.c", "é.é.é", "W10.e30.e30", "e30.e30.e30"])
def test_no_jwt_at_all(servers: Devservers, text: str) -> None:
    assert "Invalid assertion" in refused(token(servers, text))


def test_another_grant(servers: Devservers) -> None:
    assert "grant_type" in refused(token(servers, assertion(servers), "password"))


def test_the_key_is_kept_for_the_next_start_and_for_the_owner_only(folder: Path, tmp_path: Path) -> None:
    with Devservers(folder, state=tmp_path / "state") as servers:
        first = account(servers)
        file = Path(servers.environment()["GOOGLE_SERVICE_ACCOUNT_FILE"])
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert first["token_uri"] == f"{servers.url}/token"
    with Devservers(folder, state=tmp_path / "state") as servers:
        assert account(servers)["private_key"] == first["private_key"]
        assert account(servers)["token_uri"] == f"{servers.url}/token"
    file.write_text("{}")
    with Devservers(folder, state=tmp_path / "state") as servers:
        assert account(servers)["private_key"] != first["private_key"]


def test_without_a_state_folder_nothing_is_left_behind(folder: Path) -> None:
    with Devservers(folder) as servers:
        file = Path(servers.environment()["GOOGLE_SERVICE_ACCOUNT_FILE"])
        assert file.is_file()
    assert not file.parent.exists()
