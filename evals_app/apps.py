from django.apps import AppConfig


class EvalsAppConfig(AppConfig):
    name = "evals_app"
