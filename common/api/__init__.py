"""The API's edges: strict JSON in, problem+json errors out, cursor pages, fields that guess nothing.

The views are in `common.api.views`: the REST framework reads this package while it defines its own views.
"""

from common.api.pages import CursorPagination
from common.api.parsing import StrictJSONParser
from common.api.problems import problem_handler
from common.api.rendering import ExactJSONRenderer
from common.api.serializers import PublicSerializer, StrictCharField, StrictDecimalField, StrictIntegerField

__all__ = [
    "CursorPagination",
    "ExactJSONRenderer",
    "PublicSerializer",
    "StrictCharField",
    "StrictDecimalField",
    "StrictIntegerField",
    "StrictJSONParser",
    "problem_handler",
]
