"""How what happened is written on pages."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString

from hub.activity.models import Event
from hub.site import event_words

register = template.Library()


@register.filter
def event_sentence(event: Event) -> SafeString:
    return event_words.sentence(event)
