"""Settings, in the order in which a reader asks: where, who, what, how. Every value comes from the environment.

The environment wins over `.env`, and `.env` over `var/demo.env`, which `make demo` writes for the commands beside it.
"""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

from kmc_portal import embedded_postgres, logs
from kmc_portal.common.secrets import is_placeholder

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
VAR_DIR = Path(env("VAR_DIR", default=str(BASE_DIR / "var")))
TESTING = "pytest" in sys.modules
for env_file in (BASE_DIR / ".env", VAR_DIR / "demo.env"):
    if env_file.exists() and not TESTING:
        environ.Env.read_env(env_file)

# --- Where ------------------------------------------------------------------------------------------------------------
DEBUG = env.bool("DEBUG", default=TESTING)
PUBLIC_BASE_URL = env("PUBLIC_BASE_URL", default="http://127.0.0.1:8000").rstrip("/")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["*"] if DEBUG else [PUBLIC_BASE_URL.split("://")[-1].split(":")[0]])
CSRF_TRUSTED_ORIGINS = [PUBLIC_BASE_URL]
SECRET_KEY = env("SECRET_KEY", default="only-for-tests-and-development" if DEBUG else "")
SITE_NAME = "Kolkata Municipal Corporation"
WHATSAPP_NUMBER = env("WHATSAPP_NUMBER", default="918335999111")
# How many of a hundred new licences are drawn for inspection afterwards, and how many members decide a change: assumptions.
LICENSE_INSPECTED_PERCENT = env.int("LICENSE_INSPECTED_PERCENT", default=10)
LICENSE_COMMITTEE_VOTES = env.int("LICENSE_COMMITTEE_VOTES", default=2)
# Whether a licence keeps its number when its address changes.
LICENSE_KEEPS_NUMBER = env.bool("LICENSE_KEEPS_NUMBER", default=True)
# The kind of revenue that a licence page warns of when it is due at the same premises; empty for no warning.
LICENSE_WARNS_OF = env("LICENSE_WARNS_OF", default="property_tax")
TIME_ZONE = "Asia/Kolkata"
USE_TZ = True

REQUIRED_SECRETS = ["SECRET_KEY", "TWILIO_AUTH_TOKEN"]
if not DEBUG:
    for name in REQUIRED_SECRETS:
        if is_placeholder(env(name, default="")):
            raise ImproperlyConfigured(
                f"{name} is missing or still a placeholder. Set it in the environment or in .env "
                f"(see .env.example), or set DEBUG=on on a developer's machine."
            )

# --- What is installed -------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "kmc_portal.apps.DeskConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "django.contrib.postgres",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "auditlog",
    "kmc_portal.apps.PortalConfig",
    "payments",
    "citizens",
    "property_tax",
    "trade_license",
    "chatbot",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "kmc_portal.middleware.Hooks",
    "kmc_portal.middleware.Compression",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "kmc_portal.middleware.Language",
    "kmc_portal.middleware.FriendlyErrors",
    "kmc_portal.middleware.BodyLimit",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "kmc_portal.second_factor_views.RequireSecondFactor",
    "django.contrib.messages.middleware.MessageMiddleware",
    "kmc_portal.desk_middleware.ClerkSessions",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "kmc_portal.urls"
WSGI_APPLICATION = "kmc_portal.wsgi.application"
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
                "kmc_portal.common.web.portal",
            ],
            "builtins": ["kmc_portal.common.templatetags.portal"],
        },
    }
]
FORM_RENDERER = "kmc_portal.common.web.FormRenderer"

# --- Database ----------------------------------------------------------------------------------------------------------
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"


def database() -> dict[str, object]:
    """Return the database of DATABASE_URL, or the embedded one, started when it is not up."""
    if env("DATABASE_URL", default=""):
        found = env.db("DATABASE_URL")
    else:
        cluster = embedded_postgres.ensure_running(VAR_DIR)
        found = {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": embedded_postgres.DATABASE,
            "USER": "postgres",
            "HOST": cluster.host,
            "PORT": cluster.port,
        }
    # A connection lives as long as its thread: opening one costs more than a whole chat turn.
    return {**found, "CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": True}


