"""What files say of a model, the size of a branch, likes of the last month.

SQLite builds the repository table anew for the columns, which drops the triggers of the search index.
"""

from importlib import import_module

from django.conf import settings
from django.db import migrations, models

search_index = import_module("models_app.migrations.0002_search_index")


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_follow"),
        ("models_app", "0007_protected_branches"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunPython(search_index.drop, search_index.create),
        migrations.AddField(
            model_name="repository",
            name="file_facts",
            field=models.JSONField(blank=True, default=dict),
        ),
        migrations.AddField(
            model_name="repository",
            name="main_bytes",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="repository",
            name="recent_likes",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddIndex(
            model_name="repository",
            index=models.Index(
                condition=models.Q(("visibility", "public")),
                fields=["type", "-recent_likes", "-id"],
                name="repo_public_recent_likes",
            ),
        ),
        migrations.AddIndex(
            model_name="repository",
            index=models.Index(
                condition=models.Q(("visibility", "public")),
                fields=["type", "-main_bytes", "-id"],
                name="repo_public_size",
            ),
        ),
        migrations.RunPython(search_index.create, search_index.drop),
    ]
