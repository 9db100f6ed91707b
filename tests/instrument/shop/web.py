"""The applications of a Django site, for `test_django.py`."""

import django
from django.core.asgi import get_asgi_application
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application

import invocation_otel

invocation_otel.configure(service_name="shop")
django.setup()
call_command("migrate", verbosity=0)
asgi, wsgi = get_asgi_application(), get_wsgi_application()
