from __future__ import annotations

import pytest
from django.utils import translation

from hub.activity.models import Event
from hub.site.event_words import SENTENCES, sentence


def event(verb, **data):
    return Event(
        verb=verb, actor_name="alice", thing_name="acme/t5", thing_url="/acme/t5", data=data, thing_kind="x"
    )


def test_it_links_who_and_what():
    told = sentence(event("repository.created"))
    assert told == '<a href="/alice">alice</a> created <a href="/acme/t5">acme/t5</a>'


def test_what_people_chose_is_escaped():
    told = sentence(event("commit", title="<b>100 %(actor)s</b>"))
    assert "“&lt;b&gt;100 %(actor)s&lt;/b&gt;”" in told


@pytest.mark.parametrize("verb", ["something.new", "repository.branch-created"])
def test_it_tells_what_it_has_no_words_for_by_its_name(verb):
    assert f"<code>{verb}</code>" in sentence(event(verb))


def test_it_says_who_acted_when_nobody_was_signed_in():
    told = Event(verb="member.set", thing_name="bob", data={"role": "read"})
    assert sentence(told) == "The operator gave <span>bob</span> the role read"


@pytest.mark.parametrize("verb", SENTENCES)
def test_each_sentence_can_be_told(verb):
    names = ("role", "from", "visibility", "branch", "branches", "tag", "title", "user", "gating", "count")
    more = ("outcome", "hours", "device_class", "soft", "hard", "weight", "most", "queue", "queues", "share")
    more += ("until", "lender", "lenders")
    words = dict.fromkeys((*names, *more), "x")
    assert "<code>" not in sentence(event(verb, **words))


def test_a_job_is_called_by_what_it_does_in_the_readers_language():
    data = {"kind": "evaluate", "names": {"model": "a/m", "benchmark": "a/<b>"}}
    told_of = Event(
        verb="job.failed", thing_kind="job", thing_name="Evaluate a/m", thing_url="/jobs/1", data=data
    )
    with translation.override("zh-hans"):
        told = sentence(told_of)
    assert "Evaluate" not in told
    assert "a/&lt;b&gt;" in told
    assert 'href="/jobs/1"' in told
