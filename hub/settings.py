"""Every setting of the hub, read from the environment once.

With nothing set this is the embedded default: SQLite, the file system and a Redis on a unix
socket, all below `HUB_DATA_DIR`. docs/settings.md describes each variable; a test holds the two
together. A value that makes no sense stops the start with a sentence that names the variable.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import tempfile
from decimal import Decimal
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent


def env_text(name: str, default: str = "") -> str:
    return os.environ.get(name, default).strip()


def env_bool(name: str, *, default: bool) -> bool:
    text = env_text(name).lower()
    if text in {"", "1", "true", "yes", "on", "0", "false", "no", "off"}:
        return default if text == "" else text in {"1", "true", "yes", "on"}
    raise ImproperlyConfigured(f"{name} must be 1 or 0, not {text!r}.")


def env_int(name: str, *, default: int, least: int = 0) -> int:
    text = env_text(name)
    try:
        value = int(text) if text else default
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {text!r}.") from None
    if value < least:
        raise ImproperlyConfigured(f"{name} must be at least {least}, not {value}.")
    return value


def env_list(name: str, default: str = "") -> list[str]:
    return [part.strip() for part in env_text(name, default).split(",") if part.strip()]


def prices_from(entries: list[str]) -> dict[str, tuple[Decimal, str]]:
    """`cpu=0.04 EUR, gpu=2.10 EUR`: amount and currency by queue."""
    prices = {}
    for entry in entries:
        parts = re.fullmatch(r"([\w-]+)\s*=\s*(\d{1,9}(?:\.\d{1,6})?)\s+([A-Z]{3})", entry, re.ASCII)
        if parts is None:
            raise ImproperlyConfigured(
                f"HUB_QUEUE_PRICES must be like `cpu=0.04 EUR, gpu=2.10 EUR`, not {entry!r}."
            )
        prices[parts[1]] = (Decimal(parts[2]), parts[3])
    return prices


def env_secret(name: str, file: Path) -> str:
    """The variable, else the file it may be kept in; on the first start the file is made."""
    if value := env_text(name):
        return value
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_name(f"{file.name}.{os.getpid()}")
        draft.write_text(secrets.token_urlsafe(48))
        draft.chmod(0o600)
        try:
            os.link(draft, file)  # the first of several starting processes wins
        except FileExistsError:
            pass
        draft.unlink()
    return file.read_text().strip()


# --- Place, address, mode -------------------------------------------------------------------------

DATA_DIR = Path(env_text("HUB_DATA_DIR", str(BASE_DIR / "data"))).resolve()
PORT = env_int("PORT", default=8000, least=1)
HOST = env_text("HUB_HOST", "127.0.0.1")
DEBUG = env_bool("HUB_DEBUG", default=False)
DEMO = env_bool("HUB_DEMO", default=True)
SITE_NAME = env_text("HUB_NAME", "LLMOS Hub")
# The address people and workers use; requests build their own addresses from the Host they came by.
PUBLIC_URL = env_text("HUB_PUBLIC_URL", f"http://127.0.0.1:{PORT}").rstrip("/")
SECRET_KEY = env_secret("HUB_SECRET_KEY", DATA_DIR / "secret_key")
ALLOWED_HOSTS = env_list("HUB_ALLOWED_HOSTS", "*")
TRUST_PROXY = env_bool("HUB_TRUST_PROXY", default=False)
WEB_WORKERS = env_int("HUB_WEB_WORKERS", default=min(4, os.cpu_count() or 1), least=1)
WEB_THREADS = env_int("HUB_WEB_THREADS", default=64, least=2)
# Large uploads and downloads that one web process serves at a time; 0: three quarters of its threads.
WEB_TRANSFERS = env_int("HUB_WEB_TRANSFERS", default=0) or max(1, WEB_THREADS * 3 // 4)
# Event streams (logs that are followed) that one web process serves at a time; 0: an eighth of its threads.
WEB_STREAMS = env_int("HUB_WEB_STREAMS", default=0) or max(2, WEB_THREADS // 8)
# Where the server in front finds DATA_DIR (docs/nginx.conf): it sends large files, we only say which.
FRONT_SERVER_PREFIX = env_text("HUB_FRONT_SERVER_PREFIX").rstrip("/")
# Origins whose pages may use the protocol from a browser; `*` for all.
CORS_ORIGINS = [origin.rstrip("/") for origin in env_list("HUB_CORS_ORIGINS")]

# --- Database ------------------------------------------------------------------------------------

DATABASE_URL = env_text("DATABASE_URL")


def database_from(url: str) -> dict[str, object]:
    """Django's dictionary for `postgres://user:password@host:port/name`; SQLite for no URL."""
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": DATA_DIR / "hub.sqlite3",
            # Opening the file and setting it up takes longer than most queries.
            "CONN_MAX_AGE": 60,
            "OPTIONS": {
                # IMMEDIATE: a transaction that will write takes the lock at once and waits for it,
                # instead of failing half-way with "database is locked".
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-8000",
            },
        }
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured(f"DATABASE_URL must begin with postgres://, not {parts.scheme}://.")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }


