"""Sources: merged, pruned to what is cited, and missed by name when one is gone."""

import re
from collections.abc import Callable
from pathlib import Path
from shutil import copytree

import pytest

from cqsim.errors import CqsimError, InputFileError, UnknownNameError
from cqsim.ledger.build import build_ledger
from cqsim.ledger.check import check_ledger
from cqsim.ledger.observed import read_settings
from cqsim.ledger.sources import (
    KINDS,
    LedgerSource,
    citations,
    pruned,
    read_cited_sources,
    read_sources,
)
from cqsim.resources import data_folder

Edit = Callable[[str, str, str], None]

MODEL = """{UTF-8}
births per woman = 1.1
	~	child/woman [0.8,2.1]
	~	Children a woman has. Source: CQ_GB2022, S_sushan. Class: statistic
	|

Elderly[region] = INTEG(ageing[region], 0)
	~	person
	~	A stock; its source is the equation.
	|

pull[region] = 1
	~	1
	~	Fitted. Source: analyst,
		S_leiii_2020 Class: calibrated
	|
\\\\\\---/// Sketch information
Source: NOT_A_SOURCE
"""


def sources_of(folder: Path) -> dict[str, LedgerSource]:
    return read_sources(folder / "observed", read_settings(folder))


def test_the_kinds_of_remembered_sources_are_memory() -> None:
    sources = sources_of(data_folder("model"))
    assert {sources[name].kind for name in ("mem", "MEM", "S_memory")} == {"memory"}
    assert sources["analyst"].kind == "analyst"
    assert {source.kind for source in sources.values()} <= set(KINDS)


def test_memory_stays_memory_whatever_the_file_says(inputs: Path, edit: Edit) -> None:
    edit("raw/sources_environment.csv", ",none,,none,memory", ",none,,none,official")
    assert sources_of(inputs)["MEM"].kind == "memory"


def test_one_id_in_two_files_for_one_document_is_one_source(inputs: Path) -> None:
    first = inputs / "observed" / "raw" / "sources_economy.csv"
    second = inputs / "observed" / "raw" / "sources_environment.csv"
    line = first.read_text(encoding="utf-8").splitlines()[1]
    second.write_text(
        second.read_text(encoding="utf-8") + line + "\n", encoding="utf-8"
    )
    assert sources_of(inputs)["maigoo_661116"].kind == "aggregator"


def test_one_id_for_two_documents_is_refused(inputs: Path) -> None:
    second = inputs / "observed" / "raw" / "sources_environment.csv"
    line = "maigoo_661116,another page,nobody,2020,none,aggregator\n"
    second.write_text(second.read_text(encoding="utf-8") + line, encoding="utf-8")
    with pytest.raises(InputFileError, match="'maigoo_661116' already names"):
        sources_of(inputs)


def test_only_cited_sources_and_analyst_are_kept(built: Path) -> None:
    kept = read_cited_sources(built)
    assert set(kept) == {*citations(built), "analyst"}
    assert "S_cqyz" not in kept
    assert list(kept) == sorted(kept)


@pytest.mark.slow
def test_a_model_adds_the_sources_of_its_constants(inputs: Path) -> None:
    (inputs / "metro.mdl").write_text(MODEL, encoding="utf-8")
    build_ledger(inputs)
    cited = citations(inputs)
    assert cited["CQ_GB2022"] == ("metro.mdl:4 (constant 'births per woman')",)
    assert cited["S_leiii_2020"][0] == "metro.mdl:14 (constant 'pull[region]')"
    assert "analyst" in cited
    assert "NOT_A_SOURCE" not in cited


def test_a_model_cites_whatever_its_file_is_called(tmp_path: Path) -> None:
    folder = copytree(data_folder("model"), tmp_path / "model")
    (folder / "metro.mdl").rename(folder / "mine.mdl")
    assert [found.check for found in check_ledger(folder) if not found.holds] == []
    citers = {who for cited in citations(folder).values() for who in cited}
    assert any(who.startswith("mine.mdl:") for who in citers)


def test_one_paper_has_one_year_wherever_it_is_cited() -> None:
    """Ang's guide to the LMDI, Energy Policy 33: 867-871, is of 2005."""
    root = data_folder("model").parent
    found = {
        match[1]
        for folder, ending in (("simulate", "py"), ("model", "toml"), ("docs", "md"))
        for file in (root / folder).rglob(f"*.{ending}")
        for match in re.finditer(
            r"Ang (\d{4})[^\d]{1,40}10\.1016/j\.enpol\.2003\.10\.010",
            file.read_text(encoding="utf-8"),
        )
    }
    assert found == {"2005"}


def test_registries_and_vectors_cite_too(built: Path) -> None:
    (built / "targets.toml").write_text(
        '[clean_air]\nsources = ["CN_POLL2021", "PLAN"]\n'
        '[[lever]]\nid = "rail"\nceiling = { value = 1, source = "LUYONGJIANG2025" }\n',
        encoding="utf-8",
    )
    vectors = built / "initial"
    (vectors / "provenance.csv").write_text(
        "file,column,unit,class,sources,rule,error,note\n"
        "people.csv,*,person,derived,S_tl_census S_cs_census,,,\n",
        encoding="utf-8",
    )
    cited = citations(built)
    assert cited["CN_POLL2021"] == ("targets.toml (clean_air.sources)",)
    assert cited["LUYONGJIANG2025"] == ("targets.toml (lever.rail.ceiling.source)",)
    assert cited["S_cs_census"] == ("initial/provenance.csv:2 (people.csv *)",)


def test_a_broken_registry_is_named(built: Path) -> None:
    (built / "levers.toml").write_text("[lever\n", encoding="utf-8")
    with pytest.raises(CqsimError, match=r"levers.toml:1:7: this is not TOML"):
        citations(built)


def test_each_deleted_source_is_missed_by_who_cites_it() -> None:
    folder = data_folder("model")
    cited = citations(folder)
    sources = sources_of(folder)
    for name, citers in cited.items():
        rest = {other: source for other, source in sources.items() if other != name}
        with pytest.raises(UnknownNameError) as raised:
            pruned(rest, {name: citers})
        assert citers[0] in str(raised.value)
        assert f"'{name}'" in str(raised.value)


@pytest.mark.slow
def test_the_check_names_who_cites_a_deleted_source(inputs: Path) -> None:
    (inputs / "metro.mdl").write_text(MODEL, encoding="utf-8")
    build_ledger(inputs)
    file = inputs / "sources.csv"
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    for name, citer in (
        ("CQ_GB2022", "constant 'births per woman'"),
        ("ddk_2021", "economy.csv:30 (dadukou 2021 gdp)"),
    ):
        rest = [line for line in lines if not line.startswith(f"{name},")]
        assert len(rest) == len(lines) - 1
        file.write_text("".join(rest), encoding="utf-8")
        first = check_ledger(inputs)[0]
        assert not first.holds
        assert f"'{name}' is not in sources.csv" in first.detail
        assert citer in first.detail


def test_the_check_names_a_source_that_nobody_cites(built: Path) -> None:
    file = built / "sources.csv"
    text = file.read_text(encoding="utf-8")
    file.write_text(text + "IDLE,paper,Idle,nobody,2020,none\n", encoding="utf-8")
    idle = check_ledger(built)[1]
    assert not idle.holds
    assert idle.detail == "'IDLE' is cited by nothing"
