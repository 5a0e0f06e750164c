"""Alembic's entry: runs the migrations on the connection it is handed, in that one's transaction."""

from alembic import context

from planner.storage.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=False,
)
context.run_migrations()
