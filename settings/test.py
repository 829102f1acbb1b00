"""Tests: a fast hasher, mail in memory, no upstream; the database by TEST_DATABASE_URL."""

from settings.base import *  # noqa: F403
from settings.environment import VAR, database, env

SECRET_KEY = "test-key-0123456789-0123456789-0123456789-0123456789"  # noqa: S105
DATABASES = {"default": database(env.str("DATABASE_URL", default=f"sqlite:///{VAR / 'test.sqlite3'}"))}
# A file, not memory: threads and processes of the race tests must see one database.
DATABASES["default"].setdefault("TEST", {})
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["TEST"]["NAME"] = str(VAR / "test_allocation.sqlite3")
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
PORTAL_URL = PANEL_URL = UNGATING_URL = PREORDERS_URL = ""
UNGATING_ADAPTER = "software"
PORTAL_WRITE_BACK = False
WEBHOOK_SECRETS = {}
TIME_ZONE = "America/New_York"
