"""Every error of the API as `application/problem+json` (RFC 9457), with one shape."""

from collections.abc import Iterable, Iterator, Mapping
from functools import singledispatch
from http import HTTPStatus
from math import ceil
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.core.exceptions import ValidationError as DjangoValidationError
from django.core.signals import got_request_exception
from django.db.models import ProtectedError, RestrictedError
from django.http import Http404
from django.utils.log import log_response
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.settings import api_settings

from common.errors import DomainError, Problem

MEDIA_TYPE = "application/problem+json"
BLANK = "about:blank"
MAX_NAMED = 5


def problem_handler(exc: Exception, context: Mapping[str, Any]) -> Response:
    """The answer to an exception that a view raised.

    One that nobody foresaw is logged with its trace and answered by a 500 that tells nothing of our insides.
    """
    response = answer(exc)
    if response.status_code == HTTPStatus.INTERNAL_SERVER_ERROR:
        request = context["request"]._request
        got_request_exception.send(sender=None, request=request)
        log_response("%s: %s", response.reason_phrase, request.path, response=response, request=request, exception=exc)
    return response


def problem(
    status: int,
    detail: str,
    *,
    code: str,
    title: str = "",
    errors: Iterable[Problem] = (),
    headers: Mapping[str, str] | None = None,
    instance: str = "",
) -> Response:
    """A problem+json answer. A problem with a title of its own gets the type `/problems/<code>`."""
    body: dict[str, Any] = {
        "type": f"/problems/{code}" if title else BLANK,
        "title": title or HTTPStatus(status).phrase,
        "status": int(status),
        "detail": detail,
        "code": code,
        "errors": [{"field": error.field, "message": error.message} for error in errors],
    }
    if instance:
        body["instance"] = instance
    return Response(body, status=status, headers=headers, content_type=MEDIA_TYPE)


@singledispatch
def answer(exc: Exception) -> Response:
    request_id = structlog.contextvars.get_contextvars().get("request_id")
    return problem(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "Something went wrong on our side. It has been recorded; try again later.",
        code="internal_error",
        instance=f"urn:uuid:{request_id}" if request_id else "",
    )


@answer.register
def _(exc: DomainError) -> Response:
    return problem(exc.status, str(exc), code=exc.code, title=exc.title, errors=exc.problems)


@answer.register
def _(exc: exceptions.APIException) -> Response:
    headers = {}
    if auth_header := getattr(exc, "auth_header", None):
        headers["WWW-Authenticate"] = auth_header
    if wait := getattr(exc, "wait", None):
        headers["Retry-After"] = str(ceil(wait))
    code = getattr(exc.detail, "code", None) or exc.default_code
    return problem(exc.status_code, str(exc.detail), code=code, headers=headers)


@answer.register
def _(exc: exceptions.ValidationError) -> Response:
    return _invalid(list(_flat(exc.detail)))


@answer.register
def _(exc: DjangoValidationError) -> Response:
    return answer(exceptions.ValidationError(exc.message_dict if hasattr(exc, "error_dict") else exc.messages))


@answer.register
def _(exc: Http404) -> Response:
    return answer(exceptions.NotFound())


@answer.register
def _(exc: DjangoPermissionDenied) -> Response:
    return answer(exceptions.PermissionDenied())


@answer.register
def _(exc: SuspiciousOperation) -> Response:
    return problem(HTTPStatus.BAD_REQUEST, "The request was refused.", code="bad_request")


@answer.register
def _(exc: RequestDataTooBig) -> Response:
    return problem(HTTPStatus.BAD_REQUEST, "The body is too large.", code="too_large")


@answer.register(ProtectedError)
@answer.register(RestrictedError)
def _(exc: ProtectedError | RestrictedError) -> Response:
    users = sorted(exc.protected_objects if isinstance(exc, ProtectedError) else exc.restricted_objects, key=str)
    named = ", ".join(f"{user._meta.verbose_name} {user}" for user in users[:MAX_NAMED])
    more = f" and {len(users) - MAX_NAMED} more" if len(users) > MAX_NAMED else ""
    return problem(
        HTTPStatus.CONFLICT,
        f"It cannot be deleted while others refer to it: {named}{more}.",
        code="protected",
        title="This is still in use",
    )


def _invalid(errors: list[Problem]) -> Response:
    detail = " ".join(f"{error.field}: {error.message}" if error.field else error.message for error in errors)
    return problem(HTTPStatus.BAD_REQUEST, detail, code="invalid", title="The input is not valid", errors=errors)


def _flat(detail: Any, field: str = "") -> Iterator[Problem]:
    """Nested messages of a serializer as one list; `lines[0].cases` names a field inside others."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            own = "" if name == api_settings.NON_FIELD_ERRORS_KEY else str(name)
            yield from _flat(inner, ".".join(filter(None, [field, own])))
    elif isinstance(detail, list | tuple):
        for position, inner in enumerate(detail):
            nested = isinstance(inner, Mapping | list | tuple)
            yield from _flat(inner, f"{field}[{position}]" if nested else field)
    else:
        yield Problem(field, str(detail))
