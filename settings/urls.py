from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView

urlpatterns: list[URLPattern | URLResolver] = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", include("operations.urls_admin")),
    path("admin/", admin.site.urls),
    path("", include("operations.urls")),
    path("api/", include("operations.urls_api")),
]
