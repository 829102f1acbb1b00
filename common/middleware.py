"""Headers that every answer carries besides those of Django's own middleware."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

# Unfold evaluates the expressions in its templates, and our bars carry their width as a style.
PAGES = (
    "default-src 'self'; img-src 'self' data:; script-src 'self' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
DATA = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
DATA_PATHS = ("/api/", "/generate_pallets", "/healthz", "/webhooks/")


class SecurityHeaders:
    """A content security policy, and no caching of data. What a view says itself stays."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        is_data = request.path.startswith(DATA_PATHS)
        response.headers.setdefault("Content-Security-Policy", DATA if is_data else PAGES)
        if is_data:
            response.headers.setdefault("Cache-Control", "no-store")
        return response
