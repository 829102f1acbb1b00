"""What a caller asked for, checked: which store, whose, how much, by which policy."""

from dataclasses import dataclass, replace
from decimal import Decimal

from allocation.limits import Limits
from allocation.models import Policy
from allocation.models.policy import LEAST_ROI, MOST_ROI
from clients.models import Client, Store
from common.errors import DomainError, NotFound, Problem
from common.money import cents, usd
from common.text import text_key
from inventory.models import MAX_UNITS

MAX_AMOUNT = Decimal("99999999.99")


@dataclass(frozen=True)
class CartRequest:
    """A request that can be acted on: `amount` in USD is above 0 and within the client's available balance."""

    store: Store
    policy: Policy
    amount: Decimal
    limits: Limits


@dataclass(frozen=True)
class Wishes:
    """Limits for one cart in place of the policy's; None keeps the policy's."""

    max_units_per_asin: int | None = None
    min_roi_percent: Decimal | None = None

    def over(self, limits: Limits) -> Limits:
        """The policy's limits with these in their place."""
        return replace(limits, **{name: value for name, value in vars(self).items() if value is not None})

    def problems(self) -> list[Problem]:
        """Each wish that no policy could have, by the API's name of its field."""
        units, roi = self.max_units_per_asin, self.min_roi_percent
        problems = []
        if units is not None and not 1 <= units <= MAX_UNITS:
            words = f"The most units of one ASIN must be 1 to {MAX_UNITS:,}, not {units}."
            problems.append(Problem("maxUnitsPerAsin", words))
        if roi is not None and not (roi.is_finite() and LEAST_ROI <= roi <= MOST_ROI):
            words = f"The minimum ROI must be {LEAST_ROI} to {MOST_ROI:,} percent, not {roi}."
            problems.append(Problem("minRoiPercent", words))
        elif roi is not None and roi != cents(roi):
            words = f"The minimum ROI {roi.normalize():f} is finer than 0.01 percent."
            problems.append(Problem("minRoiPercent", words))
        return problems


NO_WISHES = Wishes()


def read_request(
    *,
    store_id: str,
    client_id: str | None = None,
    client_name: str | None = None,
    amount: Decimal | None = None,
    policy: str | None = None,
    wishes: Wishes = NO_WISHES,
) -> CartRequest:
    """Resolve public ids. Defaults: the client's available balance, the default policy and its limits.

    Raises NotFound for an unknown store or client, DomainError naming each field that is wrong.
    """
    store = Store.objects.select_related("client").filter(panel_id=store_id).first()
    if store is None:
        raise NotFound(f"There is no store “{store_id}”.", field="storeID")
    problems = [*_client_problems(store.client, store, client_id, client_name), *_store_problems(store)]
    chosen = _policy(policy)
    if chosen is None:
        known = ", ".join(Policy.objects.values_list("slug", flat=True))
        problems.append(Problem("policy", f"There is no policy “{policy}”. Known: {known}."))
    wanted = store.client.available if amount is None else amount
    problems += [*_amount_problems(store.client, wanted, given=amount is not None), *wishes.problems()]
    if problems or chosen is None:
        raise DomainError(problems)
    return CartRequest(store, chosen, cents(wanted), wishes.over(chosen.limits))


def _policy(slug: str | None) -> Policy | None:
    return Policy.objects.filter(slug=slug).first() if slug else Policy.objects.filter(is_default=True).first()


def _client_problems(client: Client, store: Store, client_id: str | None, client_name: str | None) -> list[Problem]:
    problems = []
    if client_id is not None and client_id != client.panel_id:
        if Client.objects.filter(panel_id=client_id).exists():
            problems.append(Problem("storeID", f"Store {store.panel_id} does not belong to client {client_id}."))
        else:
            problems.append(Problem("clientID", f"There is no client “{client_id}”."))
    elif client_name is not None and text_key(client_name) != client.name_key:
        problems.append(
            Problem("clientName", f"Client {client.panel_id} is called “{client.name}”, not “{client_name}”.")
        )
    return problems


def _store_problems(store: Store) -> list[Problem]:
    problems = []
    if not store.may_receive:
        state = store.get_status_display().lower() if store.is_active else "no longer in use"
        problems.append(Problem("storeID", f"{store} is {state}; it cannot receive goods."))
    if not store.client.may_buy:
        state = store.client.get_status_display().lower() if store.client.is_active else "no longer in use"
        problems.append(Problem("clientID", f"{store.client} is {state}; nothing can be allocated to it."))
    return problems


def _amount_problems(client: Client, amount: Decimal, *, given: bool) -> list[Problem]:
    if not amount.is_finite():
        return [Problem("amount", "The amount must be a number.")]
    if not given and amount <= 0:
        return [Problem("amount", f"{client} has no available balance ({usd(amount)}).")]
    if amount <= 0:
        return [Problem("amount", f"The amount must be above $0.00, not {amount.normalize():f}.")]
    if amount > MAX_AMOUNT:
        return [Problem("amount", f"The amount must be at most {usd(MAX_AMOUNT)}.")]
    if amount != cents(amount):
        return [Problem("amount", f"The amount {amount.normalize():f} is finer than a cent.")]
    if amount > client.available:
        return [
            Problem(
                "amount",
                f"{usd(amount)} is more than the {usd(client.available)} that {client} has available. "
                f"{usd(amount - client.available)} is missing.",
            )
        ]
    return []
