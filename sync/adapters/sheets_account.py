"""The service account that reads the sheet: its key file, and its token."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from google.oauth2.service_account import Credentials

from sync.adapters.reading import Unreachable
from sync.adapters.sheets_http import Answer, Wire, checked_base
from sync.parsing.issues import UnusableFile, shorten
from sync.parsing.strict_json import load_json

SETTING = "GOOGLE_SERVICE_ACCOUNT_FILE"
NEW_KEY = "Download a new JSON key of the service account from the Google Cloud console."
NEEDED = ("client_email", "private_key", "token_uri")
LONGEST_TOKEN_LIFE = 86_400


class Account:
    """A service account: its JSON key file is read when first needed, a token asked for when the old one ends.

    Every method raises `Unreachable`. Messages may show the account's e-mail, never the key, a token or an answer.
    """

    def __init__(self, key_file: Path, wire: Wire, *, scopes: Sequence[str]) -> None:
        self._key_file = key_file
        self._wire = wire
        self._scopes = scopes
        self._credentials: Credentials | None = None

    @property
    def email(self) -> str:
        return shorten(self._loaded().service_account_email, 200)

    def bearer(self) -> str:
        """The value of the Authorization header."""
        credentials = self._loaded()
        if not credentials.valid:
            # Not through `before_request`: from there newer releases of google-auth phone home.
            credentials.refresh(self._token_answer)
        return f"Bearer {credentials.token}"

    def forget(self) -> None:
        """The file is read and a token asked for anew when next needed: Google refused one of them."""
        self._credentials = None

    def refused(self) -> Unreachable:
        """What to say where Google does not take the account's token."""
        return Unreachable(f"Google refuses the service account {self.email}. {NEW_KEY} Set {SETTING} to it.")

    def _loaded(self) -> Credentials:
        if self._credentials is None:
            self._credentials = _credentials(_key(self._key_file), self._scopes)
        return self._credentials

    def _token_answer(self, url: str, method: str, body: bytes, headers: dict[str, str], **_: Any) -> Answer:
        """How google-auth sends; it gets good answers only, because it would retry or show any other."""
        answer = self._wire.send(method, url, headers, body)
        failure = answer.failure("Google's sign-in")
        if failure:
            raise failure
        if answer.status != 200:
            raise self._refusal(answer)
        if not _is_token(answer.data):
            raise Unreachable("Google's sign-in gave no token: a proxy or login page may answer in its place.")
        return answer

    def _refusal(self, answer: Answer) -> Unreachable:
        refused = self.refused()
        email = self.email
        self.forget()
        if "short-lived token" in answer.says or "iat and exp" in answer.says:
            return Unreachable(
                f"Google refuses the service account {email} because the time it was told is wrong: "
                "set this machine's clock."
            )
        if "account not found" in answer.says:
            return Unreachable(f"Google does not know the service account {email} any more. {NEW_KEY}")
        return refused


def _key(path: Path) -> dict[str, str]:
    """The key file's needed entries."""
    if str(path) in ("", "."):
        raise Unreachable(f"{SETTING} is not set: it has to name the JSON key file of a service account.")
    try:
        found = load_json(path, f"The file of {SETTING} ({path})")
    except UnusableFile as error:
        raise Unreachable(f"{error} {NEW_KEY}") from None
    kind = found.get("type") if isinstance(found, dict) else None
    if kind != "service_account":
        has = f"its type is '{shorten(kind)}'" if kind else "it has no type"
        raise Unreachable(f"The file of {SETTING} is not the key of a service account: {has}. {NEW_KEY}")
    missing = [name for name in NEEDED if not (isinstance(found.get(name), str) and found[name].strip())]
    if missing:
        raise Unreachable(f"The file of {SETTING} lacks {' and '.join(missing)}. {NEW_KEY}")
    checked_base(found["token_uri"], f"token_uri in the file of {SETTING}")
    return {name: found[name] for name in (*NEEDED, "private_key_id") if isinstance(found.get(name), str)}


def _credentials(key: dict[str, str], scopes: Sequence[str]) -> Credentials:
    try:
        credentials: Credentials = Credentials.from_service_account_info(key, scopes=list(scopes))
        credentials.sign_bytes(b"")  # a key of another kind fails only when it signs
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise Unreachable(f"The private_key in the file of {SETTING} is damaged or not an RSA key. {NEW_KEY}") from None
    return credentials


def _is_token(data: bytes) -> bool:
    try:
        found = load_json(data, "The answer")
    except UnusableFile:
        return False
    if not isinstance(found, dict):
        return False
    token, life = found.get("access_token"), found.get("expires_in")
    plain = isinstance(token, str) and token.isascii() and token.isprintable() and token and " " not in token
    return bool(plain) and type(life) is int and 0 < life <= LONGEST_TOKEN_LIFE
