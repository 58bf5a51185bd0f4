"""The workers' API, as a worker uses it and as an attacker with its token would."""

from __future__ import annotations

import threading
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from evals_app.compute import lending, services, shares
from evals_app.compute import selectors as compute
from evals_app.compute.models import Standing, Worker, WorkerWish
from evals_app.jobs import bell, lent
from evals_app.jobs import services as jobs
from evals_app.jobs.models import Job, JobLogChunk, JobState
from evals_app.jobs.waiting import waiting_reason, waiting_reasons
from hub.accounts.models import AccessToken, TokenKind, User
from hub.core.clock import now
from hub.core.errors import PermissionRefused
from hub.inbox.models import Notification
from tests.factories.accounts import make_organization, make_user
from tests.factories.jobs import evaluation_result, make_evaluation, make_queues
from tests.factories.repositories import actor_of, make_repository

pytestmark = pytest.mark.django_db


class WorkerClient:
    """A machine with a token: what it posts, and what it is answered."""

    def __init__(self, client: Client, issued: lending.IssuedPass) -> None:
        self.client, self.issued = client, issued
        self.headers = {"Authorization": f"Bearer {issued.secret}"}
        self.worker = ""
        self.free = [{"slot": 0, "memory_bytes": 8_000_000_000}]

    def post(self, path: str, body: Any = None) -> tuple[int, Any]:
        answer = self.client.post(
            f"/api/v1/workers/{path}", body or {}, content_type="application/json", headers=self.headers
        )
        return answer.status_code, answer.json() if answer.content else None

    def register(self, name: str = "box", **said: Any) -> tuple[int, Any]:
        device = {"kind": "cpu", "name": "x", "memory_bytes": 8_000_000_000, "count": 1}
        slots = [{"number": 0, "device": device}]
        status, said = self.post("register", {"name": name, "slots": slots, "devices": [device], **said})
        if status == 200:
            self.worker = said["worker"]
        return status, said

    def lease(self) -> tuple[int, Any]:
        return self.post(f"{self.worker}/lease", {"free": self.free})

    def is_ready(self) -> bool:
        status, said = self.post(f"{self.worker}/wait", {"free": self.free, "seconds": 0})
        assert status == 200
        return bool(said["ready"])

    def tell(self, lease: dict[str, Any], *events: dict[str, Any]) -> tuple[int, Any]:
        body = {"lease": lease["lease"], "events": list(events)}
        return self.post(f"{self.worker}/jobs/{lease['job']}/events", body)

    def finish(self, lease: dict[str, Any], **outcome: Any) -> tuple[int, Any]:
        body = {"lease": lease["lease"], "outcome": {"ending": "succeeded", **outcome}}
        return self.post(f"{self.worker}/jobs/{lease['job']}/finish", body)


@pytest.fixture
def worker(client: Client) -> WorkerClient:
    make_queues()
    found = WorkerClient(client, lending.issue(make_user("keeper"), "own", ["cpu"], approved=True))
    found.register()
    return found


def lent_worker(client: Client, lender: str = "lab", *, approved: bool = True) -> WorkerClient:
    admin = make_user(f"{lender}-admin")
    organization = make_organization(lender, admin=admin)
    made = WorkerClient(client, lending.issue(admin, "lent", ["cpu"], lender=organization, approved=approved))
    assert made.register()[0] == 200
    return made


def test_a_job_from_lease_to_result(worker: WorkerClient) -> None:
    job = make_evaluation(make_user("alice"))
    status, lease = worker.lease()
    assert (status, lease["job"], lease["attempt"]) == (200, str(job.pk), 1)
    assert worker.tell(lease, {"number": 1, "type": "log", "text": "hello\n"}) == (
        200,
        {"alive": True, "cancel": False},
    )
    assert worker.finish(lease, result=evaluation_result(), exit_code=0) == (200, {"recorded": True})
    job.refresh_from_db()
    assert job.state == JobState.SUCCEEDED
    assert worker.lease()[0] == 204


