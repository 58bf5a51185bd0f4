"""The forms of the API's answers and requests: what the OpenAPI schema tells, and how rows are written."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from evals_app.compute import selectors as compute
from evals_app.compute.models import DeviceClass, Queue, Worker
from evals_app.jobs import repeating, requests, withholding
from evals_app.jobs import selectors as jobs
from evals_app.jobs.accounting import EnergyBasis
from evals_app.jobs.artefacts import artefacts_of
from evals_app.jobs.listing import waiting_by_owner
from evals_app.jobs.models import Job, JobKind, JobState
from evals_app.jobs.waiting import WaitingCode, waiting_reason
from evals_app.schedules import drafts
from evals_app.schedules import selectors as schedules
from evals_app.schedules.models import MissedRuns, RunOutcome, Schedule, Suspension, Telling, Trigger
from hub.core import clock


class ErrorDetail(serializers.Serializer[Any]):
    code = serializers.CharField()
    message = serializers.CharField()
    field = serializers.CharField(required=False)


class Error(serializers.Serializer[Any]):
    error = ErrorDetail()


class JobRequest(serializers.Serializer[Any]):
    """What each kind needs is told in the guide; unknown names are refused."""

    kind = serializers.ChoiceField(choices=JobKind.choices)
    owner = serializers.CharField()
    queue = serializers.CharField(default="cpu")
    priority = serializers.IntegerField(default=0, min_value=-10, max_value=10)
    devices = serializers.IntegerField(default=1, min_value=1, help_text="Of one machine.")
    memory_gb = serializers.FloatField(default=0, min_value=0, help_text="Of each device, at least.")
    time_limit = serializers.IntegerField(required=False, allow_null=True, help_text="Seconds.")
    attempts = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=requests.MOST_ATTEMPTS
    )
    model = serializers.CharField(required=False)
    endpoint = serializers.CharField(required=False)
    revision = serializers.CharField(required=False)
    benchmark = serializers.CharField(required=False)
    suite = serializers.CharField(required=False, help_text="Of a schedule: in place of a benchmark.")
    benchmark_revision = serializers.CharField(required=False)
    tasks = serializers.ListField(child=serializers.CharField(), required=False)
    limit = serializers.IntegerField(required=False, allow_null=True)
    recipe = serializers.CharField(required=False)
    base_model = serializers.CharField(required=False)
    init = serializers.JSONField(required=False)
    dataset = serializers.CharField(required=False)
    dataset_revision = serializers.CharField(required=False)
    upstream = serializers.CharField(required=False)
    source = serializers.CharField(required=False)  # type: ignore[assignment]  # not the framework's
    source_type = serializers.ChoiceField(choices=["model", "dataset"], required=False)
    source_revision = serializers.CharField(required=False)
    output = serializers.CharField(required=False)
    image = serializers.CharField(required=False)
    command = serializers.ListField(child=serializers.CharField(), required=False)
    arguments = serializers.ListField(child=serializers.CharField(), required=False)
    environment = serializers.DictField(child=serializers.CharField(), required=False)
    secrets = serializers.DictField(child=serializers.CharField(), required=False, write_only=True)
    private = serializers.BooleanField(required=False, allow_null=True)
    settings = serializers.JSONField(required=False)
    labels = serializers.DictField(child=serializers.CharField(), required=False)


class JobLabels(serializers.Serializer[Any]):
    labels = serializers.DictField(child=serializers.CharField())


class JobChanges(JobRequest):
    """Any part of a job request but its kind."""

    kind = None  # type: ignore[assignment]
    owner = serializers.CharField(required=False)


class WaitingReason(serializers.Serializer[Any]):
    code = serializers.ChoiceField(choices=[code.value for code in WaitingCode])
    text = serializers.CharField()
    place = serializers.IntegerField(
        allow_null=True, help_text="From 1, in the order that fair share would serve now."
    )
    starts_in = serializers.FloatField(allow_null=True, help_text="Seconds; null while it cannot be told.")


class JobRow(serializers.Serializer[Job]):
    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=JobKind.choices)
    title = serializers.CharField()
    state = serializers.ChoiceField(choices=JobState.choices)
    owner = serializers.CharField(source="owner.name")
    submitted_by = serializers.CharField(source="submitted_by.username")
    queue = serializers.CharField(source="queue.slug")
    private = serializers.BooleanField(source="is_private")
    held_out = serializers.BooleanField(
        source="is_held_out", help_text="Log, prompts and answers are for the benchmark's owner alone."
    )
    priority = serializers.IntegerField()
    attempt = serializers.IntegerField()
    max_attempts = serializers.IntegerField()
    progress = serializers.FloatField(allow_null=True)
    progress_text = serializers.CharField()
    cancel_requested = serializers.SerializerMethodField()
    error_code = serializers.CharField()
    error_message = serializers.CharField()
    compute_seconds = serializers.FloatField()
    energy_joules = serializers.FloatField(allow_null=True)
    energy_basis = serializers.ChoiceField(choices=["", *EnergyBasis.values])
    cost = serializers.DecimalField(max_digits=16, decimal_places=6, allow_null=True)
    currency = serializers.CharField()
    labels = serializers.DictField(child=serializers.CharField())
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    url = serializers.CharField(source="get_absolute_url")
    waiting = serializers.SerializerMethodField()

    @extend_schema_field(WaitingReason)
    def get_waiting(self, job: Job) -> Any:
        """Lists bring the reasons of all their jobs along."""
        known = self.context.get("waiting")
        return WaitingReason(known[job.pk] if known else waiting_reason(job)).data

    def get_cancel_requested(self, job: Job) -> bool:
        return job.cancel_requested_at is not None


class Transition(serializers.Serializer[Any]):
    from_state = serializers.CharField()
    to_state = serializers.CharField()
    reason = serializers.CharField()
    attempt = serializers.IntegerField()
    at = serializers.DateTimeField()


class Artefact(serializers.Serializer[Any]):
    """A repository at a commit; `path` names one file in it, or is empty."""

    kind = serializers.CharField()
    type = serializers.CharField()
    id = serializers.CharField()
    commit = serializers.CharField()
    path = serializers.CharField()
    url = serializers.CharField()


class JobDetail(JobRow):
    spec = serializers.JSONField()
    result = serializers.JSONField()
    environment = serializers.JSONField()
    exit_code = serializers.IntegerField(allow_null=True)
    time_limit_seconds = serializers.IntegerField()
    needs_devices = serializers.IntegerField()
    needs_memory_bytes = serializers.IntegerField()
    not_before = serializers.DateTimeField(allow_null=True)
    worker = serializers.CharField(source="worker.name", default="")
    schedule = serializers.UUIDField(source="schedule_id", allow_null=True)
    rerun_of = serializers.UUIDField(source="rerun_of_id", allow_null=True)
    remaining_seconds = serializers.SerializerMethodField()
    artefacts = serializers.SerializerMethodField()
    request = serializers.SerializerMethodField()
    transitions = serializers.SerializerMethodField()

    @extend_schema_field(JobRequest)
    def get_request(self, job: Job) -> Any:
        """What makes this job once more, at the same commits."""
        return requests.as_json(repeating.request_of(job))

    def get_remaining_seconds(self, job: Job) -> float | None:
        return jobs.remaining_seconds(job)

    @extend_schema_field(Artefact(many=True))
    def get_artefacts(self, job: Job) -> Any:
        return Artefact(artefacts_of(job), many=True).data

    @extend_schema_field(Transition(many=True))
    def get_transitions(self, job: Job) -> Any:
        return Transition(jobs.transitions_of(job), many=True).data


class LogChunk(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    attempt = serializers.IntegerField()
    text = serializers.CharField()
    at = serializers.DateTimeField()


class Log(serializers.Serializer[Any]):
    chunks = LogChunk(many=True)
    next_after = serializers.IntegerField()
    is_final = serializers.BooleanField()


class Withheld(serializers.Serializer[Any]):
    job = serializers.UUIDField(source="job_id")
    order = serializers.JSONField(help_text="The part of the order that only the engine gets.")
    result = serializers.JSONField(help_text="As the engine told it, with all digits.")
    error_message = serializers.CharField()
    log = serializers.SerializerMethodField()

    def get_log(self, record: Any) -> str:
        return "".join(withholding.log_of(record))


class LogLine(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    attempt = serializers.IntegerField()
    text = serializers.CharField()
    at = serializers.DateTimeField()


class LogMatches(serializers.Serializer[Any]):
    lines = LogLine(many=True)


class Metrics(serializers.Serializer[Any]):
    metrics = serializers.DictField(
        child=serializers.ListField(child=serializers.ListField(child=serializers.FloatField())),
        help_text="Each name with its values as [step, value].",
    )


class RunValue(serializers.Serializer[Any]):
    metric = serializers.CharField()
    value = serializers.FloatField()
    stderr = serializers.FloatField(allow_null=True)
    higher_is_better = serializers.BooleanField()
    unit = serializers.CharField()
    signature = serializers.CharField()


class RunRow(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    job = serializers.UUIDField(source="job_id")
    owner = serializers.CharField(source="owner.name")
    model = serializers.CharField(source="model_name")
    model_commit = serializers.CharField()
    benchmark = serializers.CharField(source="benchmark_name")
    dataset_commit = serializers.CharField()
    benchmark_version = serializers.CharField(source="benchmark_version.version")
    task = serializers.CharField()
    sample_count = serializers.IntegerField()
    sample_limit = serializers.IntegerField(allow_null=True)
    private = serializers.BooleanField(source="is_private")
    held_out = serializers.BooleanField(
        source="is_held_out",
        help_text="Items and answers are for the benchmark's owner alone.",
    )
    state = serializers.CharField(help_text="measured, reproduced or disputed.")
    created_at = serializers.DateTimeField()
    values = RunValue(many=True, source="values.all")
    url = serializers.CharField(source="get_absolute_url")


class RunDetail(RunRow):
    external = serializers.BooleanField(source="is_external")
    provenance = serializers.JSONField()
    harness = serializers.CharField()
    harness_version = serializers.CharField()
    task_version = serializers.CharField()
    fingerprint = serializers.CharField(source="benchmark_version.fingerprint")
    settings = serializers.JSONField()
    seeds = serializers.JSONField()
    hardware = serializers.JSONField()
    environment = serializers.JSONField()
    duration_seconds = serializers.FloatField()
    samples_repository = serializers.CharField()
    samples_commit = serializers.CharField()
    samples_path = serializers.CharField()


class BenchmarkRow(serializers.Serializer[Any]):
    id = serializers.CharField(source="repository.full_id")
    title = serializers.CharField()
    problem = serializers.CharField()
    held_out = serializers.BooleanField(
        source="is_held_out", help_text="Everybody may be measured, and only the owner sees the items."
    )
    updated_at = serializers.DateTimeField()


class BenchmarkVersion(serializers.Serializer[Any]):
    commit = serializers.CharField()
    version = serializers.CharField()
    fingerprint = serializers.CharField()
    declaration = serializers.JSONField()


class BenchmarkDetail(BenchmarkRow):
    current = BenchmarkVersion(allow_null=True)


class LeaderboardRow(serializers.Serializer[Any]):
    slug = serializers.CharField()
    title = serializers.CharField()
    description = serializers.CharField()
    owner = serializers.CharField(source="owner.name")
    benchmark = serializers.CharField(source="benchmark.repository.full_id", default="")
    task = serializers.CharField()
    metric = serializers.CharField()
    visibility = serializers.CharField()
    has_aggregate = serializers.BooleanField()
    entry_count = serializers.IntegerField()
    refreshed_at = serializers.DateTimeField(allow_null=True)
    url = serializers.CharField(source="get_absolute_url")


class Cell(serializers.Serializer[Any]):
    value = serializers.FloatField()
    stderr = serializers.FloatField(allow_null=True)
    interval = serializers.ListField(child=serializers.FloatField(), allow_null=True)
    run = serializers.UUIDField()
    state = serializers.CharField()
    held_out = serializers.BooleanField(help_text="Its items are withheld: only their owner can repeat it.")


class Entry(serializers.Serializer[Any]):
    """`rank` is shared by models that noise does not separate from the first of them; `p_value` is that
    comparison's, corrected; `interval` is the 95 % interval. `cells` are the columns by their name. A model
    that lacks a cell which the ranking needs has neither rank nor value."""

    position = serializers.IntegerField()
    rank = serializers.IntegerField(allow_null=True)
    model = serializers.CharField()
    model_commit = serializers.CharField(help_text="Empty for an external model, which has none.")
    value = serializers.FloatField(allow_null=True)
    stderr = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    interval = serializers.ListField(child=serializers.FloatField(), allow_null=True)
    p_value = serializers.FloatField(allow_null=True)
    parameters = serializers.IntegerField(allow_null=True)
    licence = serializers.CharField(allow_null=True)
    library = serializers.CharField(allow_null=True)
    precision = serializers.CharField()
    samples = serializers.IntegerField()
    measured_at = serializers.DateTimeField()
    run = serializers.UUIDField()
    state = serializers.CharField(help_text="measured, reproduced or disputed.")
    external = serializers.BooleanField(help_text="Behind another address: nobody here knows its weights.")
    cells = serializers.DictField(child=Cell())


class BoardColumn(serializers.Serializer[Any]):
    benchmark = serializers.CharField(source="benchmark.repository.full_id")
    task = serializers.CharField()
    metric = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    group = serializers.CharField()
    weight = serializers.FloatField()
    higher_is_better = serializers.BooleanField()
    unit = serializers.CharField()
    chance = serializers.FloatField(allow_null=True)
    recipe = serializers.CharField()
    held_out = serializers.BooleanField(source="benchmark.is_held_out")
    fingerprint = serializers.CharField()


class LeaderboardDetail(LeaderboardRow):
    columns = BoardColumn(many=True)
    smallest_gap = serializers.FloatField(allow_null=True)
    smallest_gap_here = serializers.FloatField(allow_null=True)
    entries = Entry(many=True)
    next_after = serializers.IntegerField(allow_null=True)


class ColumnRequest(serializers.Serializer[Any]):
    benchmark = serializers.CharField()
    task = serializers.CharField()
    metric = serializers.CharField()
    weight = serializers.FloatField(default=1.0)
    group = serializers.CharField(default="", allow_blank=True)
    label = serializers.CharField(default="", allow_blank=True)  # type: ignore[assignment]


class LeaderboardRequest(serializers.Serializer[Any]):
    """`owner` is needed to make one and cannot be changed."""

    owner = serializers.CharField(required=False)
    title = serializers.CharField()
    description = serializers.CharField(default="", allow_blank=True)
    visibility = serializers.CharField(default="public")
    has_aggregate = serializers.BooleanField(default=False)
    columns = ColumnRequest(many=True)


class BoardChange(serializers.Serializer[Any]):
    kind = serializers.CharField()
    model = serializers.CharField(source="model_name")
    run = serializers.UUIDField(source="run_id", allow_null=True)
    old_value = serializers.FloatField(allow_null=True)
    value = serializers.FloatField(allow_null=True)
    old_rank = serializers.IntegerField(allow_null=True)
    rank = serializers.IntegerField(allow_null=True)
    reason = serializers.CharField()
    at = serializers.DateTimeField(source="created_at")


class ComparedModel(serializers.Serializer[Any]):
    model = serializers.CharField(help_text="Behind another address: `external:OWNER/NAME`.")
    external = serializers.BooleanField()
    value = serializers.FloatField(allow_null=True)
    stderr = serializers.FloatField(allow_null=True)
    run = serializers.UUIDField(allow_null=True)
    difference = serializers.FloatField(allow_null=True)
    interval = serializers.ListField(child=serializers.FloatField(), allow_null=True)
    p_value = serializers.FloatField(allow_null=True)
    corrected = serializers.FloatField(allow_null=True)
    method = serializers.CharField(allow_null=True)


class ComparedPair(serializers.Serializer[Any]):
    """`difference` is first minus second; `corrected` for all pairs of the row."""

    first = serializers.CharField()
    second = serializers.CharField()
    difference = serializers.FloatField(allow_null=True)
    interval = serializers.ListField(child=serializers.FloatField(), allow_null=True)
    p_value = serializers.FloatField(allow_null=True)
    corrected = serializers.FloatField(allow_null=True)
    method = serializers.CharField(allow_null=True)


class ComparedRow(serializers.Serializer[Any]):
    """The reference against the others: `difference` is the reference minus the other, `corrected` for all
    tests of the answer against it."""

    benchmark = serializers.CharField()
    task = serializers.CharField()
    recipe = serializers.CharField()
    metric = serializers.CharField()
    higher_is_better = serializers.BooleanField()
    models = ComparedModel(many=True)
    pairs = ComparedPair(many=True, required=False)


class Comparison(serializers.Serializer[Any]):
    pending = serializers.BooleanField()
    reference = serializers.CharField()
    rows = ComparedRow(many=True)


class ScheduleRequest(serializers.Serializer[Any]):
    """`cron` has five fields: minute, hour, day, month, weekday, in the time zone's own time; it is for the
    trigger `calendar`. The others watch a repository, by default what the request is about, and wait until
    no commit came for `debounce_seconds`."""

    name = serializers.CharField()
    request = JobRequest()
    trigger = serializers.ChoiceField(choices=Trigger.values, default=Trigger.CALENDAR)
    cron = serializers.CharField(required=False)
    time_zone = serializers.CharField(default="UTC")
    missed_runs = serializers.ChoiceField(choices=MissedRuns.values, default=MissedRuns.ONCE)
    watch = serializers.CharField(required=False, help_text="model:namespace/name or dataset:namespace/name")
    debounce_seconds = serializers.IntegerField(default=300, min_value=0, max_value=86_400)
    allow_overlap = serializers.BooleanField(default=False)
    tell = serializers.ChoiceField(choices=Telling.values, default=Telling.FAILURES)


class ScheduleChange(serializers.Serializer[Any]):
    name = serializers.CharField(required=False)
    request = JobRequest(required=False)
    trigger = serializers.ChoiceField(choices=Trigger.values, required=False)
    cron = serializers.CharField(required=False)
    time_zone = serializers.CharField(required=False)
    missed_runs = serializers.ChoiceField(choices=MissedRuns.values, required=False)
    watch = serializers.CharField(required=False)
    debounce_seconds = serializers.IntegerField(required=False)
    allow_overlap = serializers.BooleanField(required=False)
    tell = serializers.ChoiceField(choices=Telling.values, required=False)


class ScheduleRow(serializers.Serializer[Any]):
    """`suspension` says why the hub itself paused it; empty when a person did, or nobody."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    owner = serializers.CharField(source="owner.name")
    created_by = serializers.CharField(source="created_by.username")
    trigger = serializers.ChoiceField(choices=Trigger.values)
    cron = serializers.CharField()
    time_zone = serializers.CharField()
    missed_runs = serializers.ChoiceField(choices=MissedRuns.values)
    watch = serializers.SerializerMethodField()
    debounce_seconds = serializers.IntegerField()
    allow_overlap = serializers.BooleanField()
    tell = serializers.ChoiceField(choices=Telling.values)
    request = serializers.JSONField()
    paused = serializers.BooleanField(source="is_paused")
    suspension = serializers.ChoiceField(choices=["", *Suspension.values])
    next_run_at = serializers.DateTimeField(allow_null=True)
    last_run_at = serializers.DateTimeField(allow_null=True)
    last_job = serializers.UUIDField(source="last_job_id", allow_null=True)
    last_error = serializers.CharField()
    created_at = serializers.DateTimeField()
    url = serializers.CharField(source="get_absolute_url")

    def get_watch(self, schedule: Schedule) -> str:
        return drafts.watch_of(schedule)


