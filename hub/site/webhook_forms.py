"""What people type about their webhooks."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from hub.webhooks.models import Webhook
from hub.webhooks.services import DOMAINS, MAX_SECRET, Watched, Wish

LABELS = {"repo": _("Repositories"), "discussion": _("Discussions")}


class WebhookForm(forms.Form):
    url = forms.CharField(
        label=_("Address"),
        max_length=2000,
        help_text=_("It gets a POST request with JSON. Addresses inside private networks are refused."),
        widget=forms.URLInput(attrs={"placeholder": "https://ci.example.org/hub", "autocomplete": "off"}),
    )
    watched = forms.CharField(
        label=_("Watches"),
        widget=forms.Textarea(attrs={"rows": 4, "class": "mono", "spellcheck": "false"}),
        help_text=_("One a line: model:NAMESPACE/NAME, dataset:NAMESPACE/NAME, org:NAME or user:NAME."),
    )
    domains = forms.MultipleChoiceField(
        label=_("Tells of"),
        choices=[(domain, LABELS[domain]) for domain in DOMAINS],
        initial=list(DOMAINS),
        widget=forms.CheckboxSelectMultiple,
    )
    secret = forms.CharField(
        label=_("Secret"),
        required=False,
        max_length=MAX_SECRET,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=_("Sent as X-Webhook-Secret, and signs the body in X-Webhook-Signature."),
    )

    @classmethod
    def of(cls, webhook: Webhook) -> WebhookForm:
        lines = [f"{watch.type}:{watch.name}" for watch in webhook.watches.all()]
        initial = {
            "url": webhook.url,
            "watched": "\n".join(lines),
            "domains": webhook.domains,
            "secret": webhook.secret,
        }
        return cls(initial=initial)

    def wish(self) -> Wish:
        lines = [line.strip() for line in self.cleaned_data["watched"].splitlines() if line.strip()]
        pairs = [line.partition(":") for line in lines]
        return Wish(
            url=self.cleaned_data["url"],
            watched=[Watched(type_.strip(), name.strip()) for type_, _colon, name in pairs],
            domains=self.cleaned_data["domains"],
            secret=self.cleaned_data["secret"],
        )
