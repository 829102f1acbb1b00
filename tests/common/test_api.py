"""The edges of the API: what is read, what is refused and how errors look."""

import json
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.core.exceptions import ValidationError as DjangoValidationError
from django.core.signals import got_request_exception
from django.db.models import ProtectedError
from django.http import Http404
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from clients.api import ClientSerializer
from clients.models import Client
from common.api import ExactJSONRenderer, StrictCharField, StrictDecimalField, StrictIntegerField
from common.api.parsing import read_json
from common.errors import Conflict, DomainError, Problem
from inventory.api import AsinSerializer
from tests.factories import make_asin, make_client


class Order(Serializer[Any]):
    name = StrictCharField(max_length=5)
    amount = StrictDecimalField(max_digits=8, decimal_places=2, min_value=Decimal("0.01"))
    units = StrictIntegerField(min_value=1, max_value=2**31)


def raising(error: Exception) -> Any:
    """A view whose POST reads the body, then raises `error`."""

    class Raising(APIView):
        authentication_classes = ()
        permission_classes = ()

        def post(self, request: Request) -> Response:
            assert isinstance(request.data, dict)
            raise error

    return Raising.as_view()


class Echo(APIView):
    """Answers what it understood, and how many raw bytes are still there for a digest."""

    renderer_classes = (ExactJSONRenderer,)
    authentication_classes = ()
    permission_classes = ()

    def post(self, request: Request) -> Response:
        order = Order(data=request.data)
        order.is_valid(raise_exception=True)
        return Response(dict(order.validated_data, bytes=len(request.body)))


def post(body: bytes | str, view: Any = None, content_type: str = "application/json") -> Response:
    request = APIRequestFactory().post("/api/x", body, content_type=content_type)
    response: Response = (view or Echo.as_view())(request)
    return response.render()


GOOD = '{"name": "Ann", "amount": "12.50", "units": 3}'


def test_a_good_body_is_read_exactly() -> None:
    response = post(GOOD)
    assert (response.status_code, response["Content-Type"]) == (200, "application/json")
    assert json.loads(response.content) == {"name": "Ann", "amount": "12.50", "units": 3, "bytes": len(GOOD)}


