from django.apps import AppConfig


class CollectionsConfig(AppConfig):
    """An application of its own, so that its tables have migrations of their own."""

    name = "models_app.collections"
    label = "collections"
