from django.contrib import admin
from django.urls import path

from operations import views
from operations.admin_history import history_page

urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
    path("history/", admin.site.admin_view(history_page), name="history"),
]
