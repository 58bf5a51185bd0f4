"""How long a job will still take, from how fast it went lately. Pure."""

from __future__ import annotations

from collections.abc import Sequence

# Kept as a metric, a point for each per cent.
PROGRESS = "system/progress"
RECENT = 10
# With nothing new for so many usual steps, nobody knows.
PATIENCE = 5


def is_news(before: float | None, now: float | None) -> bool:
    """Whether a progress is worth a point: another whole per cent."""
    return now is not None and (before is None or int(100 * now) != int(100 * before))


def remaining_seconds(points: Sequence[tuple[float, float]], moment: float) -> float | None:
    """`points` are (time, fraction done) of this attempt, oldest first. None while it cannot be known:
    before two steps, and after a silence that is much longer than a step."""
    recent = points[-RECENT:]
    if len(recent) < 2:
        return None
    (begun, first), (last, done) = recent[0], recent[-1]
    if done <= first or last <= begun:
        return None
    step = (last - begun) / (len(recent) - 1)
    silence = moment - last
    if silence > PATIENCE * step + 5:
        return None
    return max(0.0, (1 - done) * (last - begun) / (done - first) - silence)
