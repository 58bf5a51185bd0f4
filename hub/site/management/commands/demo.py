"""`manage.py demo`: the content of a first start. Again is no error: it makes what is missing."""

from __future__ import annotations

import time
from typing import Any

from django.core.management.base import BaseCommand

from hub.site.demo import content, people, progress, sets, sign_in_hint


class Command(BaseCommand):
    help = "Fill the hub with demo content and submit the jobs that train and evaluate its models."

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.monotonic()
        people.ensure()
        for corpus in content.CORPORA:
            made = content.ensure(corpus)
            self.stdout.write(f"{'made' if made else 'found'} {corpus.full_id} and {corpus.benchmark_id}")
            # The first training may start while the other data sets are made.
            for name in progress.advance():
                self.stdout.write(f"submitted the job “{name}”")
        for ready in sets.READY:
            made = content.ensure_ready(ready)
            self.stdout.write(f"{'made' if made else 'found'} {ready.full_id}")
        content.ensure_talk()
        self.stdout.write(f"ready in {time.monotonic() - started:.1f} s")
        self.stdout.write(sign_in_hint())
