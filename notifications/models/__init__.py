from notifications.models.alert import Alert, AlertKind, AlertState
from notifications.models.email import DIGEST, MAIL_KINDS, Email, EmailState, MailChoice, SenderSlot

__all__ = [
    "DIGEST",
    "MAIL_KINDS",
    "Alert",
    "AlertKind",
    "AlertState",
    "Email",
    "EmailState",
    "MailChoice",
    "SenderSlot",
]
