"""What every admin page is made of. The only module that imports Unfold, so that an upgrade is one place."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, TypeVar

from django import forms
from django.contrib import messages
from django.contrib.admin import ShowFacets
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ERROR_FLAG
from django.db import DataError, ProgrammingError
from django.db.models import ForeignKey, Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin as UnfoldModelAdmin
from unfold.admin import TabularInline as UnfoldTabularInline
from unfold.contrib.filters.admin import AutocompleteSelectFilter as UnfoldAutocompleteFilter
from unfold.contrib.filters.admin import (
    BooleanRadioFilter,
    ChoicesDropdownFilter,
    RadioFilter,
    RangeDateFilter,
    RelatedDropdownFilter,
)
from unfold.contrib.import_export.forms import ExportForm
from unfold.contrib.import_export.forms import ImportForm as UnfoldImportForm
from unfold.decorators import action as unfold_action
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.paginator import InfinitePaginator
from unfold.views import ChangeList as UnfoldChangeList
from unfold.widgets import UnfoldAdminDecimalFieldWidget as AmountInput
from unfold.widgets import UnfoldAdminIntegerFieldWidget as WholeInput
from unfold.widgets import UnfoldAdminSelectWidget as ChoiceInput
from unfold.widgets import UnfoldAdminSingleDateWidget as DateInput
from unfold.widgets import UnfoldAdminTextInputWidget as TextInput
from unfold.widgets import UnfoldBooleanSwitchWidget as CheckInput

from common.admin_columns import EMPTY
from common.admin_history import HistoryPages
from common.admin_keys import ObjectPicker, is_key
from common.errors import DomainError
from common.text import text_key

__all__ = [
    "Admin",
    "AdminPasswordChangeForm",
    "AmountInput",
    "AutocompleteSelectFilter",
    "BooleanRadioFilter",
    "CheckInput",
    "ChoiceInput",
    "ChoicesDropdownFilter",
    "DateInput",
    "ExportForm",
    "InfinitePaginator",
    "RadioFilter",
    "RangeDateFilter",
    "ReadOnlyAdmin",
    "ReadOnlyInline",
    "RelatedDropdownFilter",
    "TextInput",
    "UnfoldImportForm",
    "UserChangeForm",
    "UserCreationForm",
    "WholeInput",
    "form_page",
    "page_action",
]


Page = TypeVar("Page", bound=Callable[..., Any])


def page_action(**options: Any) -> Callable[[Page], Page]:
    """A button of an object's page that opens a page of its own. Name permissions without a dot, and add
    `has_<name>_permission`: Unfold looks dotted ones up in the database, before there is one.
    """
    return unfold_action(**options)  # type: ignore[no-any-return]


# What a lookup in an address, such as `?state__range=x`, makes of the query or of the database.
UNUSABLE = (ValueError, TypeError, IndexError, OverflowError, DataError, ProgrammingError)


class ChangeList(UnfoldChangeList):  # type: ignore[misc]
    def get_results(self, request: HttpRequest) -> None:
        """Without search and filters what was found is all there is: no second count is needed to say so.

        The rows are read here, so that a filter in the address that no database takes is told like other wrong ones.
        """
        try:
            super().get_results(request)
            len(self.result_list)
        except UNUSABLE as error:
            if not self.get_filters_params():
                raise
            raise IncorrectLookupParameters from error
        if not self.query and not self.get_filters_params():
            self.full_result_count = self.result_count


class AutocompleteSelectFilter(UnfoldAutocompleteFilter):  # type: ignore[misc]
    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        if self.value() and not is_key(self.value()):
            raise IncorrectLookupParameters
        return super().queryset(request, queryset)


class Admin(HistoryPages, UnfoldModelAdmin):  # type: ignore[misc]
    """Every entity's pages: quick lists, a search that knows what it looks for, an empty state that says what to do.

    `exact_search` lookups match the term as typed, `key_search` lookups hold a text key and match its beginning,
    `text_search` lookups match anywhere. `search_fields` only makes the search box appear.
    """

    list_per_page = 50
    list_max_show_all = 0
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    list_filter_submit = True
    compressed_fields = False
    warn_unsaved_form = True
    change_list_template = "common/change_list.html"
    change_form_outer_before_template = "common/form_head.html"
    search_fields: Sequence[str] = ()
    exact_search: ClassVar[tuple[str, ...]] = ()
    key_search: ClassVar[tuple[str, ...]] = ()
    text_search: ClassVar[tuple[str, ...]] = ()
    empty_title: Any = _("Nothing here yet")
    empty_text: Any = ""
    empty_value_display = EMPTY

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        named = self.search_named(term)
        if named is None:
            named = Q(pk__in=[])
            for lookup in self.exact_search:
                named |= Q(**{lookup: term})
            for lookup in self.key_search:
                named |= Q(**{f"{lookup}__startswith": text_key(term)})
            for lookup in self.text_search:
                named |= Q(**{f"{lookup}__icontains": term})
        return queryset.filter(named), False

    def search_named(self, term: str) -> Q | None:
        """Where `term` can only be the name of certain objects (an ASIN, a cart's code), the condition for them."""
        return None

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return ChangeList

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if ERROR_FLAG in request.GET:
            messages.warning(request, _("There is no such filter or page: this is the whole list."))
        response: HttpResponse = super().changelist_view(request, extra_context)
        return response

    def response_action(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        if not all(is_key(key) for key in request.POST.getlist(ACTION_CHECKBOX_NAME)):
            messages.error(request, _("What was chosen does not exist. Nothing has changed."))
            return None
        response: HttpResponse | None = super().response_action(request, queryset)
        return response

    def formfield_for_foreignkey(self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:
        if "widget" not in kwargs and db_field.name in self.get_autocomplete_fields(request):
            kwargs["widget"] = ObjectPicker(db_field, self.admin_site, using=kwargs.get("using"))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Objects are deleted one at a time, from their own page, where history forbids it visibly."""
        actions: dict[str, Any] = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        obj = kwargs.get("obj")
        context["form_note"] = self.form_note(request, obj)
        context["related_lists"] = self.related_lists(request, obj) if obj else []
        context["asks_why"] = self.asks_why(obj)
        if not context["adminform"].form.fields:
            context |= {"show_save": False, "show_save_and_continue": False, "show_save_and_add_another": False}
        response: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return response

    def form_note(self, request: HttpRequest, obj: Any) -> Any:
        """A sentence above the form, or nothing."""
        return ""

    def related_lists(self, request: HttpRequest, obj: Model) -> list[dict[str, Any]]:
        """Links to the lists of what belongs to `obj`, of those that this user may see."""
        links = []
        for relation in obj._meta.related_objects:
            other = self.admin_site._registry.get(relation.related_model)
            if not other or not other.has_view_permission(request):
                continue
            options = relation.related_model._meta
            url = reverse(f"admin:{options.app_label}_{options.model_name}_changelist")
            query = urlencode({f"{relation.field.name}__id__exact": obj.pk})
            links.append({"title": capfirst(options.verbose_name_plural), "url": f"{url}?{query}"})
        return links


class ReadOnlyAdmin(Admin):
    """A list that only the system writes."""

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyInline(UnfoldTabularInline):  # type: ignore[misc]
    """Rows shown under their object, 50 to a page."""

    extra = 0
    per_page = 50
    hide_title = True
    show_change_link = False

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False


def _act(form: forms.Form, act: Callable[[dict[str, Any]], str]) -> str | None:
    """What `act` says of a valid form, or None where there is nothing to do or it could not be done."""
    if not (form.is_bound and form.is_valid()):
        return None
    try:
        return act(form.cleaned_data)
    except DomainError as error:
        for problem in error.problems:
            form.add_error(problem.field if problem.field in form.fields else None, problem.message)
    return None


def form_page(
    model_admin: Any,
    request: HttpRequest,
    *,
    form: forms.Form,
    title: str,
    submit: Any,
    back: str,
    act: Callable[[dict[str, Any]], str],
    facts: Sequence[tuple[Any, Any]] = (),
    hidden: Sequence[tuple[str, Any]] = (),
    note: Any = "",
    subject: Model | None = None,
) -> HttpResponse:
    """A page that asks before it acts: shows `form`; a valid POST runs `act`, whose answer is the message.

    Where `act` raises DomainError its problems stand at the fields they name, and nothing has changed.
    `facts` are (label, value) shown above the form; `hidden` (name, value) are posted along with it; `subject` is
    the object it is about.
    """
    done = _act(form, act)
    if done is not None:
        messages.success(request, done)
        return redirect(back)
    context = {
        **model_admin.admin_site.each_context(request),
        "title": title,
        "opts": model_admin.opts,
        "form": form,
        "object": subject,
        "submit_text": submit,
        "back": back,
        "facts": facts,
        "hidden": hidden,
        "note": note,
    }
    return TemplateResponse(request, "common/form_page.html", context)