class ScheduleDetail(ScheduleRow):
    next_runs = serializers.SerializerMethodField()

    def get_next_runs(self, schedule: Schedule) -> list[str]:
        return [clock.iso_millis(moment) for moment in schedules.next_runs(schedule)]


class ScheduleRunRow(serializers.Serializer[Any]):
    """`events` counts the commits that a run stands for."""

    cause = serializers.ChoiceField(choices=[*Trigger.values, "hand"])
    due_at = serializers.DateTimeField()
    at = serializers.DateTimeField()
    outcome = serializers.ChoiceField(choices=RunOutcome.values)
    events = serializers.IntegerField()
    job = serializers.UUIDField(source="job_id", allow_null=True)
    reason = serializers.CharField()


class Usage(serializers.Serializer[Any]):
    """`costs` are amounts by currency; energy that nobody measured counts nothing."""

    owner = serializers.CharField()
    jobs = serializers.IntegerField()
    compute_seconds = serializers.FloatField()
    energy_joules = serializers.FloatField()
    energy_is_estimated = serializers.BooleanField()
    costs = serializers.DictField(child=serializers.CharField())


class QueueRow(serializers.Serializer[Any]):
    slug = serializers.CharField()
    device_class = serializers.ChoiceField(choices=DeviceClass.choices)
    description = serializers.CharField()
    paused = serializers.BooleanField(source="is_paused")
    gpu_pattern = serializers.CharField(help_text="Which cards, as in a shell; empty for any.")
    memory_bytes = serializers.IntegerField(allow_null=True, help_text="Of one device.")
    devices = serializers.IntegerField(allow_null=True, help_text="Of one machine.")
    max_time_limit_seconds = serializers.IntegerField(allow_null=True)


