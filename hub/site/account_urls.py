"""Addresses of people's own pages and of what is done to organizations."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from hub.site import account_views, device_views, organization_views, webhook_views

urlpatterns: list[URLPattern | URLResolver] = [
    # /settings/…
    path("settings", account_views.settings_home, name="settings"),
    path("settings/profile", account_views.profile, name="profile"),
    path("settings/tokens", account_views.tokens, name="tokens"),
    path("settings/tokens/<int:token_id>/revoke", account_views.revoke_token, name="token-revoke"),
    path("settings/organizations", account_views.organizations, name="organizations"),
    path("settings/webhooks", webhook_views.webhooks, name="webhooks"),
    path("settings/webhooks/<str:webhook_id>", webhook_views.webhook, name="webhook"),
    path("settings/webhooks/<str:webhook_id>/switch", webhook_views.switch, name="webhook-switch"),
    path("settings/webhooks/<str:webhook_id>/delete", webhook_views.delete, name="webhook-delete"),
    path(
        "settings/webhooks/<str:webhook_id>/deliveries/<int:delivery_id>/replay",
        webhook_views.replay,
        name="webhook-replay",
    ),
    path("login/device", device_views.device, name="device"),
    # /join/…
    path("join/<str:secret>", account_views.invitation, name="invitation"),
    path("join/<str:secret>/accept", account_views.accept_invitation, name="invitation-accept"),
    # /organizations/…
    path("organizations/new", organization_views.create, name="organization-create"),
    path("organizations/<str:name>/leave", account_views.leave_organization, name="organization-leave"),
    path("organizations/<str:name>/members", organization_views.set_member, name="member-set"),
    path("organizations/<str:name>/members/remove", organization_views.remove_member, name="member-remove"),
    path("organizations/<str:name>/invitations", organization_views.invite, name="invitation-create"),
    path(
        "organizations/<str:name>/invitations/<int:invitation_id>/revoke",
        organization_views.revoke_invitation,
        name="invitation-revoke",
    ),
]
