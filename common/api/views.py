"""The bases of the API's views."""

from typing import Any, NoReturn

from rest_framework.exceptions import NotFound
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.routers import SimpleRouter
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from common.api.filters import StrictFilters


class ListView(ListModelMixin, GenericViewSet[Any]):
    """A filtered list in pages. Needs `queryset`, `serializer_class` and `filterset_class`."""

    filter_backends = [StrictFilters]


class ReadView(RetrieveModelMixin, ListView):
    """A list, and single objects by their public id (`lookup_field`)."""

    lookup_value_regex = "[^/]+"

    def get_object(self) -> Any:
        wanted = self.kwargs[self.lookup_field]
        found = self.filter_queryset(self.get_queryset()).filter(**{self.lookup_field: wanted}).first()
        if found is None:
            name = self.get_queryset().model._meta.verbose_name
            raise NotFound(f"There is no {name} “{wanted[:60]}”.")
        self.check_object_permissions(self.request, found)
        return found


class UnknownAddress(APIView):
    """What no other address matched: a problem+json 404 for every method."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> NoReturn:
        raise NotFound(f"There is nothing at {request.path[:200]}.")


class Router(SimpleRouter):
    """Addresses with and without a slash at their end, neither of them a redirect."""

    def __init__(self) -> None:
        super().__init__()
        self.trailing_slash = "/?"
