"""What the worker runs by schedule, and what people ask it to."""

from django.contrib.auth.models import User
from django.utils import timezone

from allocation.models import Batch
from common.andon import automatic
from pallets.services import batches
from pallets.services.batch_run import run_batch
from pallets.services.draft_expiry import expire_drafts
from pallets.services.expiry import expire_suggestions
from pallets.services.ungating_follow import follow_ungating as follow


@automatic
def expire() -> list[str]:
    """Expire transfer suggestions that are due, and drafts that nobody confirmed in time; the codes of their carts."""
    now = timezone.now()
    return [*expire_suggestions(now=now), *expire_drafts(now=now)]


@automatic
def follow_ungating() -> str:
    """Note expired statuses, tell what changed ones unlock and lock, bring the ungating tasks up to date. Safe to start
    twice at once.
    """
    return str(follow(now=timezone.now()))


def allocate_batch(batch_id: int) -> str:
    """Make the drafts of a batch; how its run ended. Safe to start twice."""
    return str(run_batch(batch_id=batch_id).run.state)


def accept_drafts(batch_id: int, codes: list[str] | None, actor_id: int | None) -> str:
    """Confirm drafts of a batch in the name of whoever asked for it. Safe to start twice."""
    actor = User.objects.get(pk=actor_id) if actor_id else None
    done = batches.accept_drafts(batch=Batch.objects.get(pk=batch_id), codes=codes, actor=actor)
    return f"{len(done.confirmed)} confirmed, {len(done.refused)} refused"