def test_waiting_takes_nothing_and_says_what_the_lease_would_find(worker: WorkerClient) -> None:
    assert not worker.is_ready()
    job = make_evaluation(make_user("alice"), memory_gb=4)
    assert worker.is_ready()
    assert Job.objects.get().state == JobState.QUEUED
    Job.objects.update(needs_memory_bytes=9_000_000_000)
    assert not worker.is_ready()
    assert worker.lease()[0] == 204
    Job.objects.update(needs_memory_bytes=8_000_000_000)
    assert worker.is_ready()
    assert worker.lease()[1]["job"] == str(job.pk)
    assert not worker.is_ready()


def test_a_lease_whose_answer_was_lost_goes_back_without_an_attempt(worker: WorkerClient) -> None:
    job = make_evaluation(make_user("alice"))
    lost = worker.lease()[1]
    job.refresh_from_db()
    assert job.lease_until is not None
    assert job.lease_until <= now() + jobs.CONFIRM_WITHIN
    Job.objects.update(lease_until=now() - timedelta(seconds=1))
    jobs.sweep()
    job.refresh_from_db()
    assert (job.state, job.attempt, job.compute_seconds) == (JobState.QUEUED, 0, 0)
    assert job.transitions.last().reason == "did not reach its worker"  # type: ignore[union-attr]
    assert worker.tell(lost)[0] == 404
    found = worker.lease()[1]
    assert worker.tell(lost)[1]["alive"] is False
    worker.tell(found)
    Job.objects.update(lease_until=now() - timedelta(seconds=1))
    jobs.sweep()
    job.refresh_from_db()
    assert (job.state, job.attempt) == (JobState.QUEUED, 1)


def test_a_submitted_job_wakes_whoever_waits_for_its_queue_once_it_is_committed(
    django_capture_on_commit_callbacks: Any,
) -> None:
    make_queues()
    before, elsewhere = bell.heard(["cpu"]), bell.heard(["gpu"])
    waiter = threading.Thread(target=bell.wait, args=(["cpu", "gpu"], before + elsewhere, 60))
    waiter.start()
    with django_capture_on_commit_callbacks(execute=True):
        make_evaluation(make_user("alice"))
        assert bell.heard(["cpu"]) == before
    waiter.join(timeout=30)
    assert not waiter.is_alive()
    assert bell.heard(["gpu"]) == elsewhere
    bell.wait(["cpu"], before, 60)


def test_a_repeated_report_is_counted_once(worker: WorkerClient) -> None:
    job = make_evaluation(make_user("alice"))
    lease = worker.lease()[1]
    first = [{"number": 1, "type": "log", "text": "one\n"}, {"number": 2, "type": "log", "text": "two\n"}]
    worker.tell(lease, *first)
    worker.tell(lease, *first, {"number": 3, "type": "log", "text": "three\n"})
    text = "".join(JobLogChunk.objects.filter(job=job).values_list("text", flat=True))
    assert text == "one\ntwo\nthree\n"


def test_a_repeated_end_is_recorded_once(worker: WorkerClient) -> None:
    make_evaluation(make_user("alice"))
    lease = worker.lease()[1]
    assert worker.finish(lease, result=evaluation_result())[1] == {"recorded": True}
    assert worker.finish(lease, result=evaluation_result())[0] == 404


def test_it_tells_of_a_cancel(worker: WorkerClient) -> None:
    alice = make_user("alice")
    job = make_evaluation(alice)
    lease = worker.lease()[1]
    jobs.cancel(actor_of(alice), job)
    assert worker.tell(lease)[1] == {"alive": True, "cancel": True}


def test_a_paused_or_drained_worker_gets_nothing_and_is_told(worker: WorkerClient) -> None:
    make_evaluation(make_user("alice"))
    row = lending.get_worker(worker.issued.worker_pass, worker.worker)  # type: ignore[arg-type]
    services.set_wish(row, WorkerWish.PAUSE)
    assert not worker.is_ready()
    assert worker.lease()[0] == 204
    assert worker.post(f"{worker.worker}/heartbeat") == (200, {"wish": "pause"})
    services.set_wish(row, WorkerWish.RUN)
    assert worker.lease()[0] == 200


