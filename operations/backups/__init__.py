"""Backups count only once they are loaded and compared; restores verify before they touch anything."""
