from django.apps import AppConfig

# What people are told of; `worker.telling` says whom.
TOLD = ("job.succeeded", "job.failed", "schedule.failed", "schedule.suspended")
DOUBTS = ("dispute.opened", "dispute.answered", "dispute.resolved")


class EvalsAppConfig(AppConfig):
    name = "evals_app"

    def ready(self) -> None:
        from hub.activity import subscriptions
        from models_app.cards import evaluations

        evaluations.verify_with("evals_app.claims.verification.measured")
        subscriptions.subscribe("commit", "evals_app.catalog.index_benchmark")
        subscriptions.subscribe("commit", "evals_app.claims.follow")
        subscriptions.subscribe("commit", "evals_app.schedules.on_commit")
        for verb in (*TOLD, *DOUBTS):
            subscriptions.subscribe(verb, "evals_app.notify")
        subscriptions.subscribe("run.recorded", "evals_app.contamination.follow")
        subscriptions.subscribe("run.recorded", "evals_app.trust.follow")
        subscriptions.subscribe("repository.settings", "evals_app.jobs.follow_visibility")
        for verb in ("settings", "deleted", "disabled", "enabled"):
            subscriptions.subscribe(f"repository.{verb}", "evals_app.leaderboards.follow_repository")
