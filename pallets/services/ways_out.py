"""The ways out of a draft's last pallet, worked out when somebody asks and kept with the draft."""

from typing import Any

from django.utils import timezone

from allocation.models import Cart
from allocation.services.preorder_allocations import credit_of
from allocation.snapshot import take_snapshot
from allocation.states import CartState
from common.errors import Conflict
from common.money import ZERO
from pallets.restate import restate
from pallets.shipping_insight import Shipped, shipping_story
from pallets.ways_out import ways_out


def find_ways_out(*, code: str) -> None:
    """Pack and price draft `code` anew, as confirming it would, and keep the story of its shipping with it.

    Raises NotFound; Conflict where it is no draft, is pooled or was changed meanwhile; StalePlan or DoesNotFit as
    confirming it would.
    """
    seen: dict[str, Any] = dict(Cart.objects.filter(code=code).values("updated_at", "goods", "shipping").first() or {})
    proposal = restate(code=code)
    if not proposal.pallets:
        raise Conflict(f"Cart {code} is pooled: it has no pallet of its own.")
    client, now = proposal.client, timezone.now()
    snapshot = take_snapshot(
        stores=[proposal.store],
        policy=proposal.policy,
        now=now,
        today=timezone.localdate(now),
        money={client.panel_id: client.available},
    )
    market = snapshot.market(budgets={client.panel_id: ZERO})
    shipped = Shipped(snapshot, market, proposal.lines, proposal.pallets)
    cart = Cart.objects.get(code=code)
    story = shipping_story(shipped, ways_out(shipped, client.available - proposal.total + credit_of(cart)))
    insight = {**cart.insight, "shipping": story}
    if Cart.objects.filter(pk=cart.pk, state=CartState.DRAFT, **seen).update(insight=insight) != 1:
        raise Conflict(f"Cart {code} was changed meanwhile. Open it again.")
