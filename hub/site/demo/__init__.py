"""What a first start shows: made for real, by the hub's own jobs, from text every installation carries."""

from __future__ import annotations

from hub.site.demo.sign_in import sign_in_hint

__all__ = ["sign_in_hint"]