@pytest.mark.parametrize(
    ("body", "code", "detail"),
    [
        ("[" * 100_000, "too_deep", "The body is nested deeper than 32 levels."),
        ('{"a":' * 50_000, "too_deep", "The body is nested deeper than 32 levels."),
        ("[" * 33 + "]" * 33, "too_deep", "The body is nested deeper than 32 levels."),
        ('{"a": NaN}', "not_a_number", "NaN is not a number that JSON knows."),
        ('{"a": -Infinity}', "not_a_number", "-Infinity is not a number that JSON knows."),
        ('{"a": 1, "b": {"c": 1, "c": 2}}', "duplicate_key", 'The key "c" is given twice in one object.'),
        ('{"\\ud800": 1, "\\ud800": 2}', "duplicate_key", 'The key "\\ud800" is given twice in one object.'),
        (
            '{"a": "\\ud800"}',
            "lone_surrogate",
            "The body holds half of a surrogate pair (\\ud800 to \\udfff), which is no text.",
        ),
        ('{"\\uDFFF": 1}', "lone_surrogate", None),
        (b'{"a": "\xff"}', "not_utf8", "The body is not UTF-8 text: byte 8 is wrong."),
        ('{"a": 1', "invalid_json", "The body is not JSON: line 1, column 8: Expecting ',' delimiter."),
        (b'\xef\xbb\xbf{"a": 1}', "invalid_json", None),
        ('{"a": "' + "\\", "invalid_json", None),
        ('{"a": 1_000}', "invalid_json", None),
        ('{"a": ' + "9" * 5000 + "}", "number_too_long", "A number has more than 40 characters."),
        ('{"a": 0.' + "9" * 5000 + "}", "number_too_long", "A number has more than 40 characters."),
        (
            '{"a": 1e99999999999999999999}',
            "number_too_long",
            "The number 1e99999999999999999999 is out of range.",
        ),
        (b'"' + b"x" * 3_000_000 + b'"', "too_large", "The body is larger than 1,000,000 bytes."),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_body_that_is_no_plain_json_is_refused(body: bytes | str, code: str, detail: str | None) -> None:
    response = post(body)
    problem = json.loads(response.content)
    assert (response.status_code, response["Content-Type"]) == (400, "application/problem+json")
    assert problem["code"] == code
    assert detail is None or problem["detail"] == detail


def test_depth_counts_brackets_outside_strings_only() -> None:
    assert read_json(b"[" * 32 + b"]" * 32) != []
    assert read_json(json.dumps({"a": '\\"' + "[{" * 100}).encode()) == {"a": '\\"' + "[{" * 100}
    assert read_json('{"a": "\\ud83d\\ude00é"}'.encode()) == {"a": "😀é"}


def test_numbers_keep_their_digits() -> None:
    assert read_json(b'{"a": 0.10, "b": 12345678901234567890}') == {
        "a": Decimal("0.10"),
        "b": 12345678901234567890,
    }
    assert str(read_json(b"[0.10]")[0]) == "0.10"


def test_a_form_is_not_json() -> None:
    response = post("a=1", content_type="application/x-www-form-urlencoded")
    assert (response.status_code, json.loads(response.content)["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize("value", [5, 5.5, True, None, ["a"], "a\x00b", "a\nb", "\ud800", "", "  ", "toolong"])
def test_text_must_be_text(value: object) -> None:
    order = Order(data={"name": value, "amount": "1.00", "units": 1})
    assert not order.is_valid()
    assert list(order.errors) == ["name"]


@pytest.mark.parametrize(
    ("value", "amount"),
    [("1234.50", "1234.50"), (12, "12.00"), (Decimal("12.5"), "12.50"), ("0.01", "0.01"), ("007", "7.00")],
)
def test_amounts_are_exact(value: object, amount: str) -> None:
    order = Order(data={"name": "Ann", "amount": value, "units": 1})
    assert order.is_valid(), order.errors
    assert str(order.validated_data["amount"]) == amount


@pytest.mark.parametrize(
    "value",
    [
        *(True, False, None, 1.5, float("nan"), [1], {}, "", " 1", "NaN", "sNaN", "Infinity", "-inf"),
        *(
            "1e400",
            Decimal("1E+400"),
            Decimal("1e-9"),
            "1e2",
            "1_000",
            "1,000",
            "１２",
            "٣",
            "$5",
            "+5",
            ".5",
            "5.",
        ),
        *("0", "-1.00", "1.001", "1234567.00", "9" * 31),
    ],
)
def test_what_is_no_plain_amount_is_refused(value: object) -> None:
    order = Order(data={"name": "Ann", "amount": value, "units": 1})
    assert not order.is_valid()
    assert list(order.errors) == ["amount"]


@pytest.mark.parametrize("value", [True, "3", 3.0, Decimal("3"), None, 0, -1, 2**63, "１"])
def test_whole_numbers_are_json_integers_in_range(value: object) -> None:
    order = Order(data={"name": "Ann", "amount": "1.00", "units": value})
    assert not order.is_valid()
    assert list(order.errors) == ["units"]


def test_invalid_input_names_every_field() -> None:
    response = post('{"name": 5, "amount": "1e400"}')
    assert response.status_code == 400
    assert json.loads(response.content) == {
        "type": "/problems/invalid",
        "title": "The input is not valid",
        "status": 400,
        "detail": 'name: This must be text in quotes. amount: This must be a plain number such as "1234.50". '
        "units: This field is required.",
        "code": "invalid",
        "errors": [
            {"field": "name", "message": "This must be text in quotes."},
            {"field": "amount", "message": 'This must be a plain number such as "1234.50".'},
            {"field": "units", "message": "This field is required."},
        ],
    }


def test_nested_fields_are_named_by_their_path() -> None:
    error = exceptions.ValidationError({"lines": [{}, {"cases": ["Too many."]}], "non_field_errors": ["No."]})
    problem = json.loads(post("{}", raising(error)).content)
    assert problem["errors"] == [
        {"field": "lines[1].cases", "message": "Too many."},
        {"field": "", "message": "No."},
    ]


def test_a_domain_error_carries_its_problems() -> None:
    error = DomainError([Problem("storeID", "Store 9 is not known."), Problem("amount", "Too much.")])
    response = post("{}", raising(error))
    assert (response.status_code, response["Content-Type"]) == (422, "application/problem+json")
    assert json.loads(response.content) == {
        "type": "/problems/invalid",
        "title": "This cannot be done",
        "status": 422,
        "detail": "Store 9 is not known. Too much.",
        "code": "invalid",
        "errors": [
            {"field": "storeID", "message": "Store 9 is not known."},
            {"field": "amount", "message": "Too much."},
        ],
    }


@pytest.mark.parametrize(
    ("error", "status", "code", "title"),
    [
        (Conflict("Gone."), 409, "conflict", "This has changed meanwhile"),
        (Http404("No Client matches"), 404, "not_found", "Not Found"),
        (exceptions.NotFound(), 404, "not_found", "Not Found"),
        (DjangoPermissionDenied(), 403, "permission_denied", "Forbidden"),
        (exceptions.PermissionDenied(), 403, "permission_denied", "Forbidden"),
        (exceptions.MethodNotAllowed("POST"), 405, "method_not_allowed", "Method Not Allowed"),
        (exceptions.ParseError("Odd."), 400, "parse_error", "Bad Request"),
        (SuspiciousOperation("secret path"), 400, "bad_request", "Bad Request"),
        (RequestDataTooBig("secret"), 400, "too_large", "Bad Request"),
        (DjangoValidationError({"name": ["Taken."]}), 400, "invalid", "The input is not valid"),
        (DjangoValidationError("Bad."), 400, "invalid", "The input is not valid"),
    ],
)
def test_known_errors_keep_their_status(error: Exception, status: int, code: str, title: str) -> None:
    response = post("{}", raising(error))
    problem = json.loads(response.content)
    assert response["Content-Type"] == "application/problem+json"
    assert (response.status_code, problem["status"], problem["code"], problem["title"]) == (
        *(status, status, code, title),
    )
    assert set(problem) == {"type", "title", "status", "detail", "code", "errors"}
    assert "secret" not in problem["detail"]


def test_a_throttled_client_learns_when_to_come_back() -> None:
    response = post("{}", raising(exceptions.Throttled(wait=1.2)))
    assert (response.status_code, response["Retry-After"]) == (429, "2")
    assert json.loads(response.content)["code"] == "throttled"


@pytest.mark.django_db
def test_what_is_in_use_says_by_whom() -> None:
    make_client("7", name="Ann")
    response = post("{}", raising(ProtectedError("no", set(Client.objects.all()))))
    problem = json.loads(response.content)
    assert (response.status_code, problem["code"]) == (409, "protected")
    assert problem["detail"] == "It cannot be deleted while others refer to it: client Ann (7)."


def test_an_unforeseen_error_tells_nothing_of_our_insides_and_is_reported() -> None:
    told: list[object] = []

    def listen(request: object, **_: object) -> None:
        told.append(request)

    got_request_exception.connect(listen)
    try:
        response = post("{}", raising(ZeroDivisionError("secret")))
    finally:
        got_request_exception.disconnect(listen)
    assert (response.status_code, response["Content-Type"]) == (500, "application/problem+json")
    assert b"secret" not in response.content
    assert json.loads(response.content)["code"] == "internal_error"
    assert len(told) == 1


@pytest.mark.django_db
def test_money_is_shown_with_all_its_places_and_without_internal_keys() -> None:
    asin = AsinSerializer(make_asin(unit_cost=Decimal("10"), min_shipping=Decimal("0.5"))).data
    assert (asin["unitCost"], asin["minShipping"], asin["salePrice"]) == ("10.00", "0.5000", None)
    assert "id" not in asin and "pk" not in asin
    assert repr(ClientSerializer().fields["balance"]).startswith("StrictDecimalField(decimal_places=2")
