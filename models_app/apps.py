from django.apps import AppConfig


class ModelsAppConfig(AppConfig):
    name = "models_app"

    def ready(self) -> None:
        from hub.activity import subscriptions
        from models_app.announcements import notices
        from models_app.announcements import services as announcements
        from models_app.scans import services as scans
        from models_app.viewer import services as viewer

        for verb in announcements.VERBS:
            subscriptions.subscribe(verb, announcements.ANNOUNCE_TASK)
        for verb in notices.VERBS:
            subscriptions.subscribe(verb, notices.NOTIFY_TASK)
        for verb in viewer.VERBS:
            subscriptions.subscribe(verb, viewer.FOLLOW_TASK)
        for verb in scans.VERBS:
            subscriptions.subscribe(verb, scans.FOLLOW_TASK)
