"""A ledger of two valleys with rules of its own: the package knows no case."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

import cqsim.ledger.build
from cqsim.errors import InputFileError
from cqsim.ledger.build import build_ledger
from cqsim.ledger.bulletin import add_bulletin
from cqsim.ledger.check import check_ledger
from cqsim.ledger.observed import Observations
from cqsim.ledger.raw import RawNames, RawRow, read_observations, read_ranges
from cqsim.ledger.rules import Cleaned, Context, Rule, choose, raise_then_lower
from cqsim.ledger.sources import KINDS
from cqsim.tables import csv_text

SETTINGS = """\
pipeline = "valleys"
files = ["people"]
tables = ["counts.csv", "bulletins.csv"]
beyond = ["country"]
[rings]
upper = ["north", "south"]
[areas]
both = ["upper"]
[required]
variables = ["inhabitants"]
years = [2019]
"""
FILES = {
    "ledger.toml": SETTINGS,
    "observed/variables.csv": (
        "printed_name,variable,file,printed_unit,unit,factor,meaning\n"
        "inhabitants,inhabitants,people,thousand,person,1000,who lives there\n"
    ),
    "observed/sources_added.csv": (
        "source_id,title,publisher,date,address,kind\n"
        "office,Census,Office,2020,-,official\npaper,News,Press,2020,-,newspaper\n"
        "analyst,Judgement,us,2020,-,analyst\n"
    ),
    "observed/raw/counts.csv": (
        "region_id,year,variable,value,unit,source_id,note\n"
        "north,2019,inhabitants,1.25,thousand,office,\n"
        "north,2019,inhabitants,1.3,thousand,paper,\n"
        "south,2019,inhabitants,2,thousand,paper,\n"
    ),
    "observed/raw/bulletins.csv": (
        "region_id,year,variable,value,unit,source_id,note\n"
    ),
    "observed/raw/parameters_literature.csv": (
        "parameter,low,central,high,unit,scope,source_id,note\n"
        "growth,0.01,,0.02,1/year,valleys,paper,\n"
    ),
}


def grade_of_a_kind(row: RawRow, context: Context) -> str | None:
    """The office counts, others copy."""
    return "A" if context.kind(row) == "official" else "B"


def nearer_source(row: RawRow, context: Context) -> int:
    """The office's figure stays."""
    return KINDS.index(context.kind(row))


GRADE, NEARER = Rule("V1", grade_of_a_kind), Rule("V2", nearer_source)


class Valleys:
    """Two rules, no totals, one derived file."""

    opening = "# Rules\n"
    sections = (("All", (GRADE, NEARER)),)
    totals = ()
    added_variables = ()

    def clean(self, raw: Path, names: RawNames) -> Cleaned:
        context = Context(names.settings, names.sources)
        groups: dict[object, list[RawRow]] = {}
        for row in read_observations(raw, names):
            dated = replace(row, vintage="final")
            graded = raise_then_lower(GRADE, (), (), dated, context)
            groups.setdefault(row.key, []).append(graded)
        chosen = [choose([NEARER], group, context) for group in groups.values()]
        ranges, _ = read_ranges(raw, names.sources, "V3", lambda unit: "")
        return Cleaned(
            tuple(row for row, _ in chosen),
            tuple(replace(entry, grade="B") for entry in ranges),
            tuple(lost for _, rejected in chosen for lost in rejected),
        )

    def regions(self, raw: Path, rows: Iterable[RawRow], names: RawNames) -> str:
        lines = [[region] for region in names.settings.regions]
        return csv_text([["region"], *lines])

    def derive(self, folder: Path) -> Mapping[str, str]:
        people = Observations.load(folder).vector("inhabitants", 2019)
        return {"people.csv": csv_text([["inhabitants"], *([n] for n in people)])}


@pytest.fixture
def valleys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "model"
    for name, text in FILES.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    class Entry:
        def load(self) -> Valleys:
            return Valleys()

    def entries(group: str, name: str) -> list[Entry]:
        return [Entry()] if (group, name) == ("cqsim.pipelines", "valleys") else []

    monkeypatch.setattr(cqsim.ledger.build, "entry_points", entries)
    return folder


def test_a_ledger_is_built_by_the_rules_of_its_own_case(valleys: Path) -> None:
    built = build_ledger(valleys)
    assert (built.rows, built.rejected) == (3, 1)
    ledger = Observations.load(valleys)
    north = ledger.row("north", "inhabitants", 2019)
    assert (north.value, north.unit, north.grade) == (1250.0, "person", "A")
    assert ledger.vector("inhabitants", 2019) == [1250.0, 2000.0]
    text = (valleys / "initial" / "people.csv").read_text(encoding="utf-8")
    assert text == "inhabitants\n1250.0\n2000.0\n"
    page = (valleys / "observed" / "RULES.md").read_text(encoding="utf-8")
    assert "- **V2** The office's figure stays. *(rows shaped: 1, rejected: 1)*" in page
    assert [found.check for found in check_ledger(valleys) if not found.holds] == []


def test_a_bulletin_of_another_case_is_added(valleys: Path, tmp_path: Path) -> None:
    build_ledger(valleys)
    bulletin = tmp_path / "new.csv"
    bulletin.write_text(
        "region_id,year,variable,value,unit,source_id,note,"
        "title,publisher,date,address,kind\n"
        "both,2022,inhabitants,3.4,thousand,B22,,Bulletin,Office,2023,-,official\n",
        encoding="utf-8",
    )
    assert add_bulletin(valleys, bulletin).sources == ("B22",)
    assert Observations.load(valleys).value("both", "inhabitants", 2022) == 3400.0


def test_a_missing_required_row_is_named(valleys: Path) -> None:
    file = valleys / "observed" / "raw" / "counts.csv"
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    file.write_text("".join(lines[:-1]), encoding="utf-8")
    with pytest.raises(InputFileError, match="no row for south 2019, inhabitants"):
        build_ledger(valleys)


@pytest.mark.parametrize(
    ("pipeline", "said"),
    [
        ("hills", r"ledger\.toml: there is no pipeline 'hills'\. Install"),
        ("cqsim.cli", r"ledger\.toml: there is no pipeline 'cqsim\.cli'\. Install"),
        ("", r"ledger\.toml: the ledger names no pipeline"),
    ],
)
def test_a_ledger_without_rules_is_refused_with_a_remedy(
    valleys: Path, pipeline: str, said: str
) -> None:
    text = SETTINGS.replace('"valleys"', f'"{pipeline}"')
    (valleys / "ledger.toml").write_text(text, encoding="utf-8")
    with pytest.raises(InputFileError, match=said):
        build_ledger(valleys)
