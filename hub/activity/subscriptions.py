"""Who reacts to which verb: one registry, filled while the site starts."""

from __future__ import annotations

from collections import defaultdict

_tasks: defaultdict[str, list[str]] = defaultdict(list)


def subscribe(verb: str, task_name: str) -> None:
    """Have the task called with the event's id after each `verb`. Call from `AppConfig.ready`.

    The task must bear being called twice for one event.
    """
    if task_name not in _tasks[verb]:
        _tasks[verb].append(task_name)


def tasks_for(verb: str) -> tuple[str, ...]:
    return tuple(_tasks.get(verb, ()))
