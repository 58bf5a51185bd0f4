from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "hub.site"
    label = "site"

    def ready(self) -> None:
        from hub.activity import subscriptions

        subscriptions.subscribe("job.succeeded", "hub.demo.advance")
