"""What is being looked at now: a pure score, so that it can be argued about."""

from __future__ import annotations

import math

# Days that count.
WINDOW_DAYS = 7
# One like says as much as this many downloads, near the beginning of the scale.
LIKE_WEIGHT = 3.0


def score(*, recent_likes: int, recent_downloads: int) -> float:
    """Grows with the square root, so that one automatic pipeline does not drown everything."""
    return round(math.sqrt(recent_downloads) + LIKE_WEIGHT * math.sqrt(recent_likes), 3)
