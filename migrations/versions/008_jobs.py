"""The job queue of procrastinate 3.10, as that version ships it."""

from pathlib import Path

from alembic import op

revision = "008_jobs"
down_revision = "007_messages"

SCHEMA = Path(__file__).parent.parent / "procrastinate-3.10.sql"
DROP_ALL = """
DO $$
DECLARE found record;
BEGIN
  FOR found IN SELECT tablename FROM pg_tables WHERE schemaname = current_schema AND tablename LIKE 'procrastinate\\_%' LOOP
    EXECUTE format('DROP TABLE %I CASCADE', found.tablename);
  END LOOP;
  FOR found IN SELECT p.oid::regprocedure AS name FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
               WHERE n.nspname = current_schema AND p.proname LIKE 'procrastinate\\_%' LOOP
    EXECUTE format('DROP FUNCTION %s CASCADE', found.name);
  END LOOP;
  FOR found IN SELECT t.oid::regtype AS name FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
               WHERE n.nspname = current_schema AND t.typname LIKE 'procrastinate\\_%' AND t.typtype IN ('e', 'c') LOOP
    EXECUTE format('DROP TYPE IF EXISTS %s CASCADE', found.name);
  END LOOP;
END $$
"""


def upgrade() -> None:
    # psycopg's own execute takes many statements at once and reads no % or : as a parameter.
    op.get_bind().connection.driver_connection.execute(SCHEMA.read_text())


def downgrade() -> None:
    op.get_bind().connection.driver_connection.execute(DROP_ALL)
