from django.apps import AppConfig


class EvalsAppConfig(AppConfig):
    name = "evals_app"

    def ready(self) -> None:
        from hub.activity import subscriptions

        subscriptions.subscribe("commit", "evals_app.catalog.index_benchmark")
        subscriptions.subscribe("repository.settings", "evals_app.jobs.follow_visibility")
