"""The one way in for upstream data: fetch, parse, compare, write in one transaction per source, record."""

from sync.services.report import SyncReport
from sync.services.run import sync_every_source, sync_source

__all__ = ["SyncReport", "sync_every_source", "sync_source"]
