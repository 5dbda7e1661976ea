"""May the model be believed: the commands check, skill and calibrate."""

import json
import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cqsim.cli import options
from cqsim.cli.console import ColumnHead, Row, TextTable, numbers, show, show_json

if TYPE_CHECKING:
    from cqsim.case.case import Case
    from cqsim.credibility.rulebook import CheckResult
    from cqsim.credibility.scores import Coverage
    from cqsim.credibility.skill import Skill

WORDS = ("holds", "short", "FAILS")
"""Of a finding that holds, falls short, or fails where it must not."""


def show_finding(
    text: str,
    *,
    holds: bool,
    is_gate: bool = True,
    words: tuple[str, str, str] = WORDS,
) -> None:
    """Print a finding in one line, with the word for its verdict before it."""
    word = words[0] if holds else words[2 if is_gate else 1]
    colour = None if holds else "red" if is_gate else "yellow"
    click.echo(click.style(f"{word:8}", fg=colour) + text)


@click.command("check")
@click.argument("model", required=False, type=click.Path(path_type=Path))
@options.flag("--units", "Check units only, of any model.", to="only_units")
@options.flag("--failing", "Show only what does not hold.")
@options.path(
    "--page", "Write the findings as a page, as docs/credibility.md.", only="files"
)
@options.flag("--keep", "Keep the findings beside MODEL, for reports.", to="is_kept")
@options.json_option
def check(
    model: Path | None,
    only_units: bool,
    failing: bool,
    page: Path | None,
    is_kept: bool,
    as_json: bool,
) -> None:
    """Check MODEL, by default the shipped one; exit 1 where a gate fails.

    Units, evidence, extreme conditions, accounts, bounds, responses, integration and
    skill. With --units alone MODEL may be any Vensim or XMILE file.
    """
    path = options.case_of(model).model_path
    if only_units:
        if page is not None or is_kept:
            what = "--page and --keep are of the whole check: leave out --units."
            raise click.UsageError(what)
        _check_units(path, as_json)
        return
    from cqsim.documentation.credibility import check_model

    checked = check_model(path)
    if page is not None:
        from cqsim.case.case import Case
        from cqsim.credibility.skill import trials_of
        from cqsim.documentation.credibility import credibility_page

        case = Case.load(path)
        trials = trials_of(case) if checked.skill else []
        text = credibility_page(checked, trials, path.parent)
        page.write_text(text, encoding="utf-8", newline="\n")
    if is_kept:
        from cqsim.report.validation import write_validation

        write_validation(path, checked.findings, checked.skill)
    if as_json:
        findings = [asdict(finding) for finding in checked.findings]
        show_json({"passes": checked.passes, "findings": findings})
    else:
        _show_findings(checked.findings, failing)
    if not checked.passes:
        sys.exit(1)


def _show_findings(findings: "Sequence[CheckResult]", failing: bool) -> None:
    for each in findings:
        if not (failing and each.holds):
            text = f"{each.group:11}{each.title}: {each.detail}"
            show_finding(text, holds=each.holds, is_gate=each.is_gate)
    wrong = [each for each in findings if not each.holds]
    gates = sum(each.is_gate for each in wrong)
    click.echo(
        f"{len(findings)} checks: {gates} gates fail, {len(wrong) - gates} fall short."
    )


def _check_units(path: Path, as_json: bool) -> None:
    from cqsim.case.unit_check import check_units

    found = check_units(path)
    if as_json:
        show_json(asdict(found))
    else:
        for finding in found.findings:
            click.echo(str(finding))
        click.echo(
            f"{found.equations} equations and {found.table_units} units of tables "
            f"checked; {len(found.findings)} findings."
        )
    if found.findings:
        sys.exit(1)


