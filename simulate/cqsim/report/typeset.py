"""From data and figures to a PDF, in memory, without the network or system fonts."""

import datetime
import io
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cqsim.errors import StatedError
from cqsim.report.figures.style import style
from cqsim.resources import data_folder

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class TypesetError(StatedError):
    """Typst refuses a report: a formula of the case, or a fault of ours."""


def as_svg(figure: "Figure") -> bytes:
    """Return a figure as SVG; equal figures give equal bytes."""
    target = io.BytesIO()
    with style():
        _arrange(figure)
        figure.savefig(target, format="svg", metadata={"Date": None, "Creator": None})
    return target.getvalue()


def _arrange(figure: "Figure") -> None:
    """Place what a figure holds, once; to be saved it would be drawn a second time."""
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.execute(figure)
        figure.set_layout_engine(None)


def as_png(figure: "Figure", resolution: int = 200) -> bytes:
    """Return a figure as PNG, for slides."""
    target = io.BytesIO()
    with style():
        _arrange(figure)
        figure.savefig(
            target, format="png", dpi=resolution, metadata={"Software": None}
        )
    return target.getvalue()


def typeset(
    data: Mapping[str, Any],
    figures: Mapping[str, bytes],
    attached: Mapping[str, bytes],
    language: str,
) -> bytes:
    """Return the PDF of a report in one language: PDF/A-3a, PDF/UA-1, tagged.

    Parameters
    ----------
    data
        What the templates read; `data["date"]` is the date that the document bears.
    figures
        SVG by file name.
    attached
        The files to attach, by name; `data["attachments"]` describes them.

    Raises
    ------
    TypesetError
        The templates and the data do not go together.
    """
    import typst

    with _folder(data, figures, attached) as folder:
        day = datetime.date.fromisoformat(data["date"])
        try:
            made = typst.compile(
                folder / f"{language}.typ",
                root=folder,
                font_paths=[data_folder("reports") / "fonts"],
                ignore_system_fonts=True,
                pdf_standards=["a-3a", "ua-1"],
                timestamp=datetime.datetime(
                    day.year, day.month, day.day, tzinfo=datetime.UTC
                ),
            )
        except typst.TypstError as error:
            what = f"the report cannot be set ({error})"
            remedy = "Correct the formulas of report.toml and words.toml."
            raise TypesetError(what, remedy) from error
    assert isinstance(made, bytes)
    return made


def as_pages(
    data: Mapping[str, Any],
    figures: Mapping[str, bytes],
    attached: Mapping[str, bytes],
    language: str,
    resolution: float = 50.0,
) -> list[bytes]:
    """Return every page of a report as PNG, to be looked at or checked for ink."""
    import typst

    with _folder(data, figures, attached) as folder:
        # The library's types promise one page; of several pages it returns a list.
        made: Any = typst.compile(
            folder / f"{language}.typ",
            root=folder,
            font_paths=[data_folder("reports") / "fonts"],
            ignore_system_fonts=True,
            format="png",
            ppi=resolution,
        )
    return [made] if isinstance(made, bytes) else [page for page in made if page]


@contextmanager
def _folder(
    data: Mapping[str, Any],
    figures: Mapping[str, bytes],
    attached: Mapping[str, bytes],
) -> Iterator[Path]:
    """Give a folder with all that the templates read."""
    with tempfile.TemporaryDirectory(prefix="cqsim-report-") as name:
        folder = Path(name)
        text = json.dumps(data, ensure_ascii=False, sort_keys=True)
        (folder / "data.json").write_text(text, encoding="utf-8")
        templates = data_folder("reports") / "templates"
        for template in sorted(templates.glob("*.typ")):
            shutil.copyfile(template, folder / template.name)
        for part, files in (("figures", figures), ("attached", attached)):
            (folder / part).mkdir()
            for file, content in files.items():
                (folder / part / file).write_bytes(content)
        yield folder


# --- letters -------------------------------------------------------------------------


@cache
def covered() -> frozenset[str]:
    """Return the characters that every shipped font has."""
    from matplotlib.ft2font import FT2Font

    paths = sorted((data_folder("reports") / "fonts").glob("*.ttf"))
    maps = [set(FT2Font(str(path)).get_charmap()) for path in paths]
    return (
        frozenset(chr(code) for code in set.intersection(*maps))
        if maps
        else frozenset()
    )


MARKS = frozenset("\n\u27e6\u27e7")
"""A line's end, and the brackets of number markers, which are never printed."""


@dataclass(slots=True)
class Letters:
    """Replaces characters that the fonts lack, and records which and where."""

    replaced: dict[str, str] = field(default_factory=dict)

    def cleaned(self, text: str, origin: str) -> str:
        """Return a text that the fonts can print."""
        known = covered() | MARKS
        if all(character in known for character in text):
            return text
        return "".join(self._shown(c, origin) if c not in known else c for c in text)

    def _shown(self, character: str, origin: str) -> str:
        if character in "\r\t\u200b\ufeff":
            return " "
        shown = f"U+{ord(character):04X}"
        self.replaced.setdefault(shown, origin)
        return shown

    def everywhere(self, value: Any, origin: str) -> Any:
        """Return a value as JSON has it with every text in it cleaned."""
        if isinstance(value, str):
            return self.cleaned(value, origin)
        if isinstance(value, list):
            return [self.everywhere(each, origin) for each in value]
        if isinstance(value, dict):
            return {key: self.everywhere(each, origin) for key, each in value.items()}
        return value

    @property
    def warnings(self) -> list[str]:
        """One sentence a character that was replaced."""
        return [
            f"{origin}: the report's font has no character {shown}; "
            "its code is printed instead"
            for shown, origin in sorted(self.replaced.items())
        ]
