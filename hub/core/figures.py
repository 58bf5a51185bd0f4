"""How finely a measured number is written. Knows nothing of pages."""

from __future__ import annotations

import math


def decimals_for(stderr: float | None) -> int:
    """Decimals that show two figures of the standard error; a value is not written finer than it is known."""
    if not stderr or not math.isfinite(stderr):
        return 3
    return min(6, max(0, 1 - math.floor(math.log10(stderr))))
