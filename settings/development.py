"""A developer's machine and `make run`: SQLite by default, errors shown in the browser."""

from settings.base import *  # noqa: F403
from settings.environment import ROOT, env
from settings.logs import logging_config

DEBUG = env.bool("DEBUG", default=True)

# Without addresses of real systems the demo files that the project ships go through the same sync.
DEMO = ROOT / "operations" / "demo"
PORTAL_URL = env.str("PORTAL_URL", default=f"file:{DEMO / 'buying_portal.csv'}")
PANEL_URL = env.str("PANEL_URL", default=f"file:{DEMO / 'panel'}")
UNGATING_URL = env.str("UNGATING_URL", default=f"file:{DEMO / 'ungating'}")
PREORDERS_URL = env.str("PREORDERS_URL", default=f"file:{DEMO / 'preorders.csv'}")

# `make run` shows what goes wrong; LOG_LEVEL=INFO shows every request.
LOGGING = logging_config(json=False, level=env.str("LOG_LEVEL", default="WARNING"))
