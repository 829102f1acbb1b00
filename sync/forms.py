"""What a person tells about a source: a file, a reason."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from common.admin_base import ChoiceInput, TextInput
from sync.services.held import MOST_BYTES, SHEETS

FILE_CLASS = (
    "border border-base-200 bg-white rounded-default px-3 py-2 w-full max-w-2xl dark:bg-base-900 dark:border-base-700"
)


class UploadForm(forms.Form):
    """A sheet given by hand."""

    source = forms.ChoiceField(
        label=_("Sheet of"), choices=[(source.value, source.label) for source in SHEETS], widget=ChoiceInput()
    )
    file = forms.FileField(
        label=_("File"),
        max_length=200,
        help_text=_("CSV or XLSX, at most 10 MB, the names of the columns in the first row."),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.xlsx", "class": FILE_CLASS}),
        error_messages={"required": _("Choose a file."), "empty": _("The file is empty.")},
    )

    def clean_file(self) -> Any:
        file: UploadedFile = self.cleaned_data["file"]
        if file.size is not None and file.size > MOST_BYTES:
            raise forms.ValidationError(_("The file is larger than %(most)s MB."), params={"most": MOST_BYTES >> 20})
        return file


class DiscardForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"), max_length=200, widget=TextInput(), help_text=_("Kept with the run, for whoever asks why.")
    )
