"""What every environment shares. Everything that differs between two hosts is an environment variable."""

from settings.environment import (
    ROOT,
    VAR,
    anymail,
    database,
    env,
    mail,
    queue,
    seconds_between_polls,
    site_url,
    ungating_adapter,
    within,
)
from settings.logs import logging_config
from settings.unfold import UNFOLD as UNFOLD

BASE_DIR = ROOT
VAR.mkdir(exist_ok=True)

DEVELOPMENT_SECRET_KEY = "development-only-key-that-production-refuses-0123456789abcdef"  # noqa: S105
SECRET_KEY = env.str("SECRET_KEY", default=DEVELOPMENT_SECRET_KEY)
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "unfold.contrib.import_export",
    "unfold.contrib.simple_history",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "anymail",
    "django_q",
    "django_filters",
    "django_structlog",
    "import_export",
    "rest_framework",
    "simple_history",
    "common.apps.CommonConfig",
    "access.apps.AccessConfig",
    "notifications.apps.NotificationsConfig",
    "inventory.apps.InventoryConfig",
    "clients.apps.ClientsConfig",
    "ungating.apps.UngatingConfig",
    "allocation.apps.AllocationConfig",
    "pallets.apps.PalletsConfig",
    "sync.apps.SyncConfig",
    "operations.apps.OperationsConfig",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "common.middleware.SecurityHeaders",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "settings.urls"
WSGI_APPLICATION = "settings.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        # Templates of the libraries' that pages of ours wrap.
        "DIRS": [ROOT / "operations" / "overrides"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "operations.header.andon",
            ],
        },
    },
]

DATABASES = {"default": database(env.str("DATABASE_URL", default=f"sqlite:///{VAR / 'allocation.sqlite3'}"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env.str("REDIS_URL", default="")
CACHES = {
    "default": (
        {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
        if REDIS_URL
        else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    )
}
Q_CLUSTER = queue(REDIS_URL)

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"

LANGUAGE_CODE = "en-us"
TIME_ZONE = env.str("TIME_ZONE", default="America/New_York")
USE_I18N = True
USE_TZ = True
USE_THOUSAND_SEPARATOR = True

STATIC_URL = "static/"
STATIC_ROOT = VAR / "static"
STATIC_ROOT.mkdir(exist_ok=True)

X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "access.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["access.permissions.ModelPermissions"],
    "DEFAULT_RENDERER_CLASSES": ["common.api.ExactJSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["common.api.StrictJSONParser"],
    "DEFAULT_PAGINATION_CLASS": "common.api.CursorPagination",
    "DEFAULT_FILTER_BACKENDS": ["common.api.filters.StrictFilters"],
    "EXCEPTION_HANDLER": "common.api.problem_handler",
    "PAGE_SIZE": 50,
    "COERCE_DECIMAL_TO_STRING": True,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
IMPORT_EXPORT_USE_TRANSACTIONS = True

LOG_JSON = env.bool("LOG_JSON", default=False)
LOGGING = logging_config(json=LOG_JSON, level=env.str("LOG_LEVEL", default="INFO"))

# Who gets every alert by e-mail besides those who choose to; empty: nobody.
ALLOCATION_EMAIL = env.str("ALLOCATION_EMAIL", default="allocation@profitzon.net")
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default=ALLOCATION_EMAIL or "allocation@localhost")
# How mail leaves: EMAIL_URL, or EMAIL_BACKEND with the ANYMAIL_* of a provider's HTTP API.
vars().update(mail(env.str("EMAIL_URL", default="consolemail://"), backend=env.str("EMAIL_BACKEND", default="")))
EMAIL_TIMEOUT = within("EMAIL_TIMEOUT", 20, low=1, high=60)  # seconds for the whole conversation about one e-mail
ANYMAIL = anymail(timeout=EMAIL_TIMEOUT)
# Where people open this site: what links in e-mails begin with.
SITE_URL = site_url()
DIGEST_HOUR = within("DIGEST_HOUR", 7, low=0, high=23)  # of the day, in TIME_ZONE

# Upstream systems: an address that is empty means "not set", and its sync is skipped with a line.
PORTAL_URL = env.str("PORTAL_URL", default="")
PORTAL_TAB = env.str("PORTAL_TAB", default="ASINs")
PORTAL_ALIASES = env.json("PORTAL_ALIASES", default={})
PORTAL_WRITE_BACK = env.bool("PORTAL_WRITE_BACK", default=False)
GOOGLE_SERVICE_ACCOUNT_FILE = env.str("GOOGLE_SERVICE_ACCOUNT_FILE", default="")
GOOGLE_SHEETS_API = env.str("GOOGLE_SHEETS_API", default="https://sheets.googleapis.com")
PANEL_URL = env.str("PANEL_URL", default="")
PANEL_TOKEN = env.str("PANEL_TOKEN", default="")
UNGATING_URL = env.str("UNGATING_URL", default="")
UNGATING_TOKEN = env.str("UNGATING_TOKEN", default="")
PREORDERS_URL = env.str("PREORDERS_URL", default="")
POLL_SECONDS = {name: seconds_between_polls(name) for name in ("portal", "panel", "ungating")}
WEBHOOK_SECRETS = env.json("WEBHOOK_SECRETS", default={})
# Who is asked what is ungated: "software" at UNGATING_URL, or "amazon" itself for the sellers named.
UNGATING_ADAPTER = ungating_adapter()
AMAZON_SELLERS = env.json("AMAZON_SELLERS", default={})
LWA_APP_ID = env.str("LWA_APP_ID", default="")
LWA_CLIENT_SECRET = env.str("LWA_CLIENT_SECRET", default="")
# Other addresses than Amazon's own: its sandbox, or a server that plays it.
SP_API_ENDPOINT = env.str("SP_API_ENDPOINT", default="")
LWA_TOKEN_URL = env.str("LWA_TOKEN_URL", default="")

BACKUP_STORAGE = env.str("BACKUP_STORAGE", default=f"file:{VAR / 'backups'}")

# Business numbers that staff may want to change.
PALLET_LIMITS = env.json("PALLET_LIMITS", default={})
SUGGESTION_DAYS = env.int("SUGGESTION_DAYS", default=7)
DRAFT_DAYS = within("DRAFT_DAYS", 7, low=1, high=365)  # that nobody touched; then a draft expires
UNGATING_TASK_USD = within("UNGATING_TASK_USD", 500, low=1, high=1_000_000)  # worth of stock a task or news needs
