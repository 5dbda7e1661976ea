from pathlib import Path

import pytest

import cqsim
from cqsim.errors import CqsimError, FaultsError

BIRTHS = "region,birth rate\nyuzhong,0.006\nfuling,0.008\nguangan,0.009\n"
PEOPLE = "region,urban,rural\nyuzhong,6,2\nfuling,7,4\nguangan,4,8\n"


def births(towns: Path, text: str, encoding: str = "utf-8") -> None:
    (towns.parent / "initial/births.csv").write_bytes(text.encode(encoding))


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("fuling,0.008\n", "", r"births.csv:3: no row for fuling. Add it"),
        ("guangan,0.009\n", "", r"births.csv:3: no row for guangan"),
        ("fuling,", "yuzhong,", r"births.csv:3: the row 'yuzhong' is there twice"),
        ("fuling,", "fulling,", r":3: the model knows no row 'fulling'. .*'fuling'"),
        (
            "fuling,0.008\nguangan,0.009",
            "guangan,0.009\nfuling,0.008",
            r"births.csv:2: the rows are in another order .*yuzhong, fuling, guangan",
        ),
        ("0.008", "many", r"births.csv:3: column 2 holds 'many', and a number belongs"),
        ("0.008", "", r"births.csv:3: column 2 holds '', and a number belongs"),
        ("0.008", "nan", r"births.csv:3: column 2 holds 'nan', and a number"),
        ("0.008", "9", r"births.csv:3: column 2 holds 9, outside .* of 'birth rate'"),
        ("0.008", "0.008,1", r"births.csv:3: the row has 3 cells, and the first has 2"),
        ("0.009\n", "0.009\nparis,1\n", r":5: the model knows no row 'paris'"),
        (BIRTHS, "", r"births.csv: the file is empty"),
    ],
)
def test_a_wrong_row_is_refused_with_file_and_line(
    towns: Path, before: str, after: str, said: str
) -> None:
    births(towns, BIRTHS.replace(before, after))
    with pytest.raises(CqsimError, match=said):
        cqsim.run(towns)


def test_an_ensemble_refuses_the_rows_that_a_run_refuses(towns: Path) -> None:
    births(towns, BIRTHS.replace("fuling,0.008\nguangan", "guangan,0.008\nfuling"))
    with pytest.raises(CqsimError, match=r"births.csv:2: the rows are in another"):
        cqsim.run_many(towns, [{}, {}])


def test_a_wrong_column_is_refused(towns: Path) -> None:
    path = towns.parent / "initial/people.csv"
    path.write_text(PEOPLE.replace("urban,rural", "rural,urban"), encoding="utf-8")
    with pytest.raises(CqsimError, match=r"people.csv:1: the columns are in another"):
        cqsim.run(towns)


def test_all_faults_of_all_tables_are_said_at_once(towns: Path) -> None:
    births(towns, BIRTHS.replace("0.006", "x").replace("0.009", "y"))
    people = towns.parent / "initial/people.csv"
    people.write_text(PEOPLE.replace("7,4", "7,z"), encoding="utf-8")
    with pytest.raises(FaultsError) as caught:
        cqsim.run(towns)
    assert len(caught.value.args[0]) == 3


def test_a_table_in_gb18030_gives_the_same_run(towns: Path) -> None:
    plain = cqsim.run(towns).to_frame()
    births(
        towns, "地区,出生率,说明" + BIRTHS[17:].replace("\n", ",按普查\n"), "gb18030"
    )
    births_text = (towns.parent / "initial/births.csv").read_bytes()
    with pytest.raises(UnicodeDecodeError):
        births_text.decode("utf-8")
    assert cqsim.run(towns).to_frame().equals(plain)


def test_a_table_of_unknown_encoding_is_refused(towns: Path) -> None:
    births(towns, BIRTHS.replace("birth rate", "natalité é"), "latin-1")
    with pytest.raises(CqsimError, match=r"births.csv:1: .*neither UTF-8 nor GB"):
        cqsim.run(towns)


def test_a_missing_table_is_named_with_the_line_of_the_model(towns: Path) -> None:
    (towns.parent / "initial/births.csv").unlink()
    with pytest.raises(CqsimError, match=r"towns.mdl:3\d: .*'initial/births.csv'"):
        cqsim.run(towns)


@pytest.mark.parametrize(
    "name", ["../secret.csv", "/etc/passwd", "C:x.csv", "a\\b.csv"]
)
def test_a_model_reads_no_file_outside_its_folder(towns: Path, name: str) -> None:
    text = towns.read_text(encoding="utf-8").replace("initial/births.csv", name)
    towns.write_text(text, encoding="utf-8")
    (towns.parents[1] / "secret.csv").write_text(BIRTHS, encoding="utf-8")
    with pytest.raises(CqsimError, match=r"not beside the model|no such file"):
        cqsim.run(towns)


def test_a_link_out_of_the_model_s_folder_is_not_followed(towns: Path) -> None:
    secret = towns.parents[1] / "secret.csv"
    secret.write_text(BIRTHS, encoding="utf-8")
    link = towns.parent / "initial/births.csv"
    link.unlink()
    link.symlink_to(secret)
    with pytest.raises(CqsimError, match="leads out of the model's folder"):
        cqsim.run(towns)


def test_a_file_that_the_model_does_not_read_is_refused(towns: Path) -> None:
    births = {"initial/births.csv": towns.parent / "initial/births.csv"}
    assert cqsim.run(cqsim.read_model(towns, files=births)).times[0] == 2020
    wrong = {"initial/birth.csv": towns.parent / "initial/births.csv"}
    with pytest.raises(CqsimError, match=r"no data file .* mean 'initial/births.csv'"):
        cqsim.read_model(towns, files=wrong)
