from django.apps import AppConfig


class ActivityConfig(AppConfig):
    name = "hub.activity"
    label = "activity"
