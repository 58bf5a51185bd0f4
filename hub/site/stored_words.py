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
# Settings of jobs, as their forms name them.
SETTINGS = (
    _("backend"),
    _("chat template"),
    _("batch size"),
    _("dtype"),
    _("device"),
    _("seed"),
    _("bootstrap"),
    _("architecture"),
    _("vocabulary"),
    _("hidden"),
    _("layers"),
    _("heads"),
    _("feed forward"),
    _("context"),
    _("max steps"),
    _("gradient accumulation"),
    _("learning rate"),
    _("warmup steps"),
    _("weight decay"),
    _("scheduler"),
    _("save steps"),
    _("logging steps"),
    _("train file"),
    _("validation file"),
    _("validation samples"),
    _("licence"),
    _("language"),
    _("pipeline tag"),
    _("text column"),
    _("block size"),
    _("source column"),
    _("target column"),
    _("source prefix"),
    _("max source length"),
    _("max target length"),
)
UNITS = (
    _("bits/byte"),
    _("nats"),
    _("per 100 words"),
    _("points"),
    _("share"),
)