class QueueOwner(serializers.Serializer[Any]):
    owner = serializers.CharField(source="namespace.name")
    weight = serializers.FloatField()
    share = serializers.FloatField(help_text="What the weight gives it among those who run or wait here.")
    running = serializers.IntegerField()
    waiting = serializers.IntegerField()


class QueueDetail(QueueRow):
    slots = serializers.SerializerMethodField()
    owners = serializers.SerializerMethodField()

    def get_slots(self, queue: Queue) -> int:
        return compute.slots_of(queue.slug)

    @extend_schema_field(QueueOwner(many=True))
    def get_owners(self, queue: Queue) -> Any:
        here = [row for row in waiting_by_owner() if row.queue == queue.slug]
        return QueueOwner(here, many=True).data


class QueueChange(serializers.Serializer[Any]):
    """What is not given stays as it is; null is not told, or no limit."""

    device_class = serializers.ChoiceField(choices=DeviceClass.choices, required=False)
    description = serializers.CharField(required=False, allow_blank=True)
    gpu_pattern = serializers.CharField(required=False, allow_blank=True)
    memory_gb = serializers.FloatField(required=False, allow_null=True)
    devices = serializers.IntegerField(required=False, allow_null=True)
    max_time_limit_seconds = serializers.IntegerField(required=False, allow_null=True)
    paused = serializers.BooleanField(required=False)


