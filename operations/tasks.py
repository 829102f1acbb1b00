"""What the worker runs by schedule."""

from operations.backups.services import make_backup


def run_backup() -> str:
    """The daily backup; the name of its file. Its failure is an alert and a failed task."""
    return make_backup().path.name
