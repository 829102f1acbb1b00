"""Standard Webhooks: whether a message comes from somebody who knows our secret, unchanged and just now.

The signature is an HMAC-SHA256 of `id.timestamp.body`; see https://www.standardwebhooks.com.
"""

import base64
import hmac
import re
from collections.abc import Sequence

from common.errors import DomainError, Problem

SETTING = "WEBHOOK_SECRETS"
# The sources that send such messages; the others are read only.
SENDERS = ("panel", "ungating")
SECRET_PREFIX = "whsec_"  # noqa: S105
SECRET_BYTES = range(24, 65)
# Seconds that a message's time may lie before or after ours.
WINDOW = 300
MOST_SIGNATURES = 20
LONGEST_SIGNATURES = 4_000
ID_HEADER, TIME_HEADER, SIGNATURE_HEADER = "webhook-id", "webhook-timestamp", "webhook-signature"

# A full stop in one of them would let parts of a signed message pass for other parts.
_ID = re.compile(r"[!-\-/-~]{1,200}", re.ASCII)
_TIMESTAMP = re.compile(r"[0-9]{1,12}", re.ASCII)


class Unauthentic(DomainError):
    """Nothing of the message is believed."""

    code = "unauthentic"
    title = "The message is not authentic"
    status = 401


class MissingHeader(Unauthentic):
    code = "missing_header"


class InvalidMessageId(Unauthentic):
    code = "invalid_message_id"


class InvalidTimestamp(Unauthentic):
    code = "invalid_timestamp"


class TooOld(Unauthentic):
    code = "timestamp_too_old"


class TooNew(Unauthentic):
    code = "timestamp_too_new"


class InvalidSignature(Unauthentic):
    code = "invalid_signature"


class UnusableSecret(DomainError):
    """WEBHOOK_SECRETS holds something that is no secret of this scheme."""

    code = "unusable_secret"
    title = "A secret cannot be used"


def decode_secret(text: object) -> bytes:
    """The key in `whsec_<base64>`, 24 to 64 bytes. Raises UnusableSecret, which never shows the value."""
    key = b""
    if isinstance(text, str) and text.startswith(SECRET_PREFIX):
        try:
            key = base64.b64decode(text.removeprefix(SECRET_PREFIX), validate=True)
        except ValueError:
            key = b""
    if len(key) not in SECRET_BYTES:
        raise UnusableSecret(
            f"{SETTING}: a secret must be {SECRET_PREFIX} and then {SECRET_BYTES[0]} to {SECRET_BYTES[-1]} bytes in "
            "base64, as the sender shows it.",
            field=SETTING,
        )
    return key


def check_headers(*, message_id: str, timestamp: str, signatures: str, now: float) -> None:
    """What can be refused before the body is read. Empty text: the header is missing. `now`: seconds since 1970.

    Raises Unauthentic: MissingHeader, InvalidMessageId, InvalidTimestamp, TooOld, TooNew or InvalidSignature.
    """
    given = {ID_HEADER: message_id, TIME_HEADER: timestamp, SIGNATURE_HEADER: signatures}
    missing = [name for name, value in given.items() if not value]
    if missing:
        raise MissingHeader([Problem(name, f"The header {name} is missing.") for name in missing])
    if not _ID.fullmatch(message_id):
        raise InvalidMessageId(
            "A message's id is 1 to 200 visible ASCII characters other than the full stop.", field=ID_HEADER
        )
    if not _TIMESTAMP.fullmatch(timestamp):
        raise InvalidTimestamp("The time of sending must be whole seconds since 1970, digits only.", field=TIME_HEADER)
    age = now - int(timestamp)
    if age > WINDOW:
        raise TooOld(f"The message was sent more than {WINDOW} seconds ago by our clock.", field=TIME_HEADER)
    if age < -WINDOW:
        raise TooNew(f"The message was sent more than {WINDOW} seconds ahead of our clock.", field=TIME_HEADER)
    _candidates(signatures)


def verify(
    *, secrets: Sequence[bytes], message_id: str, timestamp: str, signatures: str, body: bytes, now: float
) -> None:
    """Check the headers, and that one of the `v1` signatures was made with one of `secrets`.

    Every signature is compared with every secret, so the time that it takes tells nothing. Raises as check_headers.
    """
    check_headers(message_id=message_id, timestamp=timestamp, signatures=signatures, now=now)
    candidates = _candidates(signatures)
    signed = b".".join((message_id.encode("ascii"), timestamp.encode("ascii"), body))
    fits = False
    for secret in secrets:
        expected = base64.b64encode(hmac.digest(secret, signed, "sha256"))
        for candidate in candidates:
            fits |= hmac.compare_digest(expected, candidate)
    if not fits:
        raise InvalidSignature(
            "No v1 signature of this message was made with a secret that we know.", field=SIGNATURE_HEADER
        )


def _candidates(signatures: str) -> list[bytes]:
    """The `v1` signatures in base64; those of other versions, such as v1a, are passed over. Raises InvalidSignature."""
    values = signatures.split(" ") if len(signatures) <= LONGEST_SIGNATURES else []
    if not values or len(values) > MOST_SIGNATURES:
        raise InvalidSignature(
            f"At most {MOST_SIGNATURES} signatures in {LONGEST_SIGNATURES:,} characters are looked at.",
            field=SIGNATURE_HEADER,
        )
    found = [value.removeprefix("v1,") for value in values if value.startswith("v1,")]
    if not found:
        raise InvalidSignature("There is no signature of version v1 (v1,<base64>).", field=SIGNATURE_HEADER)
    return [value.encode("utf-8", "backslashreplace") for value in found]
