"""A full disk, recognized in whatever way it shows."""

from __future__ import annotations

import errno

from django.db import OperationalError

from hub.core.errors import StorageFull

FULL = {errno.ENOSPC, errno.EDQUOT}
# PostgreSQL's class of errors for a full disk.
DISK_FULL_STATE = "53100"


def recognize(error: BaseException) -> StorageFull | None:
    """The refusal that the error amounts to; None when it is something else."""
    is_full = isinstance(error, OSError) and error.errno in FULL
    if isinstance(error, OperationalError):
        is_full = "disk is full" in str(error) or getattr(error.__cause__, "sqlstate", "") == DISK_FULL_STATE
    return StorageFull() if is_full else None