def test_a_worker_that_fell_silent_is_given_nothing_until_it_beats_again(worker: WorkerClient) -> None:
    make_evaluation(make_user("alice"))
    Worker.objects.update(heartbeat_at=now() - timedelta(seconds=10))
    assert worker.lease()[0] == 204
    worker.post(f"{worker.worker}/heartbeat")
    assert worker.lease()[0] == 200


def cards(*gigabytes: int) -> list[dict[str, Any]]:
    return [
        {
            "number": number,
            "device": {"kind": "gpu", "name": f"Card {size}", "memory_bytes": size * 10**9, "count": 1},
        }
        for number, size in enumerate(gigabytes)
    ]


def test_a_job_gets_as_many_devices_as_it_needs_and_the_smallest_that_are_enough(client: Client) -> None:
    make_queues()
    machine = WorkerClient(client, lending.issue(make_user("keeper"), "own", ["gpu"], approved=True))
    slots = cards(80, 24, 80, 48)
    machine.register(slots=slots, devices=[slot["device"] for slot in slots])
    job = make_evaluation(make_user("alice"), queue="gpu", devices=2, memory_gb=40)
    machine.free = [{"slot": 0, "memory_bytes": 80 * 10**9}, {"slot": 1, "memory_bytes": 24 * 10**9}]
    assert not machine.is_ready()
    assert machine.lease()[0] == 204
    machine.free += [{"slot": 2, "memory_bytes": 30 * 10**9}]
    assert not machine.is_ready()
    machine.free += [{"slot": 3, "memory_bytes": 48 * 10**9}]
    assert machine.is_ready()
    lease = machine.lease()[1]
    assert (lease["job"], lease["slots"], lease["memory_bytes"]) == (str(job.pk), [3, 0], 40 * 10**9)
    make_evaluation(make_user("bob"), queue="gpu")
    machine.free = machine.free[:3]
    assert machine.lease()[1]["slots"] == [1]


