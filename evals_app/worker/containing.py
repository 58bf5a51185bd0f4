"""The container runtime of this installation's own workers, if its operator switched one on."""

from __future__ import annotations

from functools import cache

from django.conf import settings

from walls import containers
from walls.containers import Runtime


@cache
def runtime() -> Runtime | None:
    """None where none is named, or it does not answer. Asked once a process."""
    program = settings.CONTAINER_RUNTIME
    if not program or not (told := containers.ask(program)):
        return None
    return Runtime(
        program=program,
        told=told,
        memory_bytes=settings.CONTAINER_MEMORY_BYTES,
        disk_bytes=settings.CONTAINER_DISK_BYTES,
        processes=settings.CONTAINER_PROCESSES,
        cpus=settings.ENGINE_THREADS,
        network=settings.CONTAINER_NETWORK,
    )