DATABASES = {"default": database_from(DATABASE_URL)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Broker and workers --------------------------------------------------------------------------

REDIS_URL = env_text("REDIS_URL")
# `make run` starts this Redis when REDIS_URL is empty.
EMBEDDED_REDIS_SOCKET = DATA_DIR / "redis" / "redis.sock"
if len(str(EMBEDDED_REDIS_SOCKET)) > 100:  # the kernel's limit for a socket's path is 107
    EMBEDDED_REDIS_SOCKET = Path(tempfile.gettempdir()) / (
        f"hub-{hashlib.sha256(str(DATA_DIR).encode()).hexdigest()[:16]}.sock"
    )
CELERY_BROKER_URL = REDIS_URL or f"redis+socket://{EMBEDDED_REDIS_SOCKET}"
BROKER_KIND = env_text("HUB_BROKER", "redis")
if BROKER_KIND not in {"redis", "filesystem"}:
    raise ImproperlyConfigured(f"HUB_BROKER must be redis or filesystem, not {BROKER_KIND!r}.")
if BROKER_KIND == "filesystem":
    CELERY_BROKER_URL = "filesystem://"
    CELERY_BROKER_TRANSPORT = "hub.core.file_broker:Transport"
    # The transport expects its folders; whoever comes first makes them, sender or worker.
    for _folder in ("messages", "control"):
        (DATA_DIR / "broker" / _folder).mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(DATA_DIR / "broker" / "messages"),
        "data_folder_out": str(DATA_DIR / "broker" / "messages"),
        "control_folder": str(DATA_DIR / "broker" / "control"),
        "polling_interval": 0.2,
    }
else:
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "visibility_timeout": 3600,
        "global_keyprefix": env_text("HUB_REDIS_PREFIX", "hub:"),
        "socket_connect_timeout": 2,
        # One more try, at once. The default waits six seconds inside the request that sends a wake-up.
        "max_retries": 1,
        "interval_start": 0,
    }
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_DEFAULT_QUEUE = "core"
CELERY_TASK_ACKS_LATE = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

