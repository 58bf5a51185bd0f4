"""The letter that carries an invitation's link."""

from __future__ import annotations

import logging
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from hub.accounts.models import Invitation

log = logging.getLogger(__name__)


def send(invitation: Invitation, link: str) -> bool:
    """Whether it was handed to a mail server. Without one nothing is sent: the log must not hold the link."""
    if not settings.EMAIL_URL:
        return False
    name = invitation.organization.display_name
    subject = f"[{settings.SITE_NAME}] " + _("Invitation to %(name)s") % {"name": " ".join(name.split())}
    text = render_to_string(
        "site/organization/invitation_mail.txt", {"invitation": invitation, "link": link, "name": name}
    )
    try:
        send_mail(subject, text, None, [invitation.email])
    except (SMTPException, OSError) as error:
        log.warning("the mail server refused an invitation: %s", error)
        return False
    return True
