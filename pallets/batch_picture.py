"""The fairness of a batch as a picture."""

from collections.abc import Sequence
from decimal import Decimal

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from allocation.models import BatchClient

HEIGHT, TOP, FOOT = 180, 16, 20
PLOT = HEIGHT - TOP - FOOT
MOST_GAP = Decimal("0.25")  # of a bar's place


def fairness_svg(results: Sequence[BatchClient], guaranteed: Decimal) -> SafeString:
    """What share of its first pick each client got, the smallest first, and the share that was aimed at for all.

    Widths are percentages, so that the texts keep their size on a phone.
    """
    shown = sorted((row for row in results if row.share is not None), key=lambda row: (row.share, row.client_id))
    if not shown:
        return SafeString("")
    step = Decimal(100) / len(shown)
    bars = format_html_join(
        "\n",
        '<rect class="{}" x="{}%" y="{}" width="{}%" height="{}" rx="1"><title>{}: {}%</title></rect>',
        ((*_bar(place, row, step), row.client, f"{(row.share or 0) * 100:.1f}") for place, row in enumerate(shown)),
    )
    ticks = format_html_join(
        "\n",
        '<line class="fair-grid" x1="0" x2="100%" y1="{}" y2="{}"/><text x="0" y="{}">{}%</text>',
        ((_y(share), _y(share), _y(share, above=3), f"{share * 100:.0f}") for share in map(Decimal, ("0.5", "1"))),
    )
    return format_html(
        '<svg class="fair" width="100%" height="{}" role="img" aria-label="{}">{}{}{}'
        '<text x="0" y="{}">{}</text></svg>',
        HEIGHT,
        _told(shown, guaranteed),
        bars,
        ticks,
        _line(guaranteed),
        HEIGHT - 5,
        f"{len(shown)} clients, the smallest share first",
    )


def _y(share: Decimal, above: int = 0) -> str:
    return f"{TOP + PLOT * (1 - share) - above:.1f}"


def _bar(place: int, row: BatchClient, step: Decimal) -> tuple[str, str, str, str, str]:
    share = row.share or Decimal(0)
    gap = step * MOST_GAP
    kind = "fair-short" if row.shortfall else "fair-bar"
    return kind, f"{step * place + gap / 2:.3f}", _y(share), f"{step - gap:.3f}", f"{PLOT * share:.1f}"


def _line(guaranteed: Decimal) -> SafeString:
    if not guaranteed:
        return SafeString("")
    y = _y(guaranteed)
    return format_html(
        '<line class="fair-line" x1="0" x2="100%" y1="{}" y2="{}"/>'
        '<text class="fair-told" x="100%" y="{}" text-anchor="end">{}%</text>',
        y, y, _y(guaranteed, above=4), f"{guaranteed * 100:.1f}",
    )  # fmt: skip


def _told(shown: Sequence[BatchClient], guaranteed: Decimal) -> str:
    least, most = (f"{(row.share or 0) * 100:.0f}%" for row in (shown[0], shown[-1]))
    short = sum(row.shortfall > 0 for row in shown)
    return f"Shares from {least} to {most}; {guaranteed * 100:.0f}% was aimed at for all, {short} clients have less."
