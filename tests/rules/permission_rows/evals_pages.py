"""Jobs, schedules, runs, benchmarks and boards of an organization that keeps them private."""

from __future__ import annotations

from typing import Any

from evals_app.compute import lending
from evals_app.leaderboards import making
from evals_app.leaderboards import services as leaderboards
from evals_app.leaderboards.making import BoardWish, ColumnWish
from evals_app.runs import services as runs
from evals_app.runs.models import Run
from evals_app.schedules import services as schedules
from evals_app.trust import services as trust
from tests.factories.accounts import actor_for
from tests.factories.jobs import (
    evaluation_request,
    evaluation_result,
    make_benchmark,
    make_endpoint,
    make_evaluation,
    make_queues,
    make_suite,
)
from tests.rules.permissions import Row, World

FORM = "application/x-www-form-urlencoded"
ALL_READ = (200, 200, 200, 200)
MEMBERS_READ = (404, 404, 200, 200)
# A member with the read role sees the thing, so they are refused, not misled.
OWNER_ACTS = (404, 404, 403, 302)
SIGNED_IN = (302, 200, 200, 200)
NOBODY = (404, 404, 404, 404)
WHEN = (
    "name=nightly&trigger=calendar&cron=0 3 * * *&time_zone=UTC"
    "&missed_runs=once&debounce_minutes=5&tell=never"
)
BOARD = "owner=acme&title=Ours&visibility=organization&column=acme/translation en-fr bleu"
ENDPOINT = "owner=acme&name=judge&base_url=https://api.example.org/v1&model=m&api=chat&context=4096"
DISMISS = "act=dismiss&text=No."
REQUEST = "owner=acme&queue=cpu&model=acme/secret&benchmark=acme/translation"


# Those who administer no organization that lends are told so on the page itself.
LENDS = (302, 400, 400, 200)
ENDS = (302, 404, 404, 302)
MANAGES = (302, 403, 403, 302)


def queues(world: World) -> dict[str, str]:
    make_queues()
    return {}


def lent(world: World) -> dict[str, str]:
    make_queues()
    issued = lending.issue(world.owner, "lent", ["cpu"], lender=world.acme, approved=True)
    worker = lending.register(issued.worker_pass, {"name": "box"})
    return {"id": str(issued.worker_pass.pk), "worker": str(worker.pk)}


def prepare(world: World) -> dict[str, str]:
    """A private benchmark with its board, a private job, its run, and a schedule."""
    benchmark = make_benchmark(world.acme, "translation", private=True)
    job = make_evaluation(world.acme, model="secret")
    (run,) = runs.record(job, evaluation_result())
    (board,) = leaderboards.ensure_boards(benchmark)
    schedule = schedules.create(
        actor_for(world.owner),
        name="nightly",
        cron="0 3 * * *",
        request=evaluation_request("acme", "acme/secret", "acme/translation"),
    )
    return {"job": str(job.pk), "run": str(run.pk), "board": board.slug, "schedule": str(schedule.pk)}


def made_board(world: World) -> dict[str, str]:
    """One that `acme` made for its members."""
    inputs(world)
    columns = [ColumnWish("acme/translation", "en-fr", "bleu")]
    wish = BoardWish("Ours", columns, visibility="organization")
    return {"made": making.create(actor_for(world.owner), "acme", wish).slug}


def inputs(world: World) -> dict[str, str]:
    make_queues()
    make_benchmark(world.acme, "translation", private=True)
    return {}


def endpoint(world: World) -> dict[str, str]:
    make_endpoint(world.owner, "acme")
    return {}


def suite(world: World) -> dict[str, str]:
    make_suite(world.acme, private=True)
    return {}


def dispute(world: World) -> dict[str, str]:
    run = Run.objects.get(pk=prepare(world)["run"])
    return {"dispute": str(trust.open_dispute(actor_for(world.owner), run, "Too good.").pk)}


def page(name: str, url: str, statuses: tuple[int, int, int, int] = MEMBERS_READ) -> Row:
    return Row(f"evals:{name}", url, statuses, prepare=prepare)


def form(name: str, url: str, statuses: tuple[int, int, int, int], body: str = "", **more: Any) -> Row:
    return Row(f"evals:{name}", url, statuses, "POST", body, FORM, **{"prepare": prepare, **more})


