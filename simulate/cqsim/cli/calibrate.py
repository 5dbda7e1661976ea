"""`cqsim calibrate`: fit the constants that no source gives to both censuses."""

import json
from pathlib import Path

import click

COLUMNS = ("constant", "element", "value", "observed", "simulated", "miss, %")


@click.command("calibrate")
@click.option(
    "--model",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the model, in place of the shipped one.",
)
@click.option(
    "--check",
    is_flag=True,
    help="Only say how far the constants on file are from the fit; exit 1 if they are.",
)
@click.option(
    "--posterior",
    is_flag=True,
    help="Sample how far the evidence of the decade informs the free constants.",
)
@click.option(
    "--recover",
    type=click.IntRange(min=20),
    metavar="N",
    help="Sample N data sets that the model makes itself: are known constants found?",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("out/calibration"),
    show_default=True,
    help="Where the stages of a posterior are kept, to be taken up again.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the fit as JSON.")
def command(
    folder: Path | None,
    check: bool,
    posterior: bool,
    recover: int | None,
    out: Path,
    as_json: bool,
) -> None:
    """Fit the constants named in calibration.toml to the censuses of 2010 and 2020.

    Runs the model from the first census, moves each constant by the miss of its own
    variable at the second, and repeats until nothing moves. The fitted constants are
    written to model/initial/ and marked `calibrated` in the model; calibrated.csv says
    which run made them.

    With --posterior, instead sample the constants under [posterior], refitting the
    others at each, and write posterior.csv and posterior_draws.csv beside the model.
    With --recover, draw constants from their priors, let the model make the evidence,
    sample it, and write recovery.csv: how the known values rank among the particles.
    """
    from cqsim.resources import data_folder
    from cqsim.study.fitted_files import (
        RECORD,
        file_texts,
        fit_model,
        record_text,
        write_texts,
    )

    folder = folder or data_folder("model")
    if posterior:
        _sample(folder, out, as_json)
    if recover is not None:
        _recover(folder, out, recover, as_json)
    if posterior or recover is not None:
        return
    outcome = fit_model(folder)
    texts = {**file_texts(outcome), RECORD: record_text(folder, outcome)}
    stale = sorted(
        name
        for name, text in texts.items()
        if not (folder / name).is_file()
        or (folder / name).read_text(encoding="utf-8") != text
    )
    if not check:
        write_texts(folder, {name: texts[name] for name in stale})
    rows = [
        (fitted.fit.constant, element, *numbers)
        for fitted in outcome.fitted
        for element, *numbers in zip(
            fitted.labels,
            fitted.values.ravel().tolist(),
            fitted.observed.ravel().tolist(),
            fitted.simulated.ravel().tolist(),
            (100 * fitted.misses).ravel().tolist(),
            strict=True,
        )
    ]
    if as_json:
        found = {
            "rounds": outcome.rounds,
            "settled": outcome.settled,
            "stale": stale,
            "fitted": [dict(zip(COLUMNS, row, strict=True)) for row in rows],
        }
        click.echo(json.dumps(found, ensure_ascii=False))
    else:
        _print(rows, outcome.rounds, outcome.settled, stale, check)
    if check and stale:
        raise SystemExit(1)


def _print(
    rows: list[tuple[object, ...]],
    rounds: int,
    settled: bool,
    stale: list[str],
    check: bool,
) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(*COLUMNS, title="Fit to the censuses")
    for constant, element, *numbers in rows:
        shown = (
            f"{n:,.4g}" if abs(float(str(n))) < 1e4 else f"{n:,.0f}" for n in numbers
        )
        table.add_row(str(constant), str(element), *shown)
    console = Console()
    console.print(table)
    state = "settled" if settled else "NOT settled"
    console.print(f"{state} after {rounds} rounds.")
    word = "Not what the fit gives" if check else "Written"
    console.print(f"{word}: {', '.join(stale) or 'nothing'}.")


def _recover(folder: Path, out: Path, count: int, as_json: bool) -> None:
    from dataclasses import asdict

    from cqsim.study.fitted_files import write_texts
    from cqsim.study.recovery import FILE, recovered, recovery_text

    found = recovered(folder, out, count, lambda said: click.echo(said, err=True))
    write_texts(folder, {FILE: recovery_text(found)})
    if as_json:
        data = {"recovery": [asdict(entry) for entry in found]}
        click.echo(json.dumps(data, ensure_ascii=False))
        return
    for entry in found:
        click.echo(
            f"{entry.quantity:34} inside 50/90 %: {100 * entry.inside_50:.0f}/"
            f"{100 * entry.inside_90:.0f}, chi-square p {entry.chi_square_p:.2f}, "
            f"distance {entry.distance:.2f} of {entry.allowed:.2f}"
        )
    click.echo(f"Written: {folder / FILE}.")


def _sample(folder: Path, out: Path, as_json: bool) -> None:
    from dataclasses import asdict

    from cqsim.study.fitted_files import write_texts
    from cqsim.study.posterior_report import (
        diagnostics_of,
        draws_text,
        posterior_text,
        rows_of,
    )
    from cqsim.study.posterior_run import posterior_of

    sampled = posterior_of(folder, out, lambda said: click.echo(said, err=True))
    rows, diagnostics = rows_of(sampled), diagnostics_of(sampled)
    texts = {
        "posterior.csv": posterior_text(rows),
        "posterior_draws.csv": draws_text(sampled),
    }
    write_texts(folder, texts)
    if as_json:
        data = {
            "diagnostics": asdict(diagnostics),
            "constants": [asdict(row) for row in rows],
        }
        click.echo(json.dumps(data, ensure_ascii=False))
        return
    for row in rows:
        click.echo(
            f"{row.constant:34} "
            f"prior {row.prior_mean:.4g} ± {row.prior_deviation:.2g}, "
            f"posterior {row.mean:.4g} ± {row.deviation:.2g}: {row.verdict}"
        )
    for name, value in asdict(diagnostics).items():
        shown = f"{value:.4g}" if isinstance(value, float) else value
        click.echo(f"{name.replace('_', ' ')}: {shown}")
    click.echo(f"Written: {', '.join(str(folder / name) for name in texts)}.")
