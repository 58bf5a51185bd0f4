"""A question to the hub that may take long: whether a job may start on what is free."""

from __future__ import annotations

import threading
from collections.abc import Callable

from evals_app.supervision.coordination import HubUnreachable
from evals_app.supervision.hub_connection import Forgotten, Free, HttpCoordinator, Refused


class Question:
    """Asked in a thread, so that the worker goes on meanwhile. It takes nothing: one that is no longer of
    interest is left to end by itself."""

    def __init__(self, coordinator: HttpCoordinator, free: Free, tell: Callable[[], None]) -> None:
        """`tell` is called once it is answered, in its thread."""
        self.free = free
        self._coordinator, self._tell = coordinator, tell
        self._answer: float | Exception | None = HubUnreachable("the question was broken off")
        self._is_answered = threading.Event()
        threading.Thread(target=self._ask, daemon=True).start()

    @property
    def is_answered(self) -> bool:
        return self._is_answered.is_set()

    @property
    def ask_again_in(self) -> float | None:
        """Of an answered one: None when a job waits. Raises what the hub raised."""
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer

    def _ask(self) -> None:
        try:
            self._answer = self._coordinator.wait_for_work(self.free)
        except (HubUnreachable, Forgotten, Refused) as error:
            self._answer = error
        finally:
            self._is_answered.set()
            self._tell()
