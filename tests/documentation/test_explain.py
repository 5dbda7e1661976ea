import pytest

from cqsim.documentation.describe import Description, describe
from cqsim.documentation.registers import AmbiguousNameError, Registers, find_named
from cqsim.errors import UnknownNameError
from cqsim.model.model import Model


def facts(found: Description) -> dict[str, str]:
    return dict(found.facts)


def rows(found: Description, title: str) -> list[tuple[str, ...]]:
    return [row for table in found.tables if table.title == title for row in table.rows]


def test_a_stock_shows_its_equation_and_the_sign_of_its_flows(
    small: Model, registers: Registers
) -> None:
    found = describe("residents", small, registers)
    assert facts(found)["equation"].startswith("Residents[region]= INTEG (")
    assert "{per year}" in facts(found)["equation"]
    assert facts(found)["flows"] == "+births, -deaths, +arrivals"
    assert facts(found)["chinese"] == "居民"


def test_causes_and_uses_go_two_levels_deep(small: Model, registers: Registers) -> None:
    found = describe("births", small, registers)
    causes, uses = found.trees
    assert [t.text for t in causes.below] == ["Residents (+)", "birth rate (+)"]
    assert "initial residents (start)" in [t.text for t in causes.below[0].below]
    assert [t.text for t in uses.below] == ["Residents (+)"]
    assert uses.below[0].below


def test_a_constant_shows_its_value_in_each_region(
    small: Model, registers: Registers
) -> None:
    found = describe("initial residents", small, registers)
    assert rows(found, "values") == [
        ("north 北", "1000"),
        ("south 南", "500"),
        ("isle", "20"),
    ]
    assert rows(found, "sources")[0][:2] == ("census", "The census")
    assert facts(found)["class"] == "statistic"


def test_a_constant_shows_the_lever_that_moves_it(
    small: Model, registers: Registers
) -> None:
    found = describe("birth rate", small, registers)
    assert rows(found, "named by") == [("lever", "family", "Family support")]
    assert facts(found)["value"] == "0.01 1/year"


@pytest.mark.parametrize(
    ("name", "kind", "id_"),
    [
        ("居民", "variable", "Residents"),
        ("BIRTH_RATE", "variable", "birth rate"),
        ("pull (jobs)", "variable", "pull (jobs)"),
        ("生育支持", "lever", "family"),
        ("people in 2035", "target", "people_2035"),
        ("T001", "target", "people_2035"),
        ("North District", "region", "north"),
        ("南", "region", "south"),
        ("census", "source", "census"),
        ("indicator:people", "indicator", "people"),
    ],
)
def test_a_name_is_found_by_any_of_its_words(
    small: Model, registers: Registers, name: str, kind: str, id_: str
) -> None:
    named = find_named(name, small, registers)
    assert (named.kind, named.id) == (kind, id_)


def test_a_name_of_several_things_lists_them(
    small: Model, registers: Registers
) -> None:
    (registers.folder / "glossary.csv").write_text(
        "name,zh,en,unit\nbirths,北区,Births,person/year\n", encoding="utf-8"
    )
    with pytest.raises(AmbiguousNameError, match=r"variable:births\n  region:north"):
        find_named("北区", small, Registers(registers.folder))


def test_an_id_that_is_written_exactly_is_meant(
    small: Model, registers: Registers
) -> None:
    path = registers.folder / "sources.csv"
    more = "CENSUS,official,Another census,The bureau,2011,printed\n"
    path.write_text(path.read_text(encoding="utf-8") + more, encoding="utf-8")
    fresh = Registers(registers.folder)
    for name in ("census", "CENSUS"):
        assert find_named(name, small, fresh).id == name
    with pytest.raises(AmbiguousNameError):
        find_named("Census", small, fresh)


def test_an_unknown_name_offers_the_nearest(small: Model, registers: Registers) -> None:
    with pytest.raises(UnknownNameError, match="'Residents'"):
        find_named("resident", small, registers)
    with pytest.raises(UnknownNameError, match=r"no name 'xyzzy'\. Known: "):
        find_named("xyzzy", small, registers)


def test_a_lever_shows_its_bounds_and_their_reason(
    small: Model, registers: Registers
) -> None:
    found = describe("family", small, registers)
    assert facts(found)["ceiling"] == "0.02 1/year"
    assert facts(found)["why this ceiling"] == "The highest seen."
    assert rows(found, "clauses of the plan") == [
        ("T001", "第一章", "人口增長1.5%左右")
    ]
    assert rows(found, "constants") == [("birth rate", "1/year", "Births a person.")]


def test_a_target_shows_its_clause_quote_and_readings(
    small: Model, registers: Registers
) -> None:
    found = describe("people_2035", small, registers)
    assert facts(found)["clause"] == "T001 · 第一章"
    assert facts(found)["quote"] == "人口增長1.5%左右"
    assert facts(found)["required"] == ">= 1.5 %"
    assert facts(found)["model variables"] == "residents"
    assert rows(found, "readings") == [("literal", "1.5 %", "字面值", "As it stands")]


def test_an_indicator_shows_what_it_judges(small: Model, registers: Registers) -> None:
    found = describe("people_growth", small, registers)
    assert facts(found)["targets"] == "people_2035"


def test_a_region_shows_neighbours_vectors_and_observations(
    small: Model, registers: Registers
) -> None:
    found = describe("北区", small, registers)
    assert facts(found)["neighbours"] == "south 10.4 km"
    assert rows(found, "vectors that the model reads") == [
        ("people.csv", "people", "1000")
    ]
    assert rows(found, "newest observations") == [
        ("people", "2020", "1000", "person", "census", "A")
    ]
    assert len(found.to_json()["observed"]) == 2


def test_a_source_shows_all_that_rests_on_it(
    small: Model, registers: Registers
) -> None:
    found = describe("source:census", small, registers)
    names = [row[0] for row in rows(found, "constants")]
    assert names == ["birth rate", "life span[region]", "initial residents[region]"]
    assert rows(found, "ledger") == [("population.csv", "2", "2010-2020", "people")]
    yearbook = describe("yearbook", small, registers)
    assert rows(yearbook, "registers") == [
        ("target", "people_2035"),
        ("lever", "family"),
    ]