DATABASES = {"default": database()}

# --- Languages ---------------------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("bn", "বাংলা"), ("hi", "हिन्दी"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
FORMAT_MODULE_PATH = "kmc_portal.formats"

# --- Static files ------------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = Path(env("STATIC_ROOT", default=str(BASE_DIR / "staticfiles")))
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # No address leads here: papers are handed out by views that ask for the right.
    "papers": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": env("PRIVATE_MEDIA_ROOT", default=str(VAR_DIR / "papers")),
            "base_url": None,
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = DEBUG

# --- Papers that citizens send -------------------------------------------------------------------------------------------
# Five megabytes, 2026-11, an assumption of ours (ADR 0027): a photo of a phone or ten scanned pages.
PAPER_MOST_BYTES = 5 * 1024 * 1024
# What is longer is refused by its first line, unread. Shorter ones are read to the end, though what is above five megabytes
# a file is thrown away, so that who sends a photo of 12 megabytes sees the sentence beside its field.
MOST_BODY_BYTES = 32 * 1024 * 1024
# What a clerk sends in at the desk, such as the settlement report of a large day; with the rest of its form it fits into a body.
DESK_FILE_MOST_BYTES = 30 * 1024 * 1024
UPLOAD_CHECKER = env("UPLOAD_CHECKER", default="kmc_portal.common.upload_checks.built_in")
CLAMD_ADDRESS = env("CLAMD_ADDRESS", default="127.0.0.1:3310")
FILE_UPLOAD_HANDLERS = [
    "kmc_portal.common.upload_limit.StopAtLimit",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
DATA_UPLOAD_MAX_NUMBER_FILES = 10

# --- Security ----------------------------------------------------------------------------------------------------------
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
if TESTING:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
# How clerks sign in: a password, tried five times in a quarter of an hour from one place, and a code of their phone's.
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_CLIENT_IP_CALLABLE = "kmc_portal.common.web.client_address"
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "admin/locked.html"
AXES_HTTP_RESPONSE_CODE = 429
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
STAFF_TWO_FACTOR = env.bool("STAFF_TWO_FACTOR", default=not DEBUG)
OTP_TOTP_ISSUER = SITE_NAME
# A clerk's session ends with the working day, and before it when the desk was left alone for half an hour: both 2026-11,
# assumptions of ours (ADR 0049).
CLERK_IDLE = timedelta(minutes=env.int("CLERK_IDLE_MINUTES", default=30))
CLERK_LONGEST = timedelta(hours=9)
SESSION_COOKIE_AGE = int(CLERK_LONGEST.total_seconds())
# What the desk changes, written down field by field with who did it. Applicants' own words and whole rule books stay out.
DECISIONS = ("Shift", "ReversalRequest", "Refund", "Placement", "ClosingRequest", "Dispute")
# The library's own shows the second half of a password's hash.
AUDITLOG_MASK_CALLABLE = "kmc_portal.common.masking.hidden"
AUDITLOG_INCLUDE_TRACKING_MODELS = (
    {
        "model": "auth.User",
        "exclude_fields": ["last_login"],
        "mask_fields": ["password"],
        "m2m_fields": ["groups", "user_permissions"],
    },
    {"model": "auth.Group", "m2m_fields": ["permissions"]},
    {"model": "otp_totp.TOTPDevice", "include_fields": ["user", "confirmed"]},
    {"model": "kmc_portal.RegisterFile", "include_fields": ["state", "approver", "decided_at", "reason"]},
    "payments.GatewayAccount",
    "payments.AccountLimit",
    "payments.Counter",
    *(f"payments.{name}" for name in DECISIONS),
    "property_tax.WaiverApplication",
    {"model": "property_tax.RuleBookVersion", "include_fields": ["sha256", "maker", "approver", "approved_at"]},
    {"model": "trade_license.LicenseRuleBookVersion", "include_fields": ["sha256", "maker", "approver", "approved_at"]},
    {"model": "trade_license.Application", "include_fields": ["state", "decided_at", "reason", "license"]},
    "trade_license.Inspection",
    "trade_license.CommitteeVote",
    "chatbot.Handover",
)
OVER_TLS = PUBLIC_BASE_URL.startswith("https://")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_TLS_PROXY", default=False) else None
SECURE_SSL_REDIRECT = OVER_TLS and not DEBUG
SECURE_REDIRECT_EXEMPT = ["^healthz$", "^readyz$", "^metrics$"]
SECURE_HSTS_SECONDS = 31_536_000 if SECURE_SSL_REDIRECT else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE_SSL_REDIRECT
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = OVER_TLS and not DEBUG
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        # The hosted payment page of the gateway is reached by a form; its address is a row in the database.
        "form-action": None,
    },
}

