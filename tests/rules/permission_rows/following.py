"""Following: who follows whom is open to everybody."""

from __future__ import annotations

from tests.rules.permissions import Row

FORM = "application/x-www-form-urlencoded"
ALL_READ = (200, 200, 200, 200)

ROWS = [
    Row("hf:user-follow", "/api/users/owner/follow", (401, 200, 200, 400), "POST", by="token"),
    Row("hf:user-follow", "/api/users/owner/follow", (401, 200, 200, 200), "DELETE", by="token"),
    Row("hf:organization-follow", "/api/organizations/acme/follow", (401, 200, 200, 200), "POST", by="token"),
    Row("namespaces:follow", "/acme/follow", (302, 302, 302, 302), "POST", "", FORM),
    Row("namespaces:followers", "/acme/followers", ALL_READ),
    Row("namespaces:following", "/owner/following", ALL_READ),
]
