#!/usr/bin/env python
"""The operator's command line; `./manage.py help` lists the commands."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hub.settings")
    # Connects `enqueue` to the configured broker.
    import hub.celery  # noqa: F401

    execute_from_command_line(sys.argv)
