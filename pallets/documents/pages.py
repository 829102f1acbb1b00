"""Letter pages with tables: cells cut to their column, headings repeated, `page 1 of 3` for each part of a file."""

from collections import Counter
from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import Any

from reportlab.lib.colors import HexColor, black
from reportlab.lib.pagesizes import letter
from reportlab.lib.units import inch
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, SimpleDocTemplate, Table, TableStyle

from pallets.documents.codes import draw_code128
from pallets.documents.lettering import BOLD, PLAIN, draw, fit, wrap

PAGE_WIDTH, PAGE_HEIGHT = letter
MARGIN = 0.5 * inch
WIDTH = PAGE_WIDTH - 2 * MARGIN
FRAME_PADDING = 6  # Platypus leaves it inside the margins
SIZE = 8  # points of a table's text
GREY, LIGHT = HexColor("#555555"), HexColor("#ececec")
HEAD_ROW = [
    ("LINEBELOW", (0, 0), (-1, 0), 1, black),
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ("LEFTPADDING", (0, 0), (-1, -1), 2),
    ("RIGHTPADDING", (0, 0), (-1, -1), 2),
    ("TOPPADDING", (0, 0), (-1, -1), 2.5),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5),
    ("LINEBELOW", (0, 1), (-1, -1), 0.25, HexColor("#aaaaaa")),
]


class Text(Flowable):  # type: ignore[misc]
    """A cell's text on at most `most` lines, cut to the cell's width."""

    def __init__(self, text: str, *, bold: bool = False, size: float = SIZE, align: float = 0, most: int = 1) -> None:
        super().__init__()
        self.text, self.size, self.align, self.most = text, size, align, most
        self.font = BOLD if bold else PLAIN
        self.lines: list[str] = []

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        self.width, self.lines = width, wrap(self.text, self.size, width, self.most, self.font)
        return width, len(self.lines) * self.size * 1.2

    def draw(self) -> None:
        for place, line in enumerate(reversed(self.lines)):
            y = self.size * (0.25 + 1.2 * place)
            draw(self.canv, self.width * self.align, y, line, self.size, font=self.font, align=self.align)


class Part(Flowable):  # type: ignore[misc]
    """Starts a part of the file: its pages are counted by themselves and named by `title` at their foot."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.title = title

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        return 0, 0

    def draw(self) -> None:
        self.canv.part = self.title


class PagedCanvas(Canvas):  # type: ignore[misc]
    """Holds pages back until it is known how many there are."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.part = ""
        self._held: list[dict[str, Any]] = []

    def showPage(self) -> None:
        self._held.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        counts, numbers = Counter(page["part"] for page in self._held), Counter[str]()
        for page in self._held:
            self.__dict__.update(page)
            numbers[self.part] += 1
            draw(self, MARGIN, 22, self.part, 7.5, width=WIDTH - 80)
            draw(self, PAGE_WIDTH - MARGIN, 22, f"Page {numbers[self.part]} of {counts[self.part]}", 7.5, align=1)
            super().showPage()
        super().save()


class Heading(Flowable):  # type: ignore[misc]
    """A part's head: what it is and for whom on the left, its bar code on the right."""

    HEIGHT = 62

    def __init__(self, title: str, code: str, rows: Sequence[str]) -> None:
        super().__init__()
        self.title, self.code, self.rows = title, code, rows

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        return width, self.HEIGHT

    def draw(self) -> None:
        left = WIDTH - 200
        draw(self.canv, 0, self.HEIGHT - 18, f"{self.title} {self.code}", 19, font=BOLD, width=left)
        for place, row in enumerate(self.rows):
            draw(self.canv, 0, self.HEIGHT - 34 - place * 13, row, 10.5, font=PLAIN if place else BOLD, width=left)
        draw_code128(self.canv, left, self.HEIGHT - 38, self.code, width=200, height=36, align=1)


def render(title: str, story: Sequence[Flowable]) -> bytes:
    """The PDF of `story`: the same bytes for the same story."""
    file = BytesIO()
    document = SimpleDocTemplate(
        file,
        pagesize=letter,
        leftMargin=MARGIN - FRAME_PADDING,
        rightMargin=MARGIN - FRAME_PADDING,
        topMargin=MARGIN,
        bottomMargin=MARGIN,
        title=title,
        invariant=1,
        pageCompression=1,
    )
    document.build(list(story), canvasmaker=PagedCanvas)
    return file.getvalue()


def figures_table(figures: Iterable[tuple[str, str]], columns: int) -> Table:
    """Captions over figures in boxes, `columns` to a row."""
    room = WIDTH / columns - 6
    boxes = [
        [Text(caption, size=7), Text(value, bold=True, size=fit(value, (12, 11, 10, 9, 8), room, BOLD))]
        for caption, value in figures
    ]
    boxes += [[] for _ in range(-len(boxes) % columns)]
    rows = [boxes[place : place + columns] for place in range(0, len(boxes), columns)]
    style = TableStyle(
        [
            ("GRID", (0, 0), (-1, -1), 0.5, GREY),
            ("TOPPADDING", (0, 0), (-1, -1), 2),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
            ("LEFTPADDING", (0, 0), (-1, -1), 4),
            ("RIGHTPADDING", (0, 0), (-1, -1), 2),
        ]
    )
    return Table(rows, colWidths=[WIDTH / columns] * columns, style=style, spaceBefore=4, spaceAfter=8)


class Columns:
    """A table's columns: head, width in points, alignment (0 left, 1 right) and how many lines a cell may take."""

    def __init__(self, *columns: tuple[str, float, float, int]) -> None:
        self.columns = columns

    def row(self, cells: Sequence[str], *, bold: bool = False) -> list[Text]:
        return [
            Text(cell, bold=bold, align=align, most=most)
            for cell, (_, _, align, most) in zip(cells, self.columns, strict=True)
        ]

    def table(self, rows: Sequence[Sequence[Any]], style: Iterable[tuple[Any, ...]] = ()) -> Table:
        """`rows` under the repeated heads; `style` counts the head as row 0."""
        heads = [Text(head, bold=True, align=align, size=7.5) for head, _, align, _ in self.columns]
        spare = WIDTH - sum(width for _, width, _, _ in self.columns)
        assert spare >= 0, "the columns are wider than the page"
        widths = [width for _, width, _, _ in self.columns]
        widths[self.widest] += spare
        return Table([heads, *rows], colWidths=widths, repeatRows=1, style=TableStyle([*HEAD_ROW, *style]))

    @property
    def widest(self) -> int:
        """The column that takes what room is left."""
        return max(range(len(self.columns)), key=lambda place: self.columns[place][1])
