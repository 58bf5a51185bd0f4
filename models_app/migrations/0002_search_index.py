"""The full-text index of repositories, kept by triggers so that no write can forget it.

SQLite: an FTS5 table whose rowid is the repository. PostgreSQL: a tsvector with a GIN index.
A migration that rebuilds the repository table on SQLite drops its triggers: call `create` again.
"""

# ruff: noqa: S608  every text below is a constant of this file

from django.db import migrations

WORDS = "r.task || ' ' || r.library || ' ' || r.licence"
FULL_ID = "(SELECT n.name FROM accounts_namespace n WHERE n.id = r.namespace_id) || ' ' || r.name"
COLUMNS = "namespace_id, name, title, summary, task, library, licence"

SQLITE = [
    """CREATE VIRTUAL TABLE models_app_repository_text USING fts5(
        full_id, title, summary, words, tokenize = "unicode61 remove_diacritics 2", prefix = '2 3')""",
    f"""CREATE TRIGGER repository_text_insert AFTER INSERT ON models_app_repository BEGIN
        INSERT INTO models_app_repository_text(rowid, full_id, title, summary, words)
        SELECT r.id, {FULL_ID}, r.title, r.summary, {WORDS} FROM models_app_repository r WHERE r.id = new.id;
    END""",
    f"""CREATE TRIGGER repository_text_update AFTER UPDATE OF {COLUMNS} ON models_app_repository BEGIN
        DELETE FROM models_app_repository_text WHERE rowid = old.id;
        INSERT INTO models_app_repository_text(rowid, full_id, title, summary, words)
        SELECT r.id, {FULL_ID}, r.title, r.summary, {WORDS} FROM models_app_repository r WHERE r.id = new.id;
    END""",
    """CREATE TRIGGER repository_text_delete AFTER DELETE ON models_app_repository BEGIN
        DELETE FROM models_app_repository_text WHERE rowid = old.id;
    END""",
    f"""INSERT INTO models_app_repository_text(rowid, full_id, title, summary, words)
        SELECT r.id, {FULL_ID}, r.title, r.summary, {WORDS} FROM models_app_repository r""",
]
SQLITE_BACK = [
    "DROP TRIGGER IF EXISTS repository_text_insert",
    "DROP TRIGGER IF EXISTS repository_text_update",
    "DROP TRIGGER IF EXISTS repository_text_delete",
    "DROP TABLE IF EXISTS models_app_repository_text",
]

# Dots, dashes, slashes and underscores part words, as they do for FTS5.
DOCUMENT = rf"""to_tsvector('simple', regexp_replace(
    {FULL_ID} || ' ' || r.title || ' ' || r.summary || ' ' || {WORDS}, '[^[:alnum:]]+', ' ', 'g'))"""
POSTGRES = [
    """CREATE TABLE models_app_repository_text (
        repository_id bigint PRIMARY KEY, document tsvector NOT NULL)""",
    "CREATE INDEX repository_text_document ON models_app_repository_text USING gin (document)",
    f"""CREATE FUNCTION repository_text_refresh() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO models_app_repository_text(repository_id, document)
        SELECT r.id, {DOCUMENT} FROM models_app_repository r WHERE r.id = new.id
        ON CONFLICT (repository_id) DO UPDATE SET document = excluded.document;
        RETURN NULL;
    END $$""",
    f"""CREATE TRIGGER repository_text_refresh AFTER INSERT OR UPDATE OF {COLUMNS}
        ON models_app_repository FOR EACH ROW EXECUTE FUNCTION repository_text_refresh()""",
    # No foreign key: it would forbid Django to truncate the repository table alone.
    """CREATE FUNCTION repository_text_forget() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        DELETE FROM models_app_repository_text WHERE repository_id = old.id;
        RETURN NULL;
    END $$""",
    """CREATE TRIGGER repository_text_forget AFTER DELETE
        ON models_app_repository FOR EACH ROW EXECUTE FUNCTION repository_text_forget()""",
    f"""INSERT INTO models_app_repository_text(repository_id, document)
        SELECT r.id, {DOCUMENT} FROM models_app_repository r""",
]
POSTGRES_BACK = [
    "DROP TRIGGER IF EXISTS repository_text_refresh ON models_app_repository",
    "DROP TRIGGER IF EXISTS repository_text_forget ON models_app_repository",
    "DROP FUNCTION IF EXISTS repository_text_refresh()",
    "DROP FUNCTION IF EXISTS repository_text_forget()",
    "DROP TABLE IF EXISTS models_app_repository_text",
]


def run(schema_editor, statements):
    with schema_editor.connection.cursor() as cursor:
        for statement in statements:
            # Without parameters no driver looks for placeholders in the text.
            cursor.execute(statement)


def create(_apps, schema_editor):
    run(schema_editor, POSTGRES if schema_editor.connection.vendor == "postgresql" else SQLITE)


def drop(_apps, schema_editor):
    run(schema_editor, POSTGRES_BACK if schema_editor.connection.vendor == "postgresql" else SQLITE_BACK)


class Migration(migrations.Migration):
    dependencies = [("models_app", "0001_initial"), ("accounts", "0001_initial")]

    operations = [migrations.RunPython(create, drop)]
