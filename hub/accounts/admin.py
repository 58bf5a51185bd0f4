"""The operator's pages. They show, and change only what no other table depends on; the rest is done
by the commands of docs/operator.md, which keep names, roles and events in step.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from hub.accounts.models import AccessToken, Invitation, Membership, Namespace, User


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """`editable` names the fields that may be changed here."""

    editable: tuple[str, ...] = ()

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:  # noqa: ARG002
        return [f.name for f in self.model._meta.fields if f.name not in self.editable]  # noqa: SLF001

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False


@admin.register(User)
class UserAdmin(ReadOnlyAdmin):
    list_display = ("username", "email", "is_active", "is_staff", "last_login", "date_joined")
    list_filter = ("is_active", "is_staff")
    search_fields = ("username", "email")
    exclude = ("password", "groups", "user_permissions")
    editable = ("email", "is_active", "is_staff", "is_superuser")


@admin.register(Namespace)
class NamespaceAdmin(ReadOnlyAdmin):
    list_display = ("name", "kind", "full_name", "is_verified", "created_at")
    list_filter = ("kind", "is_verified")
    search_fields = ("key", "full_name")
    editable = ("full_name", "about", "website", "is_verified", "private_by_default")


@admin.register(Membership)
class MembershipAdmin(ReadOnlyAdmin):
    list_display = ("organization", "user", "role", "created_at")
    list_filter = ("role",)
    list_select_related = ("organization", "user")
    search_fields = ("organization__key", "user__username")


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyAdmin):
    list_display = ("organization", "email", "role", "created_at", "expires_at", "accepted_at", "revoked_at")
    list_select_related = ("organization",)
    exclude = ("secret_hash",)


@admin.register(AccessToken)
class AccessTokenAdmin(ReadOnlyAdmin):
    list_display = ("name", "hint", "user", "kind", "scope", "last_used_at", "expires_at", "revoked_at")
    list_filter = ("kind", "scope")
    list_select_related = ("user",)
    search_fields = ("name", "user__username", "hint")
    exclude = ("secret_hash",)
    editable = ("expires_at", "revoked_at")