@click.command("skill")
@options.folder_option
@options.flag("--regions", "Show every region.")
@options.flag(
    "--keep",
    "Keep forecasts of the next years in the model's folder, to be scored later.",
    to="is_kept",
)
@options.flag(
    "--intervals",
    "Also say how often what came lies inside of intervals of a posterior.",
)
@options.json_option
def skill(
    folder: Path | None, regions: bool, is_kept: bool, intervals: bool, as_json: bool
) -> None:
    """Score the model on years that it was not fitted to.

    Runs from the last census, compares with what was published since, and with two
    naive forecasts: the last value, and a straight line.
    """
    from cqsim.credibility.skill import preregister_forecasts, skill_of

    case = options.case_of(folder)
    if is_kept:
        click.echo(f"kept: {preregister_forecasts(case)}")
    found = skill_of(case)
    covered = _coverages(case) if intervals else []
    record = _skill_record(found, covered)
    if as_json:
        show_json(record)
        return
    groups = ("areas", "all_regions", *(["regions"] if regions else []))
    show(_score_table([score for group in groups for score in record[group]]))
    show(_regional_table(record["by_region"]))
    for finding in found.results():
        is_past = finding.check.startswith("hindcast")
        words = ("within", "OUTSIDE") if is_past else ("better", "WORSE")
        text = f"{finding.title}: {finding.detail}"
        show_finding(text, holds=finding.holds, words=(*words, words[1]))
    show_preregistered(found)
    for row in covered:
        inside = "/".join(f"{100 * part:.0f}" for part in row.inside.values())
        click.echo(
            f"{row.series} from {row.origin}, {row.form}: {row.count} "
            f"forecasts, {inside} % inside of 50/80/95 %: "
            f"{row.verdict}"
        )


def show_preregistered(skill: "Skill") -> None:
    """Print preregistered forecasts with the values published since."""
    for name, forecast in skill.preregistered:
        click.echo(
            f"{name}: {forecast.series} of {forecast.place} {forecast.year}: forecast "
            f"{forecast.model:.6g}, published {forecast.observed:.6g}"
        )


def _coverages(case: "Case") -> "list[Coverage]":
    from cqsim.credibility.scores import coverages
    from cqsim.credibility.skill import DRAWS, predictive_forecasts
    from cqsim.errors import InputFileError

    found = coverages(predictive_forecasts(case))
    if not found:
        what = "there are no draws of a posterior"
        remedy = "Sample one: cqsim calibrate --posterior."
        raise InputFileError(case.file(DRAWS), 0, what, remedy)
    return found


def _skill_record(
    skill: "Skill", intervals: "list[Coverage]"
) -> dict[str, list[dict[str, Any]]]:
    """Return what `cqsim skill --json` prints; what is not finite is null."""

    def plain(value: object) -> object:
        if isinstance(value, float) and not math.isfinite(value):
            return None
        if isinstance(value, dict):
            return {str(key): plain(each) for key, each in value.items()}
        return value

    lists: dict[str, Sequence[Any]] = {
        "areas": skill.areas,
        "all_regions": skill.pooled,
        "regions": skill.regions,
        "by_region": skill.by_region,
        "forecasts": skill.forecasts,
        "hindcast": skill.misses,
        "kept": [forecast for _, forecast in skill.preregistered],
        "intervals": intervals,
    }
    return {
        name: [{k: plain(v) for k, v in asdict(entry).items()} for entry in entries]
        for name, entries in lists.items()
    }


def _score_table(scores: Sequence[Mapping[str, Any]]) -> TextTable:
    from cqsim.documentation.credibility import SCORES, score_cells

    heads, fields = zip(*SCORES, strict=True)
    place = ("series", "place", "origin")
    rows = [
        Row(" ".join(score_cells(score, place)), score_cells(score, fields))
        for score in scores
    ]
    title = "Skill: RMSE and CRPS of the model, last value, line"
    return TextTable(title, numbers(*heads), rows, name="series, place, from")


def _regional_table(scores: Sequence[Mapping[str, Any]]) -> TextTable:
    from cqsim.documentation.credibility import REGIONAL, regional_span, score_cells

    heads, fields = zip(*REGIONAL, strict=True)
    fitted = {True: " (fitted)", False: ""}
    rows = [
        Row(
            " ".join(regional_span(score)) + fitted[score["is_fitted"]],
            score_cells(score, fields),
        )
        for score in scores
    ]
    title = "Share of regions in which the model is nearer; correlation of their growth"
    return TextTable(title, numbers(*heads), rows, name="series, from, to")


@click.command("calibrate")
@options.folder_option
@options.flag(
    "--check",
    "Only say how far the constants on file are from the fit; exit 1 if they are.",
    to="only_check",
)
@options.flag(
    "--posterior",
    "Sample how far the evidence of the decade informs the free constants.",
)
@options.count(
    "--recover",
    "Sample N data sets that the model makes itself: are known constants found?",
    None,
    least=20,
    metavar="N",
)
@options.path(
    "--out",
    "Where the stages of a posterior are kept, to be taken up again.",
    "out/calibration",
    only="folders",
)
@options.json_option
def calibrate(
    folder: Path | None,
    only_check: bool,
    posterior: bool,
    recover: int | None,
    out: Path,
    as_json: bool,
) -> None:
    """Fit the constants named in calibration.toml to both censuses.

    Runs the model from the first census, moves each constant by the miss of its own
    variable at the second, and repeats until nothing moves. The fitted constants are
    written to initial/ in the model's folder, marked `calibrated`; calibrated.csv
    says which run made them.

    With --posterior, instead sample the constants under [posterior], refitting the
    others at each, and write posterior.csv and posterior_draws.csv to that folder.
    With --recover, draw constants from their priors, let the model make the evidence,
    sample it, and write recovery.csv: how the known values rank among the particles.
    """
    case = options.case_of(folder)
    if posterior:
        _sample(case, out, as_json)
    if recover is not None:
        _recover(case, out, recover, as_json)
    if not posterior and recover is None:
        _fit(case, only_check, as_json)