# Engines run under their own interpreter, with their own packages (requirements/engines.txt).
ENGINE_PYTHON = env_text("HUB_ENGINE_PYTHON", str(BASE_DIR / ".venv-engines" / "bin" / "python"))
# Compute queues that `make run` serves on this machine, one worker process each.
COMPUTE_QUEUES = env_list("HUB_COMPUTE_QUEUES", "cpu")
WORK_DIR = Path(env_text("HUB_WORK_DIR", str(DATA_DIR / "work"))).resolve()
# Where engines reach the hub; PUBLIC_URL unless workers have a shorter way.
ENGINE_HUB_URL = env_text("HUB_ENGINE_HUB_URL", f"http://127.0.0.1:{PORT}").rstrip("/")
# 0: as many threads as the machine has processors; no limit of memory.
ENGINE_THREADS = env_int("HUB_ENGINE_THREADS", default=0)
ENGINE_MEMORY_BYTES = env_int("HUB_ENGINE_MEMORY_MB", default=0) * 1_000_000
# A busy core where the machine has no counters of energy that may be read.
CORE_WATTS = float(env_int("HUB_CORE_WATTS", default=8))
# Of one device for an hour, by queue: (amount, currency).
QUEUE_PRICES = prices_from(env_list("HUB_QUEUE_PRICES"))
ENGINE_DISK_BYTES = env_int("HUB_ENGINE_DISK_MB", default=0) * 1_000_000
# Engines run in namespaces or under Landlock, whatever the machine allows.
ENGINE_WALLS = env_bool("HUB_ENGINE_WALLS", default=True)
# Besides the hub, as host:port: an object store that downloads are redirected to.
ENGINE_OTHER_HOSTS = env_list("HUB_ENGINE_OTHER_HOSTS")
# Programs written by models run even where no wall can be built around them.
ALLOW_UNWALLED_CODE = env_bool("HUB_ALLOW_UNWALLED_CODE", default=False)
# What runs containers of members' choice: `podman`, `docker` or a program that is called as they are; empty:
# no such job is taken.
CONTAINER_RUNTIME = env_text("HUB_CONTAINER_RUNTIME")
# Who may run them, and which images, as patterns of a shell; empty: everybody, every image.
CONTAINER_OWNERS = [name.lower() for name in env_list("HUB_CONTAINER_OWNERS")]
CONTAINER_IMAGES = env_list("HUB_CONTAINER_IMAGES")
CONTAINER_NETWORK = env_bool("HUB_CONTAINER_NETWORK", default=False)
CONTAINER_MEMORY_BYTES = env_int("HUB_CONTAINER_MEMORY_MB", default=4096, least=16) * 1_000_000
CONTAINER_DISK_BYTES = env_int("HUB_CONTAINER_DISK_MB", default=1024, least=1) * 1_000_000
CONTAINER_PROCESSES = env_int("HUB_CONTAINER_PROCESSES", default=512, least=1)
JOB_LEASE_SECONDS = env_int("HUB_JOB_LEASE_SECONDS", default=20, least=3)
JOB_HEARTBEAT_SECONDS = env_int("HUB_JOB_HEARTBEAT_SECONDS", default=3, least=1)
# After a failed attempt; each further one waits twice as long.
JOB_BACK_OFF_SECONDS = env_int("HUB_JOB_BACK_OFF_SECONDS", default=5)
JOB_HOLD_AFTER_SECONDS = env_int("HUB_JOB_HOLD_AFTER_SECONDS", default=120)
JOB_TIME_LIMIT_SECONDS = env_int("HUB_JOB_TIME_LIMIT_SECONDS", default=6 * 3600, least=10)
# Machines that organizations lend: `approve` by an operator, `open` (approved at once), `closed`.
LENDING = env_text("HUB_LENDING", "approve")
if LENDING not in {"approve", "open", "closed"}:
    raise ImproperlyConfigured(f"HUB_LENDING must be approve, open or closed, not {LENDING!r}.")
# Idle workers that one web process lets wait for work at a time; each holds a thread. 0: a quarter of them.
WEB_POLLERS = env_int("HUB_WEB_POLLERS", default=0) or max(1, WEB_THREADS // 4)
# Hubs that `pull` jobs may fetch from: exact origins (scheme, host, port).
UPSTREAM_HUBS = [url.rstrip("/") for url in env_list("HUB_UPSTREAM_HUBS", "https://huggingface.co")]

# --- Calls to other servers --------------------------------------------------------------------------

# Hosts (or host:port) that webhooks may reach although they lie inside a private network.
OUTGOING_ALLOWED_HOSTS = env_list("HUB_OUTGOING_ALLOWED_HOSTS")

# --- Content --------------------------------------------------------------------------------------

S3_BUCKET = env_text("HUB_S3_BUCKET")
S3_ENDPOINT = env_text("HUB_S3_ENDPOINT")
S3_REGION = env_text("HUB_S3_REGION", "us-east-1")
S3_ACCESS_KEY = env_text("HUB_S3_ACCESS_KEY")
S3_SECRET_KEY = env_text("HUB_S3_SECRET_KEY")
S3_PREFIX = env_text("HUB_S3_PREFIX").strip("/")
if bool(S3_ACCESS_KEY) != bool(S3_SECRET_KEY):
    raise ImproperlyConfigured("Set both of HUB_S3_ACCESS_KEY and HUB_S3_SECRET_KEY, or neither.")

MAX_REGULAR_FILE_BYTES = env_int("HUB_MAX_REGULAR_FILE_MB", default=10, least=1) * 1_000_000
MAX_COMMIT_BYTES = env_int("HUB_MAX_COMMIT_MB", default=1024, least=1) * 1_000_000
MAX_COMMIT_OPERATIONS = env_int("HUB_MAX_COMMIT_OPERATIONS", default=25_000, least=1)
MAX_LFS_FILE_BYTES = env_int("HUB_MAX_LFS_FILE_GB", default=500, least=1) * 1_000_000_000
# From this size on, LFS clients that can are asked to send a file in parts.
LFS_MULTIPART_BYTES = env_int("HUB_LFS_MULTIPART_MB", default=5000, least=1) * 1_000_000
# So much of what came whole by LFS becomes chunks in an hour; 0: nothing does by itself.
XET_CONVERT_BYTES = env_int("HUB_XET_CONVERT_GB", default=0) * 1_000_000_000
# So much of each split of a dataset becomes Parquet for the viewer; 0: no dataset is converted.
VIEWER_MAX_BYTES = env_int("HUB_VIEWER_MAX_MB", default=2000) * 1_000_000
# Part of the address under which Xet clients remember what they have sent.
XET_GENERATION = env_int("HUB_XET_GENERATION", default=1, least=1)

# --- Django ---------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.admin",
    "allauth",
    "allauth.account",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
    "hub.accounts",
    "hub.activity",
    "hub.webhooks",
    "hub.inbox",
    "hub.site",
    "models_app",
    "models_app.collections",
    "evals_app",
]