# --- REST --------------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "UNAUTHENTICATED_USER": None,
    "EXCEPTION_HANDLER": "kmc_portal.common.rest.problem",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Municipal e-services portal",
    "DESCRIPTION": "Dues, payment orders and receipts. Amounts are integer paise.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SERVE_INCLUDE_SCHEMA": False,
}

# --- Celery ------------------------------------------------------------------------------------------------------------
CELERY_BROKER_URL = env("CELERY_BROKER_URL", default="filesystem://")
if CELERY_BROKER_URL == "filesystem://":
    # One machine, one worker: messages are files. What it loses when killed, the outbox sends again.
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(VAR_DIR / "broker"),
        "data_folder_out": str(VAR_DIR / "broker"),
        "control_folder": str(VAR_DIR / "broker-control"),
        "store_processed": False,
        # Seconds. With one, kombu's own, a reply would wait that long to be sent, and a worker begin two tasks a second.
        "polling_interval": 0.1,
    }
    for folder in ("broker", "broker-control"):
        (VAR_DIR / folder).mkdir(parents=True, exist_ok=True)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = TIME_ZONE
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True

# --- E-mail ------------------------------------------------------------------------------------------------------------
EMAIL = env.email("EMAIL_URL", default="consolemail://")
EMAIL_BACKEND, EMAIL_HOST, EMAIL_PORT = EMAIL["EMAIL_BACKEND"], EMAIL["EMAIL_HOST"], EMAIL["EMAIL_PORT"]
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = EMAIL["EMAIL_HOST_USER"], EMAIL["EMAIL_HOST_PASSWORD"]
EMAIL_USE_TLS, EMAIL_USE_SSL = EMAIL.get("EMAIL_USE_TLS", False), EMAIL.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="portal@localhost")

# --- WhatsApp ----------------------------------------------------------------------------------------------------------
TWILIO_ACCOUNT_SID = env("TWILIO_ACCOUNT_SID", default="")
TWILIO_AUTH_TOKEN = env("TWILIO_AUTH_TOKEN", default="")
TWILIO_AUTH_TOKEN_SECONDARY = env("TWILIO_AUTH_TOKEN_SECONDARY", default="")
TWILIO_WHATSAPP_FROM = env("TWILIO_WHATSAPP_FROM", default=f"whatsapp:+{WHATSAPP_NUMBER}")
TWILIO_API_BASE_URL = env("TWILIO_API_BASE_URL", default="")
CHAT_REPLY_VIA = env("CHAT_REPLY_VIA", default="twiml")
# The approved template of the category "authentication" by language, "bn=HX…,hi=HX…,en=HX…". Without one a code goes out as
# free text, which WhatsApp delivers only within 24 hours of a message of the citizen.
TWILIO_CODE_TEMPLATES = env.dict("TWILIO_CODE_TEMPLATES", default={})