class QueueRequest(QueueChange):
    slug = serializers.CharField()
    device_class = serializers.ChoiceField(choices=DeviceClass.choices)


class BudgetChange(serializers.Serializer[Any]):
    """Hours of a calendar month (UTC); null lifts a limit."""

    device_class = serializers.ChoiceField(choices=DeviceClass.choices)
    soft_hours = serializers.FloatField(allow_null=True, default=None)
    hard_hours = serializers.FloatField(allow_null=True, default=None)


class BudgetRow(serializers.Serializer[Any]):
    """One class of devices in this month, in hours."""

    device_class = serializers.ChoiceField(choices=DeviceClass.choices)
    used = serializers.FloatField(help_text="Charged: of attempts that succeeded.")
    failed = serializers.FloatField(help_text="Not charged.")
    lent = serializers.FloatField(help_text="On machines of this owner, for others.")
    left = serializers.FloatField(allow_null=True)
    soft_hours = serializers.FloatField(source="soft", allow_null=True)
    hard_hours = serializers.FloatField(source="hard", allow_null=True)


class MemberTime(serializers.Serializer[Any]):
    member = serializers.CharField()
    kind = serializers.ChoiceField(choices=JobKind.choices)
    device_class = serializers.ChoiceField(choices=DeviceClass.choices)
    jobs = serializers.IntegerField()
    hours = serializers.FloatField()


class BudgetDetail(serializers.Serializer[Any]):
    owner = serializers.CharField()
    weight = serializers.FloatField()
    budgets = BudgetRow(many=True)
    by_member = MemberTime(many=True)


class WorkerWish(serializers.Serializer[Any]):
    wish = serializers.ChoiceField(choices=["run", "pause", "drain"])


class TrustedLenders(serializers.Serializer[Any]):
    """Names of organizations."""

    lenders = serializers.ListField(child=serializers.CharField(max_length=100), max_length=100)


class WorkerRow(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    host = serializers.CharField()
    queues = serializers.ListField(child=serializers.CharField())
    devices = serializers.JSONField()
    versions = serializers.JSONField()
    labels = serializers.JSONField()
    walls = serializers.JSONField()
    container_runtime = serializers.CharField(help_text="Empty where no containers run.")
    wish = serializers.CharField()
    approved = serializers.BooleanField(
        source="is_let_in", help_text="False while an operator has to approve the lent machine."
    )
    started_at = serializers.DateTimeField()
    heartbeat_at = serializers.DateTimeField()
    alive = serializers.SerializerMethodField()

    def get_alive(self, worker: Worker) -> bool:
        return compute.is_alive(worker)
