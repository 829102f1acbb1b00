from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.generic import RedirectView

from pallets.generate_api import GeneratePallets

urlpatterns: list[URLPattern | URLResolver] = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", admin.site.urls),
    path("", include("operations.urls")),
    path("api/", include("operations.urls_api")),
    path("webhooks/", include("sync.urls")),
    re_path("^generate_pallets/?$", GeneratePallets.as_view(), name="generate_pallets"),
]
