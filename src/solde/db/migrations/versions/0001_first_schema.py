"""The first schema: every file of `sql/` in the order of its name.

Until version 1.0 the files may change; a database made from older ones is made anew (`solde db reset`).
"""

from alembic import op

from solde.db.migrations.files import run_files

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Run the files on the connection Alembic holds."""
    connection = op.get_bind().connection.driver_connection
    assert connection is not None, "Alembic runs with a live connection"
    run_files(connection)
