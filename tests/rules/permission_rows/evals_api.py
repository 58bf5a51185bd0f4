"""/api/v1: what is private answers as if nothing were there; what is public is read by everybody."""

from __future__ import annotations

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
    BENCHMARK_YAML,
    evaluation_request,
    evaluation_result,
    make_benchmark,
    make_endpoint,
    make_evaluation,
    make_queues,
    make_suite,
)
from tests.rules.permissions import Row, World

ALL = (200, 200, 200, 200)
NEVER = (404, 404, 404, 404)
READ = (404, 404, 200, 200)
# As every route of the ecosystem: nobody is asked to sign in.
READ_ELSEWHERE = (401, 404, 200, 200)
WRITE = (404, 404, 403, 200)
# Who is not signed in is asked to; a stranger may not submit for others.
SUBMIT = (401, 403, 403, 201)


def private_job(world: World) -> dict[str, str]:
    return {"id": str(make_evaluation(world.acme, model="secret").pk)}


def private_run(world: World) -> dict[str, str]:
    job = make_evaluation(world.acme, model="secret")
    return {"id": str(runs.record(job, evaluation_result())[0].pk)}


def dispute(world: World) -> dict[str, str]:
    run = Run.objects.get(pk=private_run(world)["id"])
    return {"id": str(trust.open_dispute(actor_for(world.owner), run, "Too good.").pk)}


def private_board(world: World) -> dict[str, str]:
    benchmark = make_benchmark(world.acme, "hidden", private=True)
    return {"slug": leaderboards.ensure_boards(benchmark)[0].slug}


def public_benchmark(world: World) -> dict[str, str]:
    make_evaluation(world.acme, model="open")
    return {}


def schedule(world: World) -> dict[str, str]:
    make_evaluation(world.acme, model="secret")
    request = evaluation_request("acme", "acme/secret", "acme/translation")
    made = schedules.create(actor_for(world.owner), name="n", cron="0 3 * * *", request=request)
    return {"id": str(made.pk)}


def made_board(world: World) -> dict[str, str]:
    public_benchmark(world)
    columns = [ColumnWish("acme/translation", "en-fr", "bleu")]
    wish = BoardWish("Ours", columns, visibility="organization")
    return {"slug": making.create(actor_for(world.owner), "acme", wish).slug}


PUBLISH = (404, 404, 403, 201)
DISPUTES, DOUBT = "/api/v1/runs/{id}/disputes", {"reason": "Too good."}
DISPUTE = "/api/v1/disputes/{id}/dismiss"
COLUMN = {"benchmark": "acme/translation", "task": "en-fr", "metric": "bleu"}
BOARD = {"owner": "acme", "title": "Ours", "columns": [COLUMN]}
BOARD_CHANGE = {"title": "Ours again", "columns": [COLUMN], "visibility": "organization"}
BOARD_LIST = "/api/v1/leaderboards"
HIDDEN_BOARD = "/api/datasets/acme/hidden/leaderboard"
BOARDS = "/api/v1/leaderboards/{slug}"


def suite(world: World) -> dict[str, str]:
    make_evaluation(world.acme, model="open")
    make_suite(world.acme, private=True)
    return {}


def endpoint(world: World) -> dict[str, str]:
    make_endpoint(world.owner, "acme")
    return {}


def lent(world: World) -> dict[str, str]:
    make_queues()
    issued = lending.issue(world.owner, "lent", ["cpu"], lender=world.acme, approved=True)
    return {"worker": str(lending.register(issued.worker_pass, {"name": "box"}).pk)}


WORKERS, NO_ID = "/api/v1/workers", "00000000-0000-4000-8000-000000000000"
NOBODY = (401, 401, 401, 401)
JOBS = "/api/v1/jobs"
JOB = "/api/v1/jobs/{id}"
SCHEDULE = "/api/v1/schedules/{id}"
EVALUATION = evaluation_request("acme", "acme/open", "acme/translation")
ENDPOINT = {"owner": "acme", "name": "judge", "base_url": "https://api.example.org/v1", "model": "m"}
ENTRANT = {"owner": "acme", "model": "acme/open"}
NIGHTLY = {"name": "nightly", "cron": "0 3 * * *", "request": EVALUATION}

HOURS = {"device_class": "gpu", "hard_hours": 1}
# Not even the owner of an organization runs the hub.
OPERATOR = (401, 403, 403, 403)

