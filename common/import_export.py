"""Import and export of lists as CSV and XLSX: by natural keys, with a preview, and with problems named by row,
column and value. An import with a problem changes nothing.
"""

import zipfile
from collections.abc import Callable
from typing import Any, ClassVar

import tablib
from django import forms
from django.contrib import messages
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from import_export import fields, resources
from import_export.admin import ImportExportMixin
from import_export.formats.base_formats import CSV, XLSX

from common.admin_base import ExportForm, UnfoldImportForm
from common.text import text_key

MAX_ROWS = 10_000
MAX_BYTES = 10 * 1024 * 1024
MAX_UNPACKED = 100 * 1024 * 1024


def column(name: str, attribute: str, widget: Any, **options: Any) -> fields.Field:
    """A column called `name` that holds `attribute`."""
    return fields.Field(attribute=attribute, column_name=name, widget=widget, **options)


def shown(name: str, attribute: str, widget: Any) -> fields.Field:
    """A column that is exported and ignored by an import: money and stock move by their own pages."""
    return column(name, attribute, widget, readonly=True)


class ListResource(resources.ModelResource):  # type: ignore[misc]
    """A list of objects. New rows are made by hand; of a feed's objects only our own fields may change.

    `feed_fields` are the model's fields that belong to the feed, `identity` the columns that name a row, `derived` the
    fields that follow from other cells when their own is blank.
    """

    feed_fields: ClassVar[tuple[str, ...]] = ()
    identity: ClassVar[tuple[str, ...]] = ()
    derived: ClassVar[tuple[str, ...]] = ()

    class Meta:
        clean_model_instances = True
        skip_unchanged = True
        report_skipped = True
        use_transactions = True

    def before_import(self, dataset: tablib.Dataset, **kwargs: Any) -> None:
        """Columns are found by name, ignoring case and spaces. Raises ValueError naming every column that is wrong."""
        self.rows_by_key: dict[tuple[str, ...], int] = {}
        known = {text_key(field.column_name): field.column_name for field in self.fields.values()}
        headers = [str(header or "").strip() for header in dataset.headers or []]
        names = [known.get(text_key(header), header) for header in headers]
        problems = [
            f"Column “{header}” is not known." for header in headers if header and text_key(header) not in known
        ]
        problems += [f"Column “{name}” is there twice." for name in sorted(set(names) - {""}) if names.count(name) > 1]
        wanted = [self.fields[name].column_name for name in self.get_import_id_fields()]
        problems += [f"Column “{name}” is missing." for name in wanted if name not in names]
        if len(dataset) > MAX_ROWS:
            problems.append(f"The file has {len(dataset):,} rows; at most {MAX_ROWS:,} can be imported here.")
        if problems:
            dataset.wipe()
            raise ValueError(" ".join([*problems, f"Columns are: {', '.join(known.values())}."]))
        dataset.headers = [name or f"(blank {place})" for place, name in enumerate(names, start=1)]

    def get_instance(self, instance_loader: Any, row: Any) -> Any:
        """A cell of the key that cannot be read is reported with the row's other problems."""
        try:
            return self.find(row) if any(str(row.get(name) or "").strip() for name in self.identity) else None
        except ValueError:
            return None

    def before_save_instance(self, instance: Any, row: Any, **kwargs: Any) -> None:
        """What its history says of the reason."""
        instance._change_reason = "Imported"

    def find(self, row: Any) -> Any:
        """The stored object that the row names, or None."""
        names = {self.fields[name].attribute: self.fields[name].clean(row) for name in self.get_import_id_fields()}
        return self.get_queryset().filter(**names).first()

    def import_field(self, field: Any, instance: Any, row: Any, is_m2m: bool = False, **kwargs: Any) -> None:
        """What names an object found it: its own spelling of it stays."""
        if not (instance.pk and self.get_field_name(field) in self.get_import_id_fields()):
            super().import_field(field, instance, row, is_m2m, **kwargs)

    def import_instance(self, instance: Any, row: Any, **kwargs: Any) -> None:
        is_feeds = bool(instance.pk) and instance.from_feed
        before = {name: getattr(instance, name) for name in self.feed_fields} if is_feeds else {}
        errors: dict[str, Any] = {}
        try:
            super().import_instance(instance, row, **kwargs)
        except ValidationError as error:
            errors = error.update_error_dict(errors)
        for name, value in before.items():
            if name not in errors and getattr(instance, name) != value:
                errors[name] = ValidationError("This comes from the feed and cannot be changed by an import.")
        errors |= {name: ValidationError(text) for name, text in self._again(row, kwargs["row_number"]).items()}
        self.complete(instance)
        for name, text in self.problems(instance).items():
            errors.setdefault(name, ValidationError(text))
        if errors:
            raise ValidationError(errors)

    def validate_instance(
        self, instance: Any, import_validation_errors: Any = None, validate_unique: bool = True
    ) -> None:
        """Beside cells that could not be read, what only follows from them is not said again."""
        try:
            super().validate_instance(instance, import_validation_errors, validate_unique)
        except ValidationError as error:
            readonly = {field.attribute for field in self.fields.values() if field.readonly}
            computed = {*readonly, *self.derived, NON_FIELD_ERRORS} - set(import_validation_errors or {})
            said = {name: text for name, text in error.error_dict.items() if name not in computed}
            raise (ValidationError(said) if import_validation_errors else error) from None

    def _again(self, row: Any, number: int) -> dict[str, str]:
        key = tuple(text_key(str(row.get(name) or "")) for name in self.identity)
        first = self.rows_by_key.setdefault(key, number)
        if first == number or not any(key):
            return {}
        attribute = next(field.attribute for field in self.fields.values() if field.column_name == self.identity[0])
        return {attribute: f"This is in row {first + 1} already."}

    def complete(self, instance: Any) -> None:
        """Set what follows from the row's cells."""

    def problems(self, instance: Any) -> dict[str, str]:
        """What is wrong with a row whose cells were all read, by the model's field, in words."""
        return {}

    def listed_problems(self, result: Any) -> list[dict[str, Any]]:
        """Every problem of an import: row as in the sheet (the header is row 1), column, value and what is wrong."""
        if result.base_errors:
            return [{"row": 1, "column": "", "value": "", "text": str(error.error)} for error in result.base_errors]
        columns = {field.attribute: field.column_name for field in self.fields.values()}
        listed = [
            {"row": number + 1, "column": "", "value": "", "text": str(error.error)}
            for number, errors in result.row_errors()
            for error in errors
        ]
        for row in result.invalid_rows:
            values = dict(zip(result.diff_headers, row.values, strict=True))
            for name, texts in row.error_dict.items():
                header = columns.get(name, "")
                value = values.get(header, "")
                listed += [{"row": row.number + 1, "column": header, "value": value, "text": text} for text in texts]
        return sorted(listed, key=lambda problem: problem["row"])


