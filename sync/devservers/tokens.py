"""A service account of ours, and the token endpoint that lets it in as Google's does."""

import base64
import json
import os
import secrets
import time
from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import parse_qs

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from sync.devservers.calls import Call, CallRefused, Reply, json_reply, only

FILE = "service-account.json"
EMAIL = "development@devservers.invalid"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
# What google-auth writes as the audience, whatever the address that it asks.
GOOGLE_TOKEN_URL = "https://oauth2.googleapis.com/token"  # noqa: S105
LIFETIME = 3600  # seconds, of a token and the longest of an assertion
SKEW = 60  # seconds that two clocks may differ
READ = "https://www.googleapis.com/auth/spreadsheets.readonly"
WRITE = "https://www.googleapis.com/auth/spreadsheets"


class ServiceAccount:
    """An account with a key of its own, kept in the state folder, and the tokens given to it."""

    def __init__(self, state: Path, token_url: str) -> None:
        self.file = state / FILE
        self._token_url = token_url
        self._key = _kept_key(self.file) or rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._tokens: dict[str, tuple[frozenset[str], float]] = {}
        self._lock = Lock()
        self._write()

    def grant(self, assertion: str) -> str:
        """An access token for a signed assertion. Raises CallRefused that says what is wrong with it."""
        claims = self._claims(assertion)
        scopes = frozenset(str(claims.get("scope", "")).split())
        if not scopes:
            raise CallRefused(401, "Invalid assertion: it asks for no scope.")
        token = "development." + secrets.token_urlsafe(32)
        with self._lock:
            self._tokens[token] = (scopes, time.monotonic() + LIFETIME)
        return token

    def may_write(self, token: str) -> bool | None:
        """Whether the token's scopes allow writing; `None` where it is not valid or opens no spreadsheet."""
        with self._lock:
            scopes, until = self._tokens.get(token, (frozenset(), 0.0))
        if time.monotonic() >= until or not scopes & {READ, WRITE}:
            return None
        return WRITE in scopes

    def expire(self) -> None:
        """Every token given until now is worth nothing any more, as after an hour."""
        with self._lock:
            self._tokens.clear()

    def _claims(self, assertion: str) -> Mapping[str, Any]:
        head, _, signature = assertion.rpartition(".")
        header, _, payload = head.partition(".")
        if _json(header).get("alg") != "RS256":
            raise CallRefused(401, "Invalid assertion: it is not a JWT signed by RS256.")
        try:
            self._key.public_key().verify(_decoded(signature), head.encode(), padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature as error:
            raise CallRefused(401, "Invalid JWT Signature.") from error
        claims = _json(payload)
        self._check(claims, time.time())
        return claims

    def _check(self, claims: Mapping[str, Any], now: float) -> None:
        issued, expires = claims.get("iat"), claims.get("exp")
        if claims.get("iss") != EMAIL:
            raise CallRefused(401, "Invalid assertion: iss is not this service account.")
        if claims.get("aud") not in (self._token_url, GOOGLE_TOKEN_URL):
            raise CallRefused(401, f"Invalid assertion: aud is neither {self._token_url} nor {GOOGLE_TOKEN_URL}.")
        if not isinstance(issued, int) or not isinstance(expires, int):
            raise CallRefused(401, "Invalid assertion: iat and exp must be whole numbers.")
        if expires < now - SKEW or issued > now + SKEW or expires - issued > LIFETIME:
            raise CallRefused(401, "Invalid assertion: it is expired, of the future, or longer than an hour.")

    def _write(self) -> None:
        pem = self._key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        content = {
            "type": "service_account",
            "project_id": "devservers",
            "private_key_id": "development",
            "private_key": pem.decode(),
            "client_email": EMAIL,
            "client_id": "1",
            "token_uri": self._token_url,
        }
        write_private(self.file, json.dumps(content, indent=1) + "\n")


class TokenEndpoint:
    """`POST /token`: a signed assertion in, an access token out."""

    def __init__(self, account: ServiceAccount) -> None:
        self._account = account

    def answer(self, call: Call, trouble: str) -> Reply:
        """Raises CallRefused."""
        if call.segments != ("token",):
            raise CallRefused(404, f"There is no {call.path}.")
        only(call, "POST")
        form = parse_qs(call.body.decode("utf-8", "replace"))
        if form.get("grant_type") != [GRANT]:
            raise CallRefused(401, f"grant_type must be {GRANT}.")
        token = self._account.grant(form.get("assertion", [""])[0])
        return json_reply({"access_token": token, "expires_in": LIFETIME, "token_type": "Bearer"})

    def refuse(self, refused: CallRefused) -> Reply:
        """`{"error", "error_description"}`."""
        error = "invalid_grant" if refused.status == 401 else "invalid_request"
        return json_reply({"error": error, "error_description": refused.message}, refused.status)


def write_private(path: Path, text: str) -> None:
    """Writes a file that only its owner can read, replacing it as a whole."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(temporary, path)


def _kept_key(file: Path) -> rsa.RSAPrivateKey | None:
    """The key of an earlier start; `None` where there is none that can be used."""
    try:
        pem = json.loads(file.read_text(encoding="utf-8"))["private_key"]
        # Its arithmetic was right when we made it; to prove that again would take most of the start.
        key = serialization.load_pem_private_key(pem.encode(), password=None, unsafe_skip_rsa_key_validation=True)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return key if isinstance(key, rsa.RSAPrivateKey) else None


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError as error:
        raise CallRefused(401, "Invalid assertion: it is not a JWT.") from error


def _json(text: str) -> dict[str, Any]:
    try:
        value = json.loads(_decoded(text))
    except (ValueError, RecursionError) as error:
        raise CallRefused(401, "Invalid assertion: it is not a JWT.") from error
    if not isinstance(value, dict):
        raise CallRefused(401, "Invalid assertion: it is not a JWT.")
    return value
