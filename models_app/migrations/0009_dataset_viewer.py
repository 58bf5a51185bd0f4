"""Datasets as Parquet: how far each has come, its splits, the results of its files."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("models_app", "0008_facts_of_files_and_sizes"),
    ]

    operations = [
        migrations.CreateModel(
            name="Conversion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("running", "Running"),
                            ("done", "Done"),
                            ("failed", "Failed"),
                        ],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("head", models.CharField(blank=True, max_length=40)),
                ("parquet_commit", models.CharField(blank=True, max_length=40)),
                ("default_config", models.CharField(blank=True, max_length=100)),
                ("problem", models.CharField(blank=True, max_length=500)),
                ("leased_until", models.DateTimeField(null=True)),
                ("done_files", models.PositiveIntegerField(default=0)),
                ("all_files", models.PositiveIntegerField(default=0)),
                ("finished_at", models.DateTimeField(null=True)),
                (
                    "repository",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="conversion",
                        to="models_app.repository",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ConvertedFile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("source", models.CharField(max_length=64)),
                ("sha256", models.CharField(blank=True, max_length=64)),
                ("size", models.BigIntegerField(default=0)),
                ("rows", models.BigIntegerField(default=0)),
                ("memory_bytes", models.BigIntegerField(default=0)),
                ("features_json", models.TextField(default="{}")),
                ("is_partial", models.BooleanField(default=False)),
                ("problem", models.CharField(blank=True, max_length=500)),
                (
                    "repository",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="converted_files",
                        to="models_app.repository",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("repository", "source"), name="converted_file_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="ConvertedSplit",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("config", models.CharField(max_length=100)),
                ("name", models.CharField(max_length=100)),
                ("position", models.PositiveIntegerField()),
                ("problem", models.CharField(blank=True, max_length=500)),
                (
                    "part",
                    models.CharField(
                        blank=True,
                        choices=[("", "All"), ("size", "Size"), ("files", "Files")],
                        default="",
                        max_length=8,
                    ),
                ),
                ("rows", models.BigIntegerField(default=0)),
                ("source_bytes", models.BigIntegerField(default=0)),
                ("parquet_bytes", models.BigIntegerField(default=0)),
                ("memory_bytes", models.BigIntegerField(default=0)),
                ("files", models.JSONField(default=list)),
                ("features_json", models.TextField(default="{}")),
                ("is_mixed", models.BooleanField(default=False)),
                ("statistics_json", models.TextField(default="{}")),
                (
                    "conversion",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="splits",
                        to="models_app.conversion",
                    ),
                ),
            ],
            options={
                "ordering": ["position"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("conversion", "config", "name"), name="converted_split_once"
                    )
                ],
            },
        ),
    ]
