import re
from pathlib import Path
from shutil import copytree

import pytest

from cqsim.errors import UnknownNameError
from cqsim.ledger.build import build_ledger
from cqsim.ledger.sources import ANALYST, hand_citations
from cqsim.resources import data_folder

CITED = {
    source: citers
    for source, citers in hand_citations(data_folder("model")).items()
    if any("(constant '" in citer for citer in citers) and source != ANALYST
}
"""All but our own judgement, whose missing line has a message of its own."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copytree(data_folder("model"), tmp_path_factory.mktemp("lost") / "model")


def sources_files(folder: Path) -> list[Path]:
    observed = folder / "observed"
    return [*(observed / "raw").glob("sources_*.csv"), observed / "sources_added.csv"]


@pytest.mark.parametrize("source", CITED)
def test_a_build_without_a_source_names_the_constant_that_cites_it(
    folder: Path, source: str
) -> None:
    before = {file: file.read_text(encoding="utf-8") for file in sources_files(folder)}
    kept = (folder / "sources.csv").read_bytes()
    try:
        for file, text in before.items():
            lines = text.splitlines(keepends=True)
            file.write_text(
                "".join(line for line in lines if not line.startswith(f"{source},")),
                encoding="utf-8",
            )
        said = rf"\(constant '[^']+'\): there is no source '{re.escape(source)}'"
        with pytest.raises(UnknownNameError, match=said):
            build_ledger(folder)
    finally:
        for file, text in before.items():
            file.write_text(text, encoding="utf-8")
    assert (folder / "sources.csv").read_bytes() == kept
