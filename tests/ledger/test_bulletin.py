"""A bulletin: whatever its notes hold, the ledger can read what it wrote."""

from pathlib import Path
from shutil import copytree

from cqsim.ledger.bulletin import add_bulletin
from cqsim.ledger.observed import Observations
from cqsim.resources import data_folder

HEAD = (
    "region_id,year,variable,value,unit,source_id,note,"
    "title,publisher,date,address,kind"
)


def test_a_note_may_hold_any_separator_of_lines_that_a_web_page_has(
    tmp_path: Path,
) -> None:
    folder = copytree(data_folder("model"), tmp_path / "model")
    path = tmp_path / "bulletin.csv"
    note = "a\u2028b\u2029c\x85d\x0ce\x0bf"
    row = f"fuling,2024,resident_population,1100000,persons,TS,{note}"
    source = "T,P,2025-03-01,http://x,official"
    path.write_text(f"{HEAD}\n{row},{source}\n", encoding="utf-8", newline="")
    assert add_bulletin(folder, path).rows == 1
    found = Observations.load(folder).find("fuling", "resident_population", 2024)
    assert found is not None
    assert found.note == note
