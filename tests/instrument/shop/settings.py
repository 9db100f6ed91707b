"""The settings of a Django site, for `test_django.py`."""

import os

SECRET_KEY = "of the test"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "shop.views"
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "shop"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["SHOP_DATABASE"]}}
MIDDLEWARE = [
    "invocation_otel.instrument.django.InvocationMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
INVOCATION_OTEL = {"tenant": "shop.views.tenant_of"}
