"""Hand work to the workers by name, after the transaction that caused it.

Services name a task instead of importing it, so that tasks import services and never the
reverse. A message is only a wake-up: what must not be lost is a row that a sweep finds.
"""

from __future__ import annotations

import logging
from functools import partial
from typing import Any

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

log = logging.getLogger(__name__)

CORE_QUEUE = "core"


def enqueue_after_commit(task_name: str, *args: Any, queue: str = CORE_QUEUE) -> None:
    """Send the message once the current transaction has committed (at once outside of one)."""
    transaction.on_commit(partial(send, task_name, args, queue))


def send(task_name: str, args: tuple[Any, ...], queue: str) -> bool:
    """Send now, and tell whether the broker took it.

    One that is down costs a delay until the next sweep, not the request.
    """
    try:
        current_app.send_task(task_name, args=args, queue=queue, ignore_result=True, retry=False)
    except (OperationalError, OSError) as error:
        log.warning("broker unreachable, %s waits for the next sweep: %s", task_name, error)
        return False
    return True