ROWS = [
    Row("evals-api:schema", "/api/v1/schema", ALL),
    Row("evals-api:guide", "/api/docs", ALL),
    Row("evals-api:job-list", JOBS, ALL),
    Row("evals-api:job-list", JOBS, SUBMIT, "POST", EVALUATION, prepare=public_benchmark),
    Row("evals-api:job-list", JOBS, SUBMIT, "POST", EVALUATION, by="token", prepare=public_benchmark),
    Row("evals-api:job-detail", JOB, READ, prepare=private_job),
    Row("evals-api:job-logs", f"{JOB}/logs", READ, prepare=private_job),
    Row("evals-api:job-logs", f"{JOB}/logs?follow=1", READ, prepare=private_job),
    Row("evals-api:job-withheld", f"{JOB}/withheld", (404, 404, 404, 404), prepare=private_job),
    Row("evals-api:job-metrics", f"{JOB}/metrics", READ, prepare=private_job),
    Row("evals-api:job-cancel", f"{JOB}/cancel", WRITE, "POST", prepare=private_job),
    Row("evals-api:job-rerun", f"{JOB}/rerun", (404, 404, 403, 201), "POST", prepare=private_job),
    Row("evals-api:job-clone", f"{JOB}/clone", (404, 404, 403, 201), "POST", {}, prepare=private_job),
    Row("evals-api:job-labels", f"{JOB}/labels", WRITE, "PUT", {"labels": {}}, prepare=private_job),
    Row("evals-api:run-list", "/api/v1/runs", ALL),
    Row("evals-api:run-detail", "/api/v1/runs/{id}", READ, prepare=private_run),
    Row("evals-api:run-disputes", DISPUTES, READ, prepare=private_run),
    Row("evals-api:run-disputes", DISPUTES, (404, 404, 201, 201), "POST", DOUBT, prepare=private_run),
    # A private model: members take part in its discussions.
    Row("evals-api:run-publish", "/api/v1/runs/{id}/publish", PUBLISH, "POST", prepare=private_run),
    Row("evals-api:dispute-act", DISPUTE, WRITE, "POST", {"text": "No."}, prepare=dispute),
    Row("evals-api:run-script", "/runs/{id}/reproduce.sh", READ, prepare=private_run),
    Row("evals-api:engine-archive", "/engines/evaluate.pyz", ALL),
    Row("evals-api:benchmark-schema", "/api/v1/benchmarks/schema", ALL),
    Row(
        "evals-api:benchmark-check", "/api/v1/benchmarks/check", ALL, "POST", {"declaration": BENCHMARK_YAML}
    ),
    Row(
        "evals-api:benchmark-import", "/api/v1/benchmarks/import", (400, 400, 400, 400), "POST", {"task": "x"}
    ),
    Row("evals-api:suite-list", "/api/v1/suites", ALL),
    Row("evals-api:suite-detail", "/api/v1/suites/acme/tour", READ, prepare=suite),
    Row(
        "evals-api:suite-jobs",
        "/api/v1/suites/acme/tour/jobs",
        (404, 404, 403, 201),
        "POST",
        ENTRANT,
        prepare=suite,
    ),
    Row("evals-api:benchmark-list", "/api/v1/benchmarks", ALL),
    Row("evals-api:benchmark-detail", "/api/v1/benchmarks/acme/hidden", READ, prepare=private_board),
    Row("evals-api:benchmark-detail", "/api/v1/benchmarks/acme/translation", ALL, prepare=public_benchmark),
    Row("evals-api:leaderboard-list", "/api/v1/leaderboards", ALL),
    Row("evals-api:leaderboard-list", BOARD_LIST, SUBMIT, "POST", BOARD, prepare=public_benchmark),
    Row("evals-api:leaderboard-detail", "/api/v1/leaderboards/{slug}", READ, prepare=private_board),
    Row("evals-api:leaderboard-detail", BOARDS, WRITE, "PUT", BOARD_CHANGE, prepare=made_board),
    Row("evals-api:leaderboard-detail", BOARDS, (404, 404, 403, 204), "DELETE", prepare=made_board),
    Row("evals-api:leaderboard-changes", f"{BOARDS}/changes", READ, prepare=private_board),
    Row("evals-api:compare", "/api/v1/compare?model=acme/open&model=acme/secret", READ),
    Row("evals-api:dataset-leaderboard", HIDDEN_BOARD, READ_ELSEWHERE, prepare=private_board),
    Row("evals-api:endpoint-list", "/api/v1/endpoints", ALL),
    Row("evals-api:endpoint-list", "/api/v1/endpoints", SUBMIT, "POST", ENDPOINT),
    Row(
        "evals-api:endpoint-detail",
        "/api/v1/endpoints/acme/judge",
        (404, 404, 404, 204),
        "DELETE",
        prepare=endpoint,
    ),
    # Only the token of the job itself opens it.
    Row(
        "evals-api:endpoint-call", f"{JOB}/endpoint/chat/completions", NEVER, "POST", {}, prepare=private_job
    ),
    Row("evals-api:schedule-list", "/api/v1/schedules", ALL),
    Row("evals-api:schedule-list", "/api/v1/schedules", SUBMIT, "POST", NIGHTLY, prepare=public_benchmark),
    Row("evals-api:schedule-detail", SCHEDULE, READ, prepare=schedule),
    Row("evals-api:schedule-detail", SCHEDULE, WRITE, "PATCH", {"name": "weekly"}, prepare=schedule),
    Row("evals-api:schedule-pause", f"{SCHEDULE}/pause", WRITE, "POST", prepare=schedule),
    Row("evals-api:schedule-resume", f"{SCHEDULE}/resume", WRITE, "POST", prepare=schedule),
    Row("evals-api:schedule-runs", f"{SCHEDULE}/runs", READ, prepare=schedule),
    Row("evals-api:schedule-run", f"{SCHEDULE}/run", (404, 404, 403, 201), "POST", prepare=schedule),
    Row("evals-api:schedule-detail", SCHEDULE, (404, 404, 403, 204), "DELETE", prepare=schedule),
    Row("evals-api:usage", "/api/v1/usage?owner=acme", READ),
    Row("evals-api:queue-list", "/api/v1/queues", ALL),
    Row("evals-api:queue-list", "/api/v1/queues", OPERATOR, "POST", {"slug": "big", "device_class": "gpu"}),
    Row("evals-api:queue-detail", "/api/v1/queues/cpu", ALL, prepare=public_benchmark),
    Row("evals-api:queue-detail", "/api/v1/queues/cpu", OPERATOR, "PATCH", {}, prepare=public_benchmark),
    Row("evals-api:budget-detail", "/api/v1/budgets/acme", READ),
    Row("evals-api:budget-detail", "/api/v1/budgets/acme", (404, 404, 403, 403), "PUT", HOURS),
    Row("evals-api:worker-list", "/api/v1/workers", ALL),
    Row("evals-api:worker-detail", f"{WORKERS}/{{worker}}", ALL, prepare=lent),
    Row(
        "evals-api:worker-detail",
        f"{WORKERS}/{{worker}}",
        (401, 403, 403, 200),
        "PATCH",
        {"wish": "pause"},
        prepare=lent,
    ),
    Row("evals-api:trusted-lenders", "/api/v1/trusted-lenders/acme", READ),
    Row("evals-api:trusted-lenders", "/api/v1/trusted-lenders/acme", WRITE, "PUT", {"lenders": ["acme"]}),
    # Only worker tokens open these; no person does, by session or by a token of theirs.
    Row("evals-api:worker-register", f"{WORKERS}/register", NOBODY, "POST", {}),
    Row("evals-api:worker-register", f"{WORKERS}/register", NOBODY, "POST", {}, by="token"),
    Row("evals-api:worker-heartbeat", f"{WORKERS}/{NO_ID}/heartbeat", NOBODY, "POST", {}),
    Row("evals-api:worker-wait", f"{WORKERS}/{NO_ID}/wait", NOBODY, "POST", {}),
    Row("evals-api:worker-lease", f"{WORKERS}/{NO_ID}/lease", NOBODY, "POST", {}),
    Row("evals-api:worker-job-events", f"{WORKERS}/{NO_ID}/jobs/{NO_ID}/events", NOBODY, "POST", {}),
    Row("evals-api:worker-job-finish", f"{WORKERS}/{NO_ID}/jobs/{NO_ID}/finish", NOBODY, "POST", {}),
    Row("evals-api:worker-join", "/workers/join.sh", ALL),
    Row("evals-api:worker-archive", "/workers/llmos-worker.pyz", ALL),
    Row("evals-api:worker-requirements", "/workers/requirements.txt", ALL),
]