MIDDLEWARE = [
    "hub.core.middleware.RequestIdMiddleware",
    "hub.core.middleware.UnreadBodyMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "models_app.hf_api.cross_origin.CrossOriginMiddleware",
    "models_app.hf_api.viewer_host.ViewerHostMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "hub.accounts.middleware.ActorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "hub.core.middleware.ContentSecurityPolicyMiddleware",
    "hub.core.middleware.HubErrorMiddleware",
]

ROOT_URLCONF = "hub.urls"
WSGI_APPLICATION = "hub.wsgi.application"
APPEND_SLASH = False

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "hub.site.context.site",
            ],
            "builtins": ["django.templatetags.i18n", "django.templatetags.static"],
        },
    },
]

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "hub.accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = env_text("HUB_EMAIL_VERIFICATION", "none")
if ACCOUNT_EMAIL_VERIFICATION not in {"none", "optional", "mandatory"}:
    raise ImproperlyConfigured("HUB_EMAIL_VERIFICATION must be none, optional or mandatory.")
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True
SIGN_UP_OPEN = env_bool("HUB_SIGN_UP_OPEN", default=True)

EMAIL_URL = env_text("HUB_SMTP_URL")
if EMAIL_URL:
    _mail = urlsplit(EMAIL_URL)
    EMAIL_HOST, EMAIL_PORT = _mail.hostname or "localhost", _mail.port or 587
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = unquote(_mail.username or ""), unquote(_mail.password or "")
    EMAIL_USE_TLS = _mail.scheme == "smtps"
else:
    EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
DEFAULT_FROM_EMAIL = env_text("HUB_MAIL_FROM", "hub@localhost")

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "templates" / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = DEBUG

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "hubcache",
    }
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
}

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PUBLIC_URL.startswith("https://")
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if PUBLIC_URL.startswith("https://") else []
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if TRUST_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    USE_X_FORWARDED_HOST = True
    # Limits of sign-in attempts count by address; without this all people would share the front server's.
    ALLAUTH_TRUSTED_PROXY_COUNT = 1
# Bodies of the protocol are streamed by their views, never through `request.POST`.
DATA_UPLOAD_MAX_MEMORY_SIZE = 10_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["evals_app.api.authentication.ActorAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "EXCEPTION_HANDLER": "evals_app.api.errors.exception_handler",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "LLMOS Hub API",
    "DESCRIPTION": "Submit and watch jobs, read runs and leaderboards.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
}

LOG_LEVEL = env_text("HUB_LOG_LEVEL", "INFO").upper()
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        "django.request": {"level": "ERROR"},
        # A wrong Host header is the sender's fault: refused with 400, and no reason for a traceback.
        "django.security.DisallowedHost": {"level": "CRITICAL"},
    },
}
