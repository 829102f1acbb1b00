"""Pages of lists by cursor: equally quick on every page; no row twice or left out while rows are added."""

import re

from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import Cursor
from rest_framework.pagination import CursorPagination as BaseCursorPagination
from rest_framework.request import Request

WHOLE = re.compile(r"[1-9][0-9]{0,2}", re.ASCII)
POSITION = re.compile(r"[0-9]{1,18}", re.ASCII)
BAD_CURSOR = "This is not a cursor of ours: follow the next or previous link of a page."


class CursorPagination(BaseCursorPagination):
    """Oldest row first. `page_size` is 1 to 200; a page answers `next`, `previous` and `results`.

    Raises ValidationError (400) for any other page size and for a cursor that no page of ours gave.
    """

    ordering = "id"
    page_size_query_param = "page_size"
    max_page_size = 200

    def get_page_size(self, request: Request) -> int | None:
        text = request.query_params.get("page_size")
        if text is None:
            return self.page_size
        if not WHOLE.fullmatch(text) or int(text) > self.max_page_size:
            raise ValidationError({"page_size": [f"The page size is a whole number from 1 to {self.max_page_size}."]})
        return int(text)

    def decode_cursor(self, request: Request) -> Cursor | None:
        try:
            cursor = super().decode_cursor(request)
        except NotFound as error:
            raise ValidationError({"cursor": [BAD_CURSOR]}) from error
        if cursor is not None and not POSITION.fullmatch(str(cursor.position or "")):
            raise ValidationError({"cursor": [BAD_CURSOR]})
        return cursor