def _fit(case: "Case", only_check: bool, as_json: bool) -> None:
    """Fit to the censuses; write what differs, or exit 1 where it is only checked."""
    from cqsim.study.calibrate import RECORD, fit_model, write_texts

    folder = case.model_path.parent
    result = fit_model(case)
    texts = {**result.file_texts(), RECORD: result.record_text(folder)}
    stale = sorted(
        name
        for name, text in texts.items()
        if not (folder / name).is_file()
        or (folder / name).read_text(encoding="utf-8") != text
    )
    if not only_check:
        write_texts(folder, {name: texts[name] for name in stale})
    fitted = result.table()
    if as_json:
        record = {
            "rounds": result.rounds,
            "settled": result.settled,
            "stale": stale,
            "fitted": fitted.to_dict("records"),
        }
        click.echo(json.dumps(record, ensure_ascii=False))
    else:
        rows = [
            Row(f"{constant} {element}", [_rounded(value) for value in values])
            for constant, element, *values in fitted.itertuples(index=False)
        ]
        columns = numbers(*fitted.columns[2:])
        show(TextTable("Fit to the censuses", columns, rows, name="constant, element"))
        state = "settled" if result.settled else "NOT settled"
        click.echo(f"{state} after {result.rounds} rounds.")
        word = "Not what the fit gives" if only_check else "Written"
        click.echo(f"{word}: {', '.join(stale) or 'nothing'}.")
    if only_check and stale:
        sys.exit(1)


def _rounded(value: float) -> str:
    return f"{value:,.4g}" if abs(value) < 1e4 else f"{value:,.0f}"


def _recover(case: "Case", out: Path, count: int, as_json: bool) -> None:
    from cqsim.study.calibrate import write_texts
    from cqsim.study.posterior import csv_text
    from cqsim.study.recovery import DIGITS, FILE, recovery

    folder = case.model_path.parent
    table = recovery(case, out, count, lambda text: click.echo(text, err=True))
    write_texts(folder, {FILE: csv_text(table, DIGITS)})
    rows = table.to_dict("records")
    if as_json:
        click.echo(json.dumps({"recovery": rows}, ensure_ascii=False))
        return
    heads = ("inside\n50 %", "inside\n90 %", "chi-square\np", "distance", "allowed")
    fields = ("inside_50", "inside_90", "chi_square_p", "distance", "allowed")
    cells = [Row(r["quantity"], [f"{r[name]:.2f}" for name in fields]) for r in rows]
    show(TextTable("Known constants, found again", numbers(*heads), cells))
    click.echo(f"Written: {folder / FILE}.")


def _sample(case: "Case", out: Path, as_json: bool) -> None:
    from cqsim.study.calibrate import write_texts
    from cqsim.study.posterior import posterior_of

    folder = case.model_path.parent
    sample = posterior_of(case, out, lambda text: click.echo(text, err=True))
    rows, diagnostics = sample.table().to_dict("records"), sample.diagnostics()
    texts = sample.file_texts()
    write_texts(folder, texts)
    if as_json:
        record = {"diagnostics": diagnostics, "constants": rows}
        click.echo(json.dumps(record, ensure_ascii=False))
        return
    cells = [
        Row(
            row["constant"],
            (
                f"{row['prior_mean']:.4g} ± {row['prior_deviation']:.2g}",
                f"{row['mean']:.4g} ± {row['deviation']:.2g}",
                row["verdict"],
            ),
        )
        for row in rows
    ]
    columns = [*numbers("prior", "posterior"), ColumnHead("verdict", is_text=True)]
    show(TextTable("Free constants", columns, cells))
    for name, value in diagnostics.items():
        shown = f"{value:.4g}" if isinstance(value, float) else value
        title = name.replace("mixing", "R-hat").replace("_", " ")
        click.echo(f"{title}: {shown}")
    click.echo(f"Written: {', '.join(str(folder / name) for name in texts)}.")
