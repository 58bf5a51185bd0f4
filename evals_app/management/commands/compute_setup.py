"""`manage.py compute_setup`: the queues that every installation has."""

from __future__ import annotations

from typing import Any

from evals_app.compute import services
from hub.core.commands import OperatorCommand


class Command(OperatorCommand):
    help = "Create the default queues (cpu and gpu). Safe to repeat."

    def run(self, **options: Any) -> None:
        slugs = [queue.slug for queue in services.ensure_default_queues()]
        self.tell(f"Queues: {', '.join(slugs)}", queues=slugs)