# --- One-time codes and signing in ---------------------------------------------------------------------------------------
# All set 2026-11, assumptions of ours (ADR 0026). Ten minutes: a WhatsApp message may take some, a phone left lying is
# found later. Five tries of a million codes: one in 200,000 for who guesses.
CODE_LASTS = timedelta(minutes=10)
CODE_TRIES = 5
# The wait after each code asked for about one thing, the last one repeated: a message lost twice costs a citizen three
# minutes, and who keeps guessing has four codes a day at last. Forgotten after a quiet day, or by a right code.
CODE_WAITS_SUBJECT = [timedelta(minutes=minutes) for minutes in (1, 2, 5, 30, 120, 360)]
# One connection in an hour: thirty codes that nobody proved, then one each quarter of an hour. A code that was proved is given
# back, since a mobile network has many customers behind one address; the number can be raised.
CODES_PER_CLIENT = env.int("CODES_PER_CLIENT", default=30)
CODE_WAITS_CLIENT = [timedelta(0)] * max(0, CODES_PER_CLIENT - 1) + [timedelta(minutes=15)]
# Tries of one connection in an hour, at whatever codes: as many wrong ones as six codes allow, then one a minute, then in ten.
CODE_WAITS_TRY = [timedelta(0)] * (6 * CODE_TRIES - 1) + [timedelta(minutes=1)] * 10 + [timedelta(minutes=10)]
# Messages to one mobile number, whoever asked: ten, then none for a day. Silently, so that the answer tells nothing.
CODE_WAITS_MOBILE = [timedelta(0)] * 9 + [timedelta(days=1)]
# Half an hour without a page, as on a computer of a cyber café; and no longer than a working day in any case.
CITIZEN_IDLE = timedelta(minutes=30)
CITIZEN_LONGEST = timedelta(hours=12)

# --- Search -------------------------------------------------------------------------------------------------------------
# Of strangers from one connection; a mobile network may have many customers behind one.
SEARCHES_PER_HOUR = env.int("SEARCHES_PER_HOUR", default=60)
# Different numbers that one conversation may look up in a day: enough for a whole house, too few to walk through a ward. A
# number that nobody has counts twice. Then one after each of these waits, the last one repeated.
CHAT_LOOK_UPS_FREE = env.int("CHAT_LOOK_UPS_FREE", default=30)
CHAT_LOOK_UP_WAITS = [timedelta(minutes=minutes) for minutes in (1, 5, 15, 60)]
# Somebody walks through numbers where conversations that looked up so many neighbours each come to so many together in a day.
CHAT_WALK_EACH = env.int("CHAT_WALK_EACH", default=4)
CHAT_WALK_TOGETHER = env.int("CHAT_WALK_TOGETHER", default=12)
# How often the same answer goes to one conversation within five minutes before it is silent: a machine may be at the other end.
CHAT_SAME_ANSWERS = env.int("CHAT_SAME_ANSWERS", default=20)
# Payment links and verification codes that are not ours, from one connection.
WRONG_LINKS_PER_HOUR = env.int("WRONG_LINKS_PER_HOUR", default=60)

# --- Gateways ----------------------------------------------------------------------------------------------------------
SANDBOX_PORT = env.int("SANDBOX_PORT", default=9100)
GATEWAY_TIMEOUT_SECONDS = env.float("GATEWAY_TIMEOUT_SECONDS", default=10.0)
# The watched folder, SETTLEMENT_FOLDER/ACCOUNT/settlements/ and …/statements/; none when unset.
SETTLEMENT_FOLDER = env("SETTLEMENT_FOLDER", default="")
# Who gets the letter of the morning about settlements by e-mail; nobody when unset. It stands at the clerk's desk anyway.
ACCOUNTS_DIGEST_TO = env.list("ACCOUNTS_DIGEST_TO", default=[])
# What two clerks may give back of one payment through its gateway, in paise: 50,000 rupees, 2026-11, an assumption of
# ours (ADR 0029).
REFUND_MOST_PAISE = env.int("REFUND_MOST_PAISE", default=5_000_000)
# How many days after a payment a gateway gives it back. Most banks take none after six months
# (razorpay.com/docs/payments/refunds/errors, read 2026-11); BillDesk publishes no figure.
REFUND_DAYS = env.int("REFUND_DAYS", default=180)
# How many days after it was handed over a cheque or draft counts as paid, where nobody has noted that its bank paid it.
# 14 days, 2026-11, an assumption of ours: no circular was read (ADR 0028).
REALISED_AFTER_DAYS = env.int("REALISED_AFTER_DAYS", default=14)

# --- Logs --------------------------------------------------------------------------------------------------------------
LOGGING_CONFIG = None
logs.configure(as_json=not DEBUG)
