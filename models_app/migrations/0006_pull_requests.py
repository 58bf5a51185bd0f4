"""Discussions that carry commits of their own."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("models_app", "0005_lfs_locks")]

    operations = [
        migrations.AddField("discussion", "base", models.CharField(blank=True, max_length=255)),
        migrations.AddField("discussion", "is_pull_request", models.BooleanField(default=False)),
        migrations.AddField("discussion", "merge_commit", models.CharField(blank=True, max_length=40)),
        migrations.AlterField(
            "discussion",
            "status",
            models.CharField(
                choices=[("open", "Open"), ("closed", "Closed"), ("draft", "Draft"), ("merged", "Merged")],
                default="open",
                max_length=8,
            ),
        ),
        migrations.AlterField(
            "discussionevent",
            "kind",
            models.CharField(
                choices=[
                    ("comment", "Comment"),
                    ("status-change", "Status change"),
                    ("title-change", "Title change"),
                    ("commit", "Commit"),
                ],
                max_length=16,
            ),
        ),
    ]
