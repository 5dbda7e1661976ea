import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cqsim.report.build import Prepared, Stopwatch, made_pdf
from cqsim.report.discrepancies import wrong_results
from cqsim.report.verify import NotAReportError, Verification, verify

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("report")]

KEY = "value.baseline.urban_share.metro.2025"


def checked(folder: Path, pdf: bytes) -> Verification:
    path = folder / "report.pdf"
    path.write_bytes(pdf)
    return verify(path, Stopwatch())


def altered(prepared: Prepared, key: str) -> dict[str, Any]:
    """Return a report's data with one digit of one number raised by one."""
    data = json.loads(json.dumps(prepared.data))
    for form in ("zh", "zh_bare"):
        shown = data["numbers"][key][form]
        place = next(n for n, c in enumerate(shown) if c.isdigit())
        digit = (int(shown[place]) + 1) % 10
        data["numbers"][key][form] = f"{shown[:place]}{digit}{shown[place + 1 :]}"
    return dict(data)


def test_a_report_comes_out_again_to_the_last_byte(
    tmp_path: Path, brief_pdf: bytes
) -> None:
    found = checked(tmp_path, brief_pdf)
    assert found.findings == ()
    assert found.same_bytes


def test_an_altered_printed_digit_is_found_and_named(
    tmp_path: Path, brief: Prepared
) -> None:
    forged = replace(brief, data=altered(brief, KEY))
    found = checked(tmp_path, made_pdf(forged, "zh", Stopwatch()))
    assert len(found.findings) >= 1
    assert all(finding.where == "page 1" for finding in found.findings)
    assert any(KEY in finding.what for finding in found.findings)


def test_an_altered_digit_of_an_attached_number_is_found_and_named(
    tmp_path: Path, brief: Prepared
) -> None:
    numbers = json.loads(brief.attached["numbers.json"])
    numbers[KEY]["value"] += 0.1
    forged = replace(
        brief, attached={**brief.attached, "numbers.json": json.dumps(numbers).encode()}
    )
    found = checked(tmp_path, made_pdf(forged, "zh", Stopwatch()))
    assert [f.what.split(":")[0] for f in found.findings] == [KEY]


def test_an_altered_row_of_the_results_is_found_with_its_line(
    tmp_path: Path, brief: Prepared
) -> None:
    lines = brief.attached["targets.csv"].decode().splitlines()
    lines[1] = lines[1].replace(",80.0,", ",70.0,")
    content = ("\n".join(lines) + "\n").encode()
    forged = replace(brief, attached={**brief.attached, "targets.csv": content})
    found = checked(tmp_path, made_pdf(forged, "zh", Stopwatch()))
    assert [f.where for f in found.findings] == ["targets.csv:2"]


def test_a_missing_attachment_is_one_message(tmp_path: Path, brief: Prepared) -> None:
    data = dict(brief.data)
    data["attachments"] = [a for a in data["attachments"] if a["name"] != "inputs.zip"]
    forged = replace(brief, data=data)
    with pytest.raises(NotAReportError, match=r"the attachment inputs\.zip is missing"):
        checked(tmp_path, made_pdf(forged, "zh", Stopwatch()))


def test_a_pdf_that_is_not_ours_is_one_message(tmp_path: Path) -> None:
    from pypdf import PdfWriter

    path = tmp_path / "other.pdf"
    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    writer.write(path)
    with pytest.raises(NotAReportError, match="not a report of cqsim"):
        verify(path, Stopwatch())


@pytest.mark.parametrize("content", [b"", b"text", b"%PDF-1.7 and no more"])
def test_what_is_no_pdf_is_one_message(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(NotAReportError, match=r"not a PDF|damaged"):
        checked(tmp_path, content)


@pytest.mark.parametrize("part", [0.5, 0.999])
def test_a_pdf_that_was_cut_off_is_one_message(
    tmp_path: Path, brief_pdf: bytes, part: float
) -> None:
    with pytest.raises(NotAReportError, match="the PDF is damaged"):
        checked(tmp_path, brief_pdf[: int(part * len(brief_pdf))])


def test_an_encrypted_pdf_is_one_message(tmp_path: Path) -> None:
    from pypdf import PdfWriter

    path = tmp_path / "locked.pdf"
    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    writer.encrypt("secret", algorithm="RC4-128")
    writer.write(path)
    with pytest.raises(NotAReportError, match="the PDF is encrypted"):
        verify(path, Stopwatch())


@pytest.mark.parametrize(
    "record",
    [
        b"{",
        b"[]",
        b'{"control": {}, "inputs": []}',
        b'{"control": {"date": "today", "dated": 1, "brief": 1, "commit": ""},'
        b' "inputs": []}',
        b'{"control": {"date": "", "dated": 1, "brief": 1, "commit": ""},'
        b' "inputs": [{}]}',
    ],
)
def test_a_damaged_record_is_one_message(
    tmp_path: Path, brief: Prepared, record: bytes
) -> None:
    attached = {**brief.attached, "manifest.json": record}
    forged = replace(brief, attached=attached)
    with pytest.raises(NotAReportError, match=r"manifest\.json cannot be read"):
        checked(tmp_path, made_pdf(forged, "zh", Stopwatch()))


@pytest.mark.parametrize(
    "numbers", [b"{", b"[1]", b'{"x": 1}', b'{"value.x": {"value": "high"}}']
)
def test_damaged_numbers_are_findings(brief: Prepared, numbers: bytes) -> None:
    attached = {**brief.attached, "numbers.json": numbers}
    entries = brief.context.numbers.entries
    found = list(wrong_results(attached, entries, brief.attached))
    assert found
    assert {finding.where for finding in found} == {"numbers.json"}


def test_a_file_that_is_not_there_is_one_message(tmp_path: Path) -> None:
    with pytest.raises(NotAReportError, match="No such file"):
        verify(tmp_path / "none.pdf", Stopwatch())
