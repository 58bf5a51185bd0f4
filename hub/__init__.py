"""The site: its roof (wiring, shared pages) and its floor (people, events, errors)."""

# Importing the application here makes `enqueue` talk to the right broker in every process.
from hub.celery import app as celery_app

__all__ = ["celery_app"]
