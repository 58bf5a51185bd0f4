"""WSGI entry point; granian serves it."""

import os

from django.core.wsgi import get_wsgi_application

import hub.celery  # noqa: F401  connects `enqueue` to the configured broker

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hub.settings")

application = get_wsgi_application()
