"""What can go wrong with a backup or a restore, in the operator's words."""

from common.errors import DomainError


class BackupFailed(DomainError):
    """The backup could not be made or did not prove equal; nothing was stored."""

    code = "backup_failed"
    title = "The backup failed"


class BackupRefused(DomainError):
    """The file is no backup that may be restored here; the live database was not touched."""

    code = "backup_refused"
    title = "The backup is refused"


class RestoreFailed(DomainError):
    """The restore was begun and not finished; the message says what the live database holds."""

    code = "restore_failed"
    title = "The restore failed"


class DatabaseUnreadable(BackupFailed):
    """The live database is damaged: no backup of it can be made."""

    code = "database_unreadable"
