"""A sheet of paper, A4, as PDF: what it says comes as plain values."""

import logging
from collections.abc import Container, Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple, cast
from unicodedata import bidirectional, category

from fpdf import FPDF

from healthbook.beside import Beside

FONTS = Path(__file__).parent / "fonts"
MARGIN, GAP, LINE = 20, 4, 5.2
BOX = "\u25a1"
# Stands for the number of pages until it is known. No font has it, so nobody's words do.
PAGES = "\U0010ffff"
# Accents and joiners take no room; of thousands on one letter each would be measured again and again.
ROOMLESS, MARKS = ("Mn", "Me", "Cf"), 4
INK, FAINT, RULE = (20, 35, 45), (85, 100, 110), (190, 202, 208)
papers = Beside(most=8)
# It would name letters of what was written.
for name in ("fpdf", "fontTools"):
    logging.getLogger(name).setLevel(logging.ERROR)


class Section(NamedTuple):
    title: str
    text: str


class Dose(NamedTuple):
    """A medicine on paper: its name, how it is taken, and what else to know."""

    name: str
    taken: str
    known: str


class Sheet(NamedTuple):
    """`about` are pairs of a label and what it says; `pages` has {n} and {nb} in it; `lost` tells of lost letters."""

    language: str
    clinic: str
    reached: str
    heading: str
    about: list[tuple[str, str]]
    sections: list[Section]
    medicines: str
    doses: list[Dose]
    closing: str
    pages: str
    lost: str


class Paper(FPDF):
    """The foot of every page says which of how many it is. `lost`: a letter came that it cannot print."""

    words, lost = "", False

    def printable(self, words: str) -> str:
        """A box for each letter that the font has not, or that runs from right to left, which is not done here."""
        known = self.fonts["sans"].cmap
        letters = [letter if fits(letter, known) else BOX for letter in few_marks(words)]
        self.lost |= BOX in letters
        return "".join(letters)

    def footer(self) -> None:
        self.set_y(-15)
        self.set_font("sans", size=8)
        self.set_text_color(*FAINT)
        self.cell(0, 5, self.words.format(n=self.page_no(), nb=PAGES), align="R")


def few_marks(words: str) -> Iterator[str]:
    run = 0
    for letter in words:
        run = run + 1 if category(letter) in ROOMLESS else 0
        if run <= MARKS:
            yield letter


def fits(letter: str, known: Container[int]) -> bool:
    return letter == "\n" or (ord(letter) in known and bidirectional(letter) not in ("R", "AL"))


def made(sheet: Sheet, at: datetime) -> bytes:
    """The file, in half a second or so. Raises Busy where several are waiting already."""
    return papers.run(drawn, sheet, at)


def drawn(sheet: Sheet, at: datetime) -> bytes:
    """The same sheet at the same moment gives the same bytes."""
    paper = opened(sheet, at)
    head(paper, sheet)
    for label, words in sheet.about:
        pair(paper, label, words)
    rule(paper)
    for section in sheet.sections:
        title(paper, section.title)
        words_of(paper, section.text)
    if sheet.doses:
        title(paper, sheet.medicines, height_of(paper, sheet.doses[0]))
    for dose in sheet.doses:
        medicine(paper, dose)
    rule(paper)
    words_of(paper, sheet.closing, size=9, colour=FAINT)
    if paper.lost:
        words_of(paper, sheet.lost, size=9)
    return bytes(paper.output())


def opened(sheet: Sheet, at: datetime) -> Paper:
    paper = Paper(format="A4")
    paper.add_font("sans", fname=FONTS / "DejaVuSans.ttf")
    paper.add_font("sans", style="B", fname=FONTS / "DejaVuSans-Bold.ttf")
    paper.words = sheet.pages
    paper.alias_nb_pages(PAGES)
    paper.set_margins(MARGIN, MARGIN)
    paper.set_auto_page_break(True, MARGIN)
    paper.set_creation_date(at)
    paper.set_lang(sheet.language)
    paper.set_title(sheet.heading)
    paper.add_page()
    return paper


def head(paper: Paper, sheet: Sheet) -> None:
    words_of(paper, sheet.clinic, size=12, bold=True)
    words_of(paper, sheet.reached, size=9, colour=FAINT)
    paper.ln(2 * GAP)
    words_of(paper, sheet.heading, size=18, bold=True)
    paper.ln(GAP)


def pair(paper: Paper, label: str, words: str) -> None:
    """A label, and beside it what it says, however long."""
    top = paper.get_y()
    paper.set_font("sans", size=9)
    paper.set_text_color(*FAINT)
    paper.cell(30, LINE, label)
    paper.set_xy(paper.l_margin + 30, top)
    paper.set_font("sans", size=10)
    paper.set_text_color(*INK)
    paper.multi_cell(0, LINE, paper.printable(words), new_x="LMARGIN", new_y="NEXT", align="L")


def title(paper: Paper, words: str, below: float = 2 * LINE) -> None:
    """Never alone at the end of a page: what is `below` it goes with it."""
    if paper.will_page_break(2 * LINE + below):
        paper.add_page()
    paper.ln(GAP)
    words_of(paper, words, size=11, bold=True)


def medicine(paper: Paper, dose: Dose) -> None:
    if paper.will_page_break(height_of(paper, dose)):
        paper.add_page()
    paper.ln(GAP / 2)
    words_of(paper, dose.name, bold=True)
    for words in filter(None, (dose.taken, dose.known)):
        words_of(paper, words)


def height_of(paper: Paper, dose: Dose) -> float:
    """What must stand on one page: the whole medicine, or its beginning where no page is long enough."""
    high = GAP / 2
    for words, style in ((dose.name, "B"), (dose.taken, ""), (dose.known, "")):
        paper.set_font("sans", style=style, size=10)
        lines = paper.multi_cell(0, LINE, paper.printable(words), align="L", dry_run=True, output="LINES")
        high += LINE * len(cast(list, lines)) if words else 0
    return high if high < paper.eph - 4 * LINE else 4 * LINE


def words_of(paper: Paper, words: str, size: float = 10, bold: bool = False, colour: tuple = INK) -> None:
    paper.set_font("sans", style="B" if bold else "", size=size)
    paper.set_text_color(*colour)
    paper.multi_cell(0, size * 0.52, paper.printable(words), new_x="LMARGIN", new_y="NEXT", align="L")


def rule(paper: Paper) -> None:
    paper.ln(GAP)
    paper.set_draw_color(*RULE)
    paper.line(paper.l_margin, paper.get_y(), paper.w - paper.r_margin, paper.get_y())
    paper.ln(GAP / 2)
