"""The gate of a repository and the people it knows.

SQLite builds the repository table anew for the column, which drops the triggers of the search index.
"""

from importlib import import_module

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

search_index = import_module("models_app.migrations.0002_search_index")


class Migration(migrations.Migration):
    dependencies = [
        ("models_app", "0002_search_index"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunPython(search_index.drop, search_index.create),
        migrations.AddField(
            model_name="repository",
            name="gating",
            field=models.CharField(
                blank=True,
                choices=[
                    ("", "Open to all who see it"),
                    ("auto", "Whoever asks is let in"),
                    ("manual", "An administrator decides about each"),
                ],
                default="",
                max_length=8,
            ),
        ),
        migrations.RunPython(search_index.create, search_index.drop),
        migrations.CreateModel(
            name="AccessRequest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[("pending", "Pending"), ("accepted", "Accepted"), ("rejected", "Rejected")],
                        max_length=8,
                    ),
                ),
                ("answers", models.JSONField(blank=True, default=dict)),
                ("rejection_reason", models.CharField(blank=True, max_length=500)),
                ("is_granted", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "handled_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "repository",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="access_requests",
                        to="models_app.repository",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="access_requests",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["repository", "status", "-id"], name="access_request_list")],
                "constraints": [
                    models.UniqueConstraint(fields=("repository", "user"), name="access_request_once")
                ],
            },
        ),
    ]
