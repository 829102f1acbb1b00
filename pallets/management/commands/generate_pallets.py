"""manage.py generate_pallets --store ID: a cart for a store, its pallets, and what was left out."""

import json
from argparse import ArgumentParser
from collections import Counter
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from common.errors import DomainError
from common.money import percent_up, usd
from pallets.presentation import describe_cart
from pallets.requests import Wishes
from pallets.services.carts import generate_pallets

MOST_DIGITS = 20


class Command(BaseCommand):
    help = "Generate the best cart for a store and plan its pallets."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--store", required=True, metavar="ID", help="store ID as in the panel")
        parser.add_argument("--amount", metavar="USD", help="default: the client's available balance")
        parser.add_argument("--policy", metavar="SLUG", help="default: the default policy")
        parser.add_argument("--max-units", metavar="N", help="units of one ASIN at most; default: the policy's limit")
        parser.add_argument("--min-roi", metavar="PERCENT", help="minimum return; default: the policy's")
        parser.add_argument("--propose", action="store_true", help="only a draft: nothing is reserved or held")
        parser.add_argument(
            "--build-anyway", action="store_true", help="build a pallet even below the stand-alone fill"
        )
        parser.add_argument("--json", action="store_true", help="print the answer of the API")

    def handle(self, **options: Any) -> None:
        try:
            cart = generate_pallets(
                store_id=options["store"],
                amount=_amount(options["amount"]),
                policy=options["policy"],
                wishes=Wishes(_whole(options["max_units"]), _percent(options["min_roi"])),
                confirm=not options["propose"],
                build_anyway=options["build_anyway"],
            )
        except DomainError as error:
            raise CommandError(
                "\n".join([f"{error.title}.", *(problem.message for problem in error.problems)])
            ) from error
        answer = describe_cart(cart)
        self.stdout.write(json.dumps(answer, indent=2) if options["json"] else summary(answer))


def _amount(text: str | None) -> Decimal | None:
    if text is None:
        return None
    return _number("--amount", text, text.strip().removeprefix("$").replace(",", ""), "an amount of money")


def _percent(text: str | None) -> Decimal | None:
    return None if text is None else _number("--min-roi", text, text.strip().removesuffix("%"), "a percentage")


def _whole(text: str | None) -> int | None:
    if text is None:
        return None
    digits = text.strip().replace(",", "").removeprefix("-")
    if not (digits.isascii() and digits.isdecimal() and len(digits) < MOST_DIGITS):
        raise CommandError(f"--max-units: “{text}” is not a whole number.")
    return int(text.strip().replace(",", ""))


def _number(option: str, text: str, plain: str, kind: str) -> Decimal:
    try:
        if not plain.isascii() or "_" in plain:
            raise InvalidOperation
        return Decimal(plain)
    except InvalidOperation:
        raise CommandError(f"{option}: “{text}” is not {kind}.") from None


def certificate(gap: Decimal) -> str:
    """How good the cart is at least; `gap` as a share of its value."""
    return f"at most {percent_up(gap)}% below the best possible cart" if gap > 0 else "no cart is worth more"


def summary(answer: dict[str, Any]) -> str:
    """The answer as a person reads it."""
    cart = answer["cart"]
    units = sum(line["units"] for line in cart["lines"])
    held = f", {usd(Decimal(cart['held']))} held" if Decimal(cart["held"]) else ""
    rows = [
        f"Cart {cart['code']} for {cart['storeName']} of {cart['clientName']}: {cart['state']}{held}",
        f"  {units:,} units in {len(cart['lines'])} lines: goods {usd(Decimal(cart['goods']))} "
        f"+ shipping {usd(Decimal(cart['shipping']))} = {usd(Decimal(cart['total']))} "
        f"of {usd(Decimal(cart['amount']))}",
    ]
    if cart["gap"] is not None:
        rows.append(f"  {certificate(Decimal(cart['gap']))}")
    rows += [
        f"  {line['asin']}  {line['cases']:>4} x {line['casePack']:<4} {usd(Decimal(line['cost'])):>12}"
        f"  shipping {usd(Decimal(line['shipping'])):>9}  {line['title'][:44]}"
        for line in cart["lines"]
    ]
    rows += [
        f"Pallet {pallet['code']}: {pallet['cartons']} cartons, {pallet['weight']} lb, {pallet['height']} in high, "
        f"fill {Decimal(pallet['fill']):.1%}"
        for pallet in answer["pallets"]
    ]
    for suggestion in answer["suggestions"]:
        rows.append(f"{'For the house' if suggestion['goods'] else 'No pallet'}: {suggestion['reason']}")
        if suggestion["topUp"] is not None:
            rows.append(f"  With {usd(Decimal(suggestion['topUp']))} more the cart would fill a pallet of its own.")
    reasons = Counter(row["code"] for row in answer["leftOut"])
    if reasons:
        rows.append("Left out: " + ", ".join(f"{count:,} {code}" for code, count in sorted(reasons.items())))
    return "\n".join(rows)