class TestDevicesTogether:
    """A machine with two cards, on one of which a job runs: alice needs both, carol one."""

    @pytest.fixture
    def machine(self, client: Client) -> WorkerClient:
        make_queues()
        self.keeper = lending.issue(make_user("keeper"), "own", ["gpu"], approved=True)
        machine = self.another(client, "box")
        make_evaluation(make_user("bob"), queue="gpu")
        machine.free = free(0, 1)
        _status, lease = machine.lease()
        assert lease["slots"] == [0]
        # A lease that its worker does not confirm would come back within seconds.
        assert machine.tell(lease)[0] == 200
        machine.free = free(1)
        self.wide = make_evaluation(make_user("alice"), queue="gpu", devices=2)
        self.single = make_evaluation(make_user("carol"), queue="gpu")
        return machine

    def another(self, client: Client, name: str) -> WorkerClient:
        machine = WorkerClient(client, self.keeper)
        slots = cards(80, 80)
        machine.register(name, slots=slots, devices=[slot["device"] for slot in slots])
        return machine

    def wait(self) -> None:
        """As if the job had waited for an hour."""
        Job.objects.filter(pk=self.wide.pk).update(queued_at=now() - timedelta(hours=1))
        self.wide.refresh_from_db()

    def test_a_job_that_came_just_now_holds_nobody_up(self, machine: WorkerClient) -> None:
        told = waiting_reason(self.wide)
        assert (told.code, "no machine has as much free" in told.text) == ("devices", True)
        assert waiting_reason(self.single).code == "turn"
        assert machine.lease()[1]["job"] == str(self.single.pk)

    def test_once_it_has_waited_what_gets_free_is_kept_for_it(self, machine: WorkerClient) -> None:
        self.wait()
        assert not machine.is_ready()
        assert machine.lease()[0] == 204
        assert waiting_reason(self.wide).code == "devices"
        Job.objects.filter(pk=self.wide.pk).update(priority=1)
        told = waiting_reasons([self.wide, make_evaluation(make_user("alice2"), queue="gpu")])
        assert {found.code for found in told.values()} == {"devices", "turn"}
        machine.free = free(0, 1)
        assert machine.is_ready()
        assert machine.lease()[1]["slots"] == [0, 1]

    def test_whose_turn_comes_first_does_not_wait_for_it(self, machine: WorkerClient) -> None:
        self.wait()
        Standing.objects.create(queue=self.wide.queue, owner=self.wide.owner, turn=1000.0)
        assert machine.is_ready()
        assert machine.lease()[1]["job"] == str(self.single.pk)

    def test_only_one_machine_keeps_devices(self, client: Client, machine: WorkerClient) -> None:
        self.wait()
        other = self.another(client, "box2")
        held = Job.objects.get(state=JobState.RUNNING)
        held.pk, held.worker_id = uuid4(), UUID(other.worker)
        held.save(force_insert=True)
        other.free = free(1)
        answers = sorted([machine.lease(), other.lease()], key=lambda answer: answer[0])
        assert [status for status, _lease in answers] == [200, 204]
        assert answers[0][1]["job"] == str(self.single.pk)

    def test_a_job_that_may_not_run_there_holds_nothing(self, machine: WorkerClient) -> None:
        self.wait()
        Job.objects.filter(pk=self.wide.pk).update(needs_devices=3)
        assert machine.lease()[1]["job"] == str(self.single.pk)

    def test_asking_costs_no_more_while_only_single_devices_are_wanted(
        self, machine: WorkerClient, django_assert_num_queries: Any
    ) -> None:
        Job.objects.filter(pk=self.wide.pk).update(needs_devices=1)
        row = Worker.objects.select_related("worker_pass").get(pk=machine.worker)
        with CaptureQueriesContext(connection) as whole:
            assert jobs.has_work_for(row, ["gpu"])
        row.free_devices = lending.free_devices(row, {"free": free(1)})
        with django_assert_num_queries(len(whole)):
            assert jobs.has_work_for(row, ["gpu"])

    def test_both_of_its_slots_count_as_taken(self, machine: WorkerClient) -> None:
        Job.objects.filter(state=JobState.RUNNING).update(needs_devices=2)
        told = waiting_reason(self.single)
        assert (told.code, told.text) == ("turn", "All slots of the queue “gpu” are taken.")

    def test_slots_kept_for_others_go_to_no_job_that_needs_more_than_the_rest(
        self, machine: WorkerClient
    ) -> None:
        Job.objects.filter(state=JobState.RUNNING).update(state=JobState.CANCELLED, lease_until=None)
        guest = make_organization("guest")
        shares.reserve(guest, self.wide.queue, 0.5, now() - timedelta(hours=1), now() + timedelta(hours=1))
        machine.free = free(0, 1)
        assert machine.lease()[1]["job"] == str(self.single.pk)


def free(*slots: int) -> list[dict[str, int]]:
    return [{"slot": slot, "memory_bytes": 80 * 10**9} for slot in slots]


def test_what_is_free_must_be_what_was_registered(worker: WorkerClient) -> None:
    make_evaluation(make_user("alice"))
    for wrong in ([{"slot": 1, "memory_bytes": 1}], [{"slot": 0}], ["0"]):
        worker.free = wrong  # type: ignore[assignment]
        assert worker.lease()[0] == 400
    worker.free = []
    assert not worker.is_ready()
    assert worker.lease()[0] == 204


# --- As an attacker ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "/api/whoami-v2",
        "/api/models/alice/open",
        "/alice/open/resolve/main/config.json",
        "/api/v1/jobs",
        "/api/v1/schedules",
    ],
)
def test_a_worker_token_reads_nothing(client: Client, worker: WorkerClient, path: str) -> None:
    make_repository(make_user("alice"), "open", files={"config.json": "{}"})
    client.raise_request_exception = False
    assert client.get(path, headers=worker.headers).status_code == 401


