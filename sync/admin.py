"""What the feeds left behind: how fresh each source is, and the rows that could not be taken over."""

from common.admin import REVIEW_PAGES
from sync.admin_held import PAGE
from sync.admin_issues import RowIssueAdmin as RowIssueAdmin
from sync.admin_sources import SourceStateAdmin as SourceStateAdmin

REVIEW_PAGES["sync."] = PAGE
