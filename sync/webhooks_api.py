"""POST /webhooks/<source>: an outside system says that it has news."""

import re
from typing import Any

import structlog
from django.http import HttpRequest
from django.utils import timezone
from rest_framework.exceptions import NotFound, ParseError
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common.errors import DomainError
from sync.adapters.signatures import ID_HEADER, SENDERS, SIGNATURE_HEADER, TIME_HEADER, check_headers, verify
from sync.models import SourceName
from sync.services.webhooks import accept_message, secrets_of, type_of

log = structlog.get_logger(__name__)

MAX_BYTES = 256_000
_LENGTH = re.compile(r"[0-9]{1,15}", re.ASCII)


class TooLarge(DomainError):
    """More than 256 kB."""

    code = "too_large"
    title = "The message is too large"
    status = 413


class LengthRequired(DomainError):
    """A body in chunks, on a server that does not show where they end."""

    code = "length_required"
    title = "The length of the message is missing"
    status = 411


class WebhookView(APIView):
    """202 accepted, or 200 where it came before; the work itself is done by a worker.

    The signature is the only authentication. Whatever costs something comes after what costs less: headers, size,
    body, signature, and only then the database.
    """

    authentication_classes = ()
    permission_classes = (AllowAny,)
    http_method_names = ["post"]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if kwargs["source"] not in SENDERS:
            raise NotFound("No source of this name sends webhooks.")
        super().initial(request, *args, **kwargs)

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        """The answer is JSON, whatever the sender says that it would like: it reads the status only."""
        return super().perform_content_negotiation(request, force=True)

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, DomainError):
            log.warning("webhook refused", source=self.kwargs["source"], code=exc.code)
        return super().handle_exception(exc)

    def post(self, request: Request, source: str) -> Response:
        sender, now = SourceName(source), timezone.now()
        secrets = secrets_of(sender)
        message_id, timestamp, signatures = (
            request.headers.get(name, "") for name in (ID_HEADER, TIME_HEADER, SIGNATURE_HEADER)
        )
        seconds = now.timestamp()
        check_headers(message_id=message_id, timestamp=timestamp, signatures=signatures, now=seconds)
        body = _read_body(request._request)
        verify(
            secrets=secrets, message_id=message_id, timestamp=timestamp, signatures=signatures, body=body, now=seconds
        )
        kind = type_of(body)
        is_new = accept_message(source=sender, message_id=message_id, body=body, now=now)
        log.info("webhook received", source=source, message_id=message_id, type=kind, is_new=is_new)
        return Response({"status": "accepted" if is_new else "already received"}, status=202 if is_new else 200)


def _read_body(request: HttpRequest) -> bytes:
    """The raw body. Raises TooLarge where its length says so, or one byte after what is taken; LengthRequired."""
    length = request.META.get("CONTENT_LENGTH") or ""
    stream: Any = request
    if length:
        if not _LENGTH.fullmatch(length):
            raise ParseError("Content-Length is not a number of bytes.", "invalid_length")
        _check_size(int(length))
    elif request.META.get("wsgi.input_terminated"):
        # Django takes a body without a length for an empty one; this server ends the stream where the body ends.
        stream = request.META["wsgi.input"]
    elif "HTTP_TRANSFER_ENCODING" in request.META:
        raise LengthRequired("Send the message with a Content-Length, not in chunks.")
    body = bytearray()
    try:
        while chunk := stream.read(MAX_BYTES + 1 - len(body)):
            body += chunk
            _check_size(len(body))
    except OSError as error:
        raise ParseError("The body could not be read: the connection ended early.", "unreadable") from error
    return bytes(body)


def _check_size(size: int) -> None:
    if size > MAX_BYTES:
        raise TooLarge(f"A message may have {MAX_BYTES:,} bytes; send ids, and we fetch the objects.")
