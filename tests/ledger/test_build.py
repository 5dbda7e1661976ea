"""The build: every raw row accounted for, same input same bytes, all or nothing."""

import csv
import random
import shutil
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cqsim.chongqing import clean_rows
from cqsim.errors import CqsimError, InputFileError
from cqsim.ledger.build import build_ledger
from cqsim.ledger.observed import Observations, read_settings
from cqsim.ledger.raw import RawNames, RawRow, read_observations
from cqsim.ledger.rules import agree
from cqsim.resources import data_folder

Edit = Callable[[str, str, str], None]


@pytest.fixture(scope="session")
def raw_rows() -> tuple[list[RawRow], RawNames]:
    names = RawNames.read(data_folder("model"))
    raw = data_folder("model") / "observed" / "raw"
    return read_observations(raw, names), names


def contents(folder: Path) -> dict[str, bytes]:
    files = (file for file in folder.rglob("*") if file.is_file())
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}


def test_the_committed_ledger_is_what_the_build_gives() -> None:
    assert build_ledger(data_folder("model"), check=True).written == ()


def test_every_raw_row_is_kept_or_rejected_once(
    raw_rows: tuple[list[RawRow], RawNames],
) -> None:
    rows, names = raw_rows
    cleaned, rejections = clean_rows(rows, names)
    kept = [row.cell.origin for row in cleaned if "R06" not in row.rules]
    lost = [entry.cell.origin for entry in rejections]
    assert sorted(kept + lost) == sorted(row.cell.origin for row in rows)


def test_every_kept_row_can_be_traced_to_its_raw_line(ledger: Observations) -> None:
    raw = data_folder("model") / "observed" / "raw"
    lines: dict[str, list[str]] = {}
    for row in ledger:
        name, line = row.origin.split(":")
        if name not in lines:
            lines[name] = (raw / name).read_text(encoding="utf-8").splitlines()
        assert row.source in lines[name][int(line) - 1]


def test_the_order_of_raw_rows_changes_no_value_and_no_vintage(
    raw_rows: tuple[list[RawRow], RawNames],
) -> None:
    rows, names = raw_rows
    shuffled = rows[:]
    random.Random(7).shuffle(shuffled)

    def facts(given: list[RawRow]) -> set[tuple[object, ...]]:
        return {
            (row.key, row.value, row.vintage, row.grade, row.cell)
            for row in clean_rows(given, names)[0]
        }

    assert facts(shuffled) == facts(rows)


@given(
    one=st.decimals(0, 10_000, places=2),
    other=st.decimals(0, 10_000, places=1),
)
def test_agreement_has_no_direction_and_holds_for_rounding(
    raw_rows: tuple[list[RawRow], RawNames], one: Decimal, other: Decimal
) -> None:
    from dataclasses import replace

    blank = raw_rows[0][0]
    fine = replace(blank, value=one, quantum=Decimal("0.01"))
    coarse = replace(blank, value=other, quantum=Decimal("0.1"))
    rounded = replace(coarse, value=round(one, 1))
    assert agree(fine, coarse) == agree(coarse, fine)
    assert agree(fine, rounded)


@pytest.mark.slow
def test_same_input_gives_same_bytes(inputs: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(inputs, other)
    build_ledger(inputs)
    build_ledger(other)
    assert contents(inputs) == contents(other)
    assert build_ledger(inputs).written == ()


def test_no_vector_of_the_model_reads_what_was_published_of_later_years(
    inputs: Path,
) -> None:
    """The vectors of the model stay as they are without any row of 2023 and later."""
    later = "released_2023_2025.csv"
    ledger = inputs / "ledger.toml"
    text = ledger.read_text(encoding="utf-8")
    assert later in text
    ledger.write_text(text.replace(f'"{later}",', ""), encoding="utf-8")
    build_ledger(inputs)
    assert max(row.year for row in Observations.load(inputs)) == 2022
    initial = data_folder("model") / "initial"
    for file in (inputs / "initial").iterdir():
        assert file.read_bytes() == (initial / file.name).read_bytes()


@pytest.mark.slow
def test_gb18030_raw_rows_give_the_same_ledger(inputs: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(inputs, other)
    for name in ("sources_population.csv", "population_observed.csv"):
        file = other / "observed" / "raw" / name
        file.write_bytes(file.read_text(encoding="utf-8").encode("gb18030"))
    build_ledger(inputs)
    build_ledger(other)
    for name in ("population.csv", "rejected.csv"):
        assert (
            contents(inputs)[f"observed/{name}"] == contents(other)[f"observed/{name}"]
        )


def test_files_are_utf8_with_lf_and_sorted(ledger: Observations) -> None:
    observed = data_folder("model") / "observed"
    for name in (*read_settings(observed.parent).files, "literature", "rejected"):
        content = (observed / f"{name}.csv").read_bytes()
        assert b"\r" not in content
        assert not content.startswith(b"\xef\xbb\xbf")
        content.decode("utf-8")
    places = [row.region for row in ledger.rows(file="economy")]
    assert places == sorted(places, key=ledger.settings.places.index)


def test_a_check_writes_nothing(inputs: Path) -> None:
    before = contents(inputs)
    assert "observed/population.csv" in build_ledger(inputs, check=True).written
    assert contents(inputs) == before


def test_a_fault_leaves_the_old_ledger_untouched(built: Path, edit: Edit) -> None:
    edit("raw/sources_economy.csv", "ga_tjgb_2020,", "renamed,")
    before = contents(built)
    with pytest.raises(CqsimError, match="there is no source 'ga_tjgb_2020'"):
        build_ledger(built)
    assert contents(built) == before


def test_a_fault_in_moving_leaves_no_half_written_file(
    built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(built)
    (built / "regions.csv").unlink()

    def full(self: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(InputFileError, match="No space left on device"):
        build_ledger(built)
    assert contents(built) == {k: v for k, v in before.items() if k != "regions.csv"}


def test_a_model_that_cites_an_unknown_source_is_named(inputs: Path) -> None:
    text = "{UTF-8}\nbirths per woman = 1.1\n\t~\tchild\n\t~\tSource: NOBODY2020. |\n"
    (inputs / "metro.mdl").write_text(text, encoding="utf-8")
    with pytest.raises(CqsimError, match=r"constant 'births per woman'.*'NOBODY2020'"):
        build_ledger(inputs)


def test_rejected_rows_say_file_line_rule_and_reason() -> None:
    file = data_folder("model") / "observed" / "rejected.csv"
    rows = list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))
    assert len(rows) == 163
    assert all(row["reason"] and row["rule"] for row in rows)
