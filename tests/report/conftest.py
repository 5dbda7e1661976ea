from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from pathlib import Path

import pytest

from cqsim.report.build import Prepared, Request, made_pdf, prepare, request_of
from cqsim.report.watch import Watch
from cqsim.scenario.load import read_scenario

BASELINE = Path(__file__).parents[2] / "scenarios" / "baseline.toml"


@dataclass
class Made:
    """The report of the baseline, made once for all tests of this folder."""

    request: Request
    prepared: Prepared

    @cached_property
    def zh(self) -> bytes:
        return made_pdf(self.prepared, "zh", Watch())

    @cached_property
    def en(self) -> bytes:
        return made_pdf(self.prepared, "en", Watch())

    @cached_property
    def texts(self) -> dict[str, list[str]]:
        """The text of every page by language."""
        from pypdf import PdfReader

        return {
            language: [page.extract_text() for page in PdfReader(BytesIO(pdf)).pages]
            for language, pdf in (("zh", self.zh), ("en", self.en))
        }


@pytest.fixture(scope="session")
def made() -> Made:
    request = request_of([read_scenario(str(BASELINE))], None, False, Watch())
    return Made(request, prepare(request, Watch()))


@pytest.fixture(scope="session")
def brief(made: Made) -> Prepared:
    control = {**made.request.control, "brief": True}
    request = Request(made.request.outcomes, made.request.inputs, control, True)
    return prepare(request, Watch())


@pytest.fixture(scope="session")
def brief_pdf(brief: Prepared) -> bytes:
    return made_pdf(brief, "zh", Watch())