ROWS = [
    Row("evals:lend", "/compute/lend", SIGNED_IN),
    Row(
        "evals:lend",
        "/compute/lend",
        LENDS,
        "POST",
        "organization=acme&name=n&queues=cpu",
        FORM,
        prepare=queues,
    ),
    Row("evals:worker-pass-act", "/compute/tokens/{id}/act", ENDS, "POST", "act=revoke", FORM, prepare=lent),
    Row("evals:trust-lenders", "/compute/trust", ENDS, "POST", "owner=acme&lenders=acme", FORM),
    Row(
        "evals:worker-act", "/compute/workers/{worker}/act", MANAGES, "POST", "wish=pause", FORM, prepare=lent
    ),
    page("job-list", "/jobs", ALL_READ),
    page("job-detail", "/jobs/{job}"),
    page("job-metrics", "/jobs/{job}/metrics"),
    page("job-metrics-csv", "/jobs/{job}/metrics.csv"),
    # Nothing was reported yet, so that not even its owner finds a chart.
    page("job-chart", "/jobs/{job}/charts/loss.svg", (404, 404, 404, 404)),
    page("job-log", "/jobs/{job}/log"),
    page("job-log-stream", "/jobs/{job}/log/stream"),
    page("job-log-find", "/jobs/{job}/log/find?text=a"),
    page("job-log-text", "/jobs/{job}/log.txt"),
    # The job is on no held-out benchmark: nothing is withheld, from anybody.
    page("job-withheld", "/jobs/{job}/withheld", (404, 404, 404, 404)),
    form("job-cancel", "/jobs/{job}/cancel", OWNER_ACTS),
    form("job-rerun", "/jobs/{job}/rerun", OWNER_ACTS),
    page("job-new", "/jobs/new", SIGNED_IN),
    # `acme` is no choice of those who may not submit for it.
    form("job-new", "/jobs/new?kind=evaluate", (302, 422, 422, 302), REQUEST, prepare=inputs),
    page("schedule-list", "/schedules", ALL_READ),
    page("schedule-new", "/schedules/new", SIGNED_IN),
    form(
        "schedule-new",
        "/schedules/new?kind=evaluate",
        (302, 422, 422, 302),
        f"{REQUEST}&{WHEN}",
        prepare=inputs,
    ),
    page("schedule-detail", "/schedules/{schedule}"),
    page("schedule-edit", "/schedules/{schedule}/edit", (302, 404, 403, 200)),
    form("schedule-edit", "/schedules/{schedule}/edit", (302, 404, 403, 302), f"{REQUEST}&{WHEN}"),
    page("schedule-preview", "/schedules/preview?cron=0 3 * * *", SIGNED_IN),
    form("schedule-act", "/schedules/{schedule}/act", OWNER_ACTS, "act=pause"),
    page("suite-list", "/suites", ALL_READ),
    Row("evals:suite-detail", "/suites/acme/tour", MEMBERS_READ, prepare=suite),
    page("benchmark-import", "/benchmarks/import", SIGNED_IN),
    form("benchmark-import", "/benchmarks/import", (302, 422, 422, 422), "task=x"),
    page("benchmark-list", "/benchmarks", ALL_READ),
    page("benchmark-detail", "/benchmarks/acme/translation"),
    page("leaderboard-list", "/leaderboards", ALL_READ),
    page("leaderboard-detail", "/leaderboards/{board}"),
    page("leaderboard-charts", "/leaderboards/{board}/charts"),
    page("leaderboard-changes", "/leaderboards/{board}/changes"),
    page("leaderboard-feed", "/leaderboards/{board}/feed.atom"),
    page("leaderboard-feed", "/leaderboards/{board}/feed.json"),
    page("leaderboard-export", "/leaderboards/{board}/export.csv"),
    page("leaderboard-badge", "/leaderboards/{board}/badge.svg"),
    page("leaderboard-embed", "/leaderboards/{board}/embed"),
    page("leaderboard-method", "/leaderboards/method", ALL_READ),
    page("leaderboard-new", "/leaderboards/new", SIGNED_IN),
    # Others' names in the form are refused; the form says so.
    form("leaderboard-new", "/leaderboards/new", (302, 400, 400, 302), BOARD, prepare=inputs),
    Row("evals:leaderboard-edit", "/leaderboards/{made}/edit", (302, 404, 403, 200), prepare=made_board),
    form("leaderboard-edit", "/leaderboards/{made}/edit", (302, 404, 403, 302), BOARD, prepare=made_board),
    form("leaderboard-delete", "/leaderboards/{made}/delete", (302, 404, 403, 302), prepare=made_board),
    page("metric-list", "/metrics", ALL_READ),
    page("metric-detail", "/metrics/bleu", ALL_READ),
    page("compare", "/compare?model=acme/open&model=acme/secret"),
    page("run-list", "/runs", ALL_READ),
    page("run-detail", "/runs/{run}"),
    page("run-samples", "/runs/{run}/samples"),
    form("run-disputes", "/runs/{run}/disputes", (302, 404, 302, 302), "reason=Too good."),
    form("run-publish", "/runs/{run}/publish", (302, 404, 403, 302)),
    form("dispute-act", "/runs/disputes/{dispute}/act", (302, 404, 403, 302), DISMISS, prepare=dispute),
    page("endpoint-list", "/endpoints", SIGNED_IN),
    form("endpoint-list", "/endpoints", (302, 422, 422, 302), ENDPOINT, prepare=inputs),
    form("endpoint-delete", "/endpoints/acme/judge", (302, 404, 404, 302), prepare=endpoint),
    page("compute", "/compute", ALL_READ),
    form("queue-pause", "/compute/queues/cpu/pause", (401, 403, 403, 403)),
    # The operator's pages: not there for anybody else.
    page("operate", "/compute/operate", NOBODY),
    page("queue-new", "/compute/queues/new", NOBODY),
    form("queue-new", "/compute/queues/new", NOBODY, "slug=big&device_class=cpu"),
    page("queue-edit", "/compute/queues/cpu/edit", NOBODY),
    form("queue-edit", "/compute/queues/cpu/edit", NOBODY, "device_class=cpu"),
    page("owner-grants", "/compute/owners/acme", NOBODY),
    form("owner-grants", "/compute/owners/acme", NOBODY, "act=weight&weight=5"),
    form("reservation-release", "/compute/reservations/1/end", NOBODY),
]
