"""From data and figures to a PDF, in memory, without the network or system fonts."""

import datetime
import io
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cqsim.report.figures.style import style
from cqsim.resources import data_folder

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class TypesetError(RuntimeError):
    """Typst refuses what we composed: a fault of ours, never of the user."""


def as_svg(figure: "Figure") -> bytes:
    """Return a figure as SVG; equal figures give equal bytes."""
    target = io.BytesIO()
    with style():
        _laid_out(figure)
        figure.savefig(target, format="svg", metadata={"Date": None, "Creator": None})
    return target.getvalue()


def _laid_out(figure: "Figure") -> None:
    """Place what a figure holds, once; to be saved it would be drawn a second time."""
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.execute(figure)
        figure.set_layout_engine(None)


def as_png(figure: "Figure", resolution: int = 200) -> bytes:
    """Return a figure as PNG, for slides."""
    target = io.BytesIO()
    with style():
        _laid_out(figure)
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
            raise TypesetError(str(error)) from error
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
