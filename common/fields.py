"""Model fields that behave the same on SQLite and on MariaDB."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.expressions import Combinable


class KeyField(models.CharField):
    """Text that matches byte by byte: a binary collation on MariaDB, where the default folds case and accents."""

    def db_parameters(self, connection: BaseDatabaseWrapper) -> dict[str, Any]:
        parameters: dict[str, Any] = super().db_parameters(connection)
        parameters["collation"] = "utf8mb4_bin" if connection.vendor == "mysql" else None
        return parameters


class LinkField(models.URLField):
    """A web address; one typed without a scheme is taken as https."""

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**({"assume_scheme": "https"} | kwargs))


class MoneyField(models.DecimalField):
    """An exact amount of USD: `Decimal` in Python, a whole number of its smallest unit in the database.

    SQLite keeps decimals as binary floats, so `0.1 + 0.2 >= 0.3` fails there; whole cents compare and add
    exactly on every database. `decimal_places` is 2, or 4 for prices per unit.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_digits", 14)
        kwargs.setdefault("decimal_places", 2)
        super().__init__(*args, **kwargs)

    def get_internal_type(self) -> str:
        return "BigIntegerField"

    def from_db_value(self, value: int | None, *_: Any) -> Decimal | None:
        return None if value is None else Decimal(int(value)).scaleb(-self.places)

    @property
    def places(self) -> int:
        return int(self.decimal_places or 0)

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:
        if value is None or hasattr(value, "as_sql"):
            return value
        return self.smallest_units(value)

    def get_db_prep_save(self, value: Any, connection: BaseDatabaseWrapper) -> Any:
        return self.get_db_prep_value(value, connection)

    def smallest_units(self, value: Any) -> int:
        """The amount in cents (or 1/10,000 USD). Raises ValidationError where it is no amount or finer than that."""
        try:
            scaled = Decimal(self.to_python(value)).scaleb(self.places)
            whole = scaled.to_integral_exact()
        except InvalidOperation as error:
            raise ValidationError(f"{value!r} is not an amount of money.") from error
        if whole != scaled:
            raise ValidationError(f"{value} has more than {self.places} decimal places.")
        return int(whole)


def amount(value: Decimal, places: int = 2) -> Combinable:
    """`value` as an SQL operand beside money columns: `F("held") + amount(price)`."""
    return models.Value(value, output_field=MoneyField(decimal_places=places))
