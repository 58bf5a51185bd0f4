"""English texts that are stored or raised below the pages and translated where they are shown.

Rooms write them without a language (a row outlives its reader's), so the catalogue learns of them here.
"""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

ERRORS = (
    _("The request could not be carried out."),
    _("Sign in or send an access token."),
    _("Invalid credentials in Authorization header"),
    _("You do not have the right to do this."),
    _("There is nothing here, or you may not see it."),
    _("Repository not found"),
    _("The branch was updated since you opened this page. Please refresh and try again."),
)
MOVES_OF_JOBS = (
    _("submitted"),
    _("taken by a worker"),
    _("finished"),
    _("given back by a stopping worker"),
    _("cancelled while waiting"),
    _("cancelled while running"),
)
LEFT_OUT_RUNS = (
    _("The run before was not over."),
    _("The hub did not run at that time."),
)
QUEUES = (
    _("Processors of this installation"),
    _("Graphics cards of this installation"),
)
