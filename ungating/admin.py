"""What each store may receive, as staff see it: statuses, their history, and tasks to unlock more."""

from ungating.admin_changes import UngatingChangeAdmin as UngatingChangeAdmin
from ungating.admin_statuses import UngatingStatusAdmin as UngatingStatusAdmin
from ungating.admin_tasks import UngatingTaskAdmin as UngatingTaskAdmin