def test_a_worker_token_submits_and_writes_nothing(client: Client, worker: WorkerClient) -> None:
    for path in ("/api/v1/jobs", "/api/repos/create"):
        answer = client.post(path, {}, content_type="application/json", headers=worker.headers)
        assert answer.status_code == 401


def test_it_touches_only_what_it_holds(client: Client, worker: WorkerClient) -> None:
    alice = make_user("alice")
    make_evaluation(alice)
    lease = worker.lease()[1]
    other = lent_worker(client)
    assert other.finish(lease, result=evaluation_result())[0] == 404
    assert other.tell(lease, {"number": 1, "type": "log", "text": "forged"})[0] == 404
    other.worker = worker.worker
    assert other.finish(lease, result=evaluation_result())[0] == 404
    assert worker.finish({**lease, "lease": "guess"}, result=evaluation_result())[1] == {"recorded": False}
    assert worker.tell({**lease, "lease": ""})[1]["alive"] is False
    assert Job.objects.get().state == JobState.RUNNING


def test_it_takes_no_name_and_no_queue_of_others(client: Client, worker: WorkerClient) -> None:
    other = lent_worker(client)
    assert other.register("box")[1]["name"] == "lab/box"
    assert other.register("../x y")[0] == 400
    assert other.register(queues=["gpu"])[0] == 400
    assert other.register(slots=[{"number": "a"}])[0] == 400


def test_bad_reports_are_refused_with_a_sentence(worker: WorkerClient) -> None:
    make_evaluation(make_user("alice"))
    lease = worker.lease()[1]
    for events in ("text", [{"type": "log"}], [{"number": 0}], [{"number": True}]):
        body = {"lease": lease["lease"], "events": events}
        status, answer = worker.post(f"{worker.worker}/jobs/{lease['job']}/events", body)
        assert status == 400 or events == [{"number": True}]
        assert status == 200 or "number" in answer["error"]["message"] or "list" in answer["error"]["message"]
    assert worker.finish(lease, ending="flown")[0] == 400


# --- Lent machines ----------------------------------------------------------------------------------


def test_a_lent_machine_waits_for_approval(client: Client) -> None:
    make_queues()
    make_evaluation(make_user("alice"))
    machine = lent_worker(client, approved=False)
    assert "approve" in machine.register()[1]["notice"]
    assert machine.lease()[0] == 204
    operator = make_user("boss")
    operator.is_staff = True
    lending.approve(actor_of(operator), machine.issued.worker_pass, trusted=False)
    assert machine.lease()[0] == 200


def test_operators_hear_of_a_lent_machine_and_its_lender_of_the_approval(client: Client) -> None:
    make_queues()
    operator = make_user("boss", is_staff=True)
    machine = lent_worker(client, approved=False)

    def told(user: User) -> list[str]:
        return [row.event.verb for row in Notification.objects.filter(user=user).select_related("event")]

    lender = machine.issued.worker_pass.token.user
    assert (told(operator), told(lender)) == (["worker-token.offered"], [])
    lending.approve(actor_of(operator), machine.issued.worker_pass, trusted=False)
    assert (told(operator), told(lender)) == (["worker-token.offered"], ["worker-token.approved"])


def test_what_a_machine_says_of_itself_counts_once_it_is_approved(client: Client) -> None:
    """Else everybody with an organization could show cards that are not there."""
    make_queues()
    card = {"kind": "gpu", "name": "H100", "memory_bytes": 80_000_000_000}
    operator = make_user("boss", is_staff=True)
    admin = make_user("lab-admin")
    issued = lending.issue(admin, "lent", ["gpu"], lender=make_organization("lab", admin=admin))
    machine = WorkerClient(client, issued)
    machine.register(devices=[card])
    address = f"/api/v1/workers/{machine.worker}"

    def seen(user: User | None) -> tuple[int, int, bool, bool]:
        if user:
            client.force_login(user)
        page = client.get("/compute").content.decode()
        listed = client.get("/api/v1/workers").json()
        found = client.get(address).status_code
        client.logout()
        return len(listed), found, "lab/" in page, "Waits for approval" in page

    assert seen(None) == (0, 404, False, False)
    assert seen(admin) == seen(operator) == (1, 200, True, True)
    assert not compute.live_workers()
    assert not compute.machines_of("gpu")
    lending.approve(actor_of(operator), issued.worker_pass, trusted=False)
    assert seen(None) == (1, 200, True, False)
    assert [device["name"] for [device] in compute.machines_of("gpu")] == ["H100"]


