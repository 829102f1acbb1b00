"""POST /generate_pallets: the best cart for a store and its pallets."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from access.services import Answer, answer_once
from common.api import StrictCharField, StrictDecimalField, StrictIntegerField
from common.errors import DomainError, Problem
from common.people import signed_in
from pallets.presentation import describe_cart
from pallets.requests import Wishes
from pallets.services.carts import generate_pallets


class StrictBooleanField(serializers.BooleanField):
    """true or false, nothing that merely looks like it."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class GenerateBody(serializers.Serializer[Any]):
    """`{"clientName", "clientID", "storeID"}`, plus optional amount, policy, confirm, buildAnyway, and limits in place
    of the policy's: maxUnitsPerAsin, minRoiPercent.
    """

    clientName = StrictCharField(max_length=200)
    clientID = StrictCharField(max_length=40)
    storeID = StrictCharField(max_length=40)
    amount = StrictDecimalField(max_digits=40, decimal_places=10, required=False, allow_null=True, default=None)
    policy = StrictCharField(max_length=50, required=False, allow_null=True, default=None)
    maxUnitsPerAsin = StrictIntegerField(required=False, allow_null=True, default=None)
    minRoiPercent = StrictDecimalField(max_digits=40, decimal_places=10, required=False, allow_null=True, default=None)
    confirm = StrictBooleanField(required=False, default=True)
    buildAnyway = StrictBooleanField(required=False, default=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        unknown = sorted(set(self.initial_data) - set(self.fields))
        if unknown:
            raise serializers.ValidationError(dict.fromkeys(unknown, "There is no such field."))
        return attrs


class GeneratePallets(APIView):
    """201 with cart, pallets, placements, shipping, what was left out and why, transfer suggestions.

    The header `Idempotency-Key` makes a repeat of the same request give the same answer, once.
    """

    required_permissions = ("allocation.add_cart", "pallets.add_pallet")

    def post(self, request: Request) -> Response:
        raw = request._request.body
        body = GenerateBody(data=request.data if isinstance(request.data, dict) else _not_an_object())
        body.is_valid(raise_exception=True)
        wanted = body.validated_data

        def act() -> Answer:
            cart = generate_pallets(
                store_id=wanted["storeID"],
                client_id=wanted["clientID"],
                client_name=wanted["clientName"],
                amount=wanted["amount"],
                policy=wanted["policy"],
                wishes=Wishes(wanted["maxUnitsPerAsin"], wanted["minRoiPercent"]),
                confirm=wanted["confirm"],
                build_anyway=wanted["buildAnyway"],
                actor=signed_in(request),
            )
            return 201, describe_cart(cart)

        key = request.headers.get("Idempotency-Key")
        status, answer = act() if key is None else answer_once(user=signed_in(request), key=key, body=raw, act=act)
        return Response(answer, status=status)


def _not_an_object() -> Any:
    raise DomainError([Problem("", "The body must be a JSON object.")])
