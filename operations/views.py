"""The health page; the screens live in their own modules."""

from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from operations import health


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """No login: for load balancers and monitors. 503 only when the database is down."""
    found = health.look(timezone.now())
    return JsonResponse(found.as_json(), status=503 if found.level is health.Level.DOWN else 200)
