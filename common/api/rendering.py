"""JSON out, exactly."""

from django.core.serializers.json import DjangoJSONEncoder
from rest_framework.renderers import JSONRenderer


class ExactJSONRenderer(JSONRenderer):
    """A `Decimal` outside a serializer is a string too; the framework's own renderer makes a float of it."""

    encoder_class = DjangoJSONEncoder