def test_private_jobs_of_others_need_the_operators_trust(client: Client) -> None:
    make_queues()
    make_evaluation(make_user("alice"), model="secret", private=True)
    machine = lent_worker(client)
    assert not machine.is_ready()
    assert machine.lease()[0] == 204
    operator = make_user("boss")
    operator.is_staff = True
    lending.approve(actor_of(operator), machine.issued.worker_pass, trusted=True)
    assert machine.lease()[0] == 200


def test_an_owner_says_whose_machines_may_run_its_private_jobs(client: Client) -> None:
    make_queues()
    alice = make_user("alice")
    job = make_evaluation(alice, model="secret", private=True)
    machine = lent_worker(client)
    assert waiting_reason(job).code == "not-open"
    client.force_login(alice)
    put = partial(client.put, "/api/v1/trusted-lenders/alice", content_type="application/json")
    assert put({"lenders": ["nobody-there"]}).status_code == 400
    assert put({"lenders": ["lab"]}).json() == {"lenders": ["lab"]}
    client.logout()
    assert waiting_reason(job).code == "starting"
    assert machine.is_ready()
    assert machine.lease()[1]["job"] == str(job.pk)


def test_a_lender_keeps_a_machine_for_its_own_jobs(client: Client) -> None:
    make_queues()
    job = make_evaluation(make_user("alice"))
    machine = lent_worker(client)
    found = machine.issued.worker_pass
    assert found.lender is not None
    lending.keep_for_own(actor_of(found.token.user), found, only=True)
    assert not machine.is_ready()
    assert waiting_reason(job).code == "not-open"
    own = make_evaluation(found.lender)
    assert machine.lease()[1]["job"] == str(own.pk)


def test_a_pause_outlives_the_worker_and_its_jobs_say_that_nobody_serves_them(worker: WorkerClient) -> None:
    job = make_evaluation(make_user("alice"))
    row = lending.find_worker(actor_of(make_user("somebody")), UUID(worker.worker))
    lent.set_wish(None, row, "pause")
    worker.register()
    assert not worker.is_ready()
    assert waiting_reason(job).code == "no-worker"
    lent.set_wish(None, row, "drain")
    worker.register()
    assert worker.is_ready()


def test_private_jobs_of_its_own_organization_run_there(client: Client) -> None:
    make_queues()
    machine = lent_worker(client)
    lender = machine.issued.worker_pass.lender
    assert lender is not None
    make_evaluation(lender, model="secret", private=True)
    assert machine.lease()[0] == 200


def test_revocation_ends_leases_and_the_jobs_tokens(client: Client) -> None:
    make_queues()
    job = make_evaluation(make_user("alice"))
    machine = lent_worker(client)
    lease = machine.lease()[1]
    lent.revoke(None, machine.issued.worker_pass)
    job.refresh_from_db()
    assert (job.state, job.lease) == (JobState.QUEUED, "")
    assert not AccessToken.objects.filter(kind=TokenKind.JOB, revoked_at=None).exists()
    assert machine.tell(lease)[0] == 401
    assert machine.register()[0] == 401


def test_strangers_neither_lend_nor_approve_nor_revoke(client: Client) -> None:
    make_queues()
    machine = lent_worker(client)
    stranger = actor_of(make_user("stranger"))
    lender = machine.issued.worker_pass.lender
    assert lender is not None
    with pytest.raises(PermissionRefused):
        lending.lend(stranger, lender, "mine", ["cpu"])
    with pytest.raises(PermissionRefused):
        lending.approve(stranger, machine.issued.worker_pass, trusted=True)
    with pytest.raises(PermissionRefused):
        lent.revoke(stranger, machine.issued.worker_pass)