class FileForm(UnfoldImportForm):  # type: ignore[misc]
    def clean_import_file(self) -> Any:
        file = self.cleaned_data["import_file"]
        if file.size > MAX_BYTES:
            raise forms.ValidationError(f"The file is larger than {MAX_BYTES // 1024 // 1024} MB.")
        if unpacked_bytes(file) > MAX_UNPACKED:
            raise forms.ValidationError(f"The file unpacks to more than {MAX_UNPACKED // 1024 // 1024} MB.")
        return file


def unpacked_bytes(file: Any) -> int:
    """What a workbook, which is a zip, says that it unpacks to; 0 for any other file."""
    try:
        with zipfile.ZipFile(file) as archive:
            return sum(part.file_size for part in archive.infolist())
    except (zipfile.BadZipFile, NotImplementedError, ValueError):
        return 0
    finally:
        file.seek(0)


class ImportExportAdmin(ImportExportMixin):  # type: ignore[misc]
    """Import and export buttons of a list, for those who may add and change, and view."""

    import_form_class = FileForm
    export_form_class = ExportForm
    import_template_name = "common/import.html"
    to_encoding = "utf-8-sig"  # with the mark, so that spreadsheets read accents right

    def get_import_formats(self) -> list[Any]:
        return [CSV, XLSX]

    get_export_formats = get_import_formats

    def has_import_permission(self, request: HttpRequest) -> bool:
        return bool(self.has_add_permission(request) and self.has_change_permission(request))

    def has_export_permission(self, request: HttpRequest) -> bool:
        return bool(self.has_view_permission(request))

    def get_import_data_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_import_data_kwargs(**kwargs), "rollback_on_validation_errors": True}

    def import_action(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        response = super().import_action(request, **kwargs)
        context = response.context_data
        resource = self.get_import_resource_classes(request)[0]()
        columns = resource.get_user_visible_fields()
        context["columns"] = [field.column_name for field in columns if not field.readonly]
        context["ignored"] = [field.column_name for field in columns if field.readonly]
        context["title"] = _("Import %(what)s") % {"what": self.opts.verbose_name_plural}
        if result := context.get("result"):
            context["problems"] = resource.listed_problems(result)
        return response  # type: ignore[no-any-return]

    def process_import(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        try:
            return self._process(request, **kwargs)
        except (OSError, IndexError, ValueError):
            messages.error(request, _("The uploaded file is no longer there. Nothing was imported: upload it again."))
            return redirect(self._import_url())

    def _process(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        respond: Callable[..., HttpResponse] = super().process_import
        return respond(request, **kwargs)

    def process_result(self, result: Any, request: HttpRequest) -> HttpResponse:
        """A row that was right in the preview may be wrong by now: then nothing at all was written."""
        if result.has_errors() or result.has_validation_errors():
            messages.error(request, _("Something changed meanwhile. Nothing was imported: upload the file again."))
            return redirect(self._import_url())
        return super().process_result(result, request)  # type: ignore[no-any-return]

    def add_success_message(self, result: Any, request: HttpRequest) -> None:
        totals = result.totals
        messages.success(
            request, f"Imported: {totals['new']:,} new, {totals['update']:,} changed, {totals['skip']:,} as they were."
        )

    def add_data_read_fail_error_to_form(self, form: Any, e: Exception) -> None:
        form.add_error(
            "import_file",
            _("This file cannot be read as a table. Save it as “CSV UTF-8” or as XLSX, and choose that format.")
            if isinstance(e, UnicodeDecodeError)
            else _("This file is not a table in the chosen format: one header row, then as many cells in each row."),
        )

    def _import_url(self) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_import")
