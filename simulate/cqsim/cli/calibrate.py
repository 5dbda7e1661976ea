"""`cqsim calibrate`: fit the constants that no source gives to both censuses."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    import pandas as pd


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
    from cqsim.study.calibrate import RECORD, fit_model, write_texts

    folder = folder or data_folder("model")
    if posterior:
        _sample(folder, out, as_json)
    if recover is not None:
        _recover(folder, out, recover, as_json)
    if posterior or recover is not None:
        return
    result = fit_model(folder)
    texts = {**result.file_texts(), RECORD: result.record_text(folder)}
    stale = sorted(
        name
        for name, text in texts.items()
        if not (folder / name).is_file()
        or (folder / name).read_text(encoding="utf-8") != text
    )
    if not check:
        write_texts(folder, {name: texts[name] for name in stale})
    table = result.table()
    if as_json:
        found = {
            "rounds": result.rounds,
            "settled": result.settled,
            "stale": stale,
            "fitted": table.to_dict("records"),
        }
        click.echo(json.dumps(found, ensure_ascii=False))
    else:
        _print(table, result.rounds, result.settled, stale, check)
    if check and stale:
        raise SystemExit(1)


def _print(
    fitted: "pd.DataFrame", rounds: int, settled: bool, stale: list[str], check: bool
) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(*fitted.columns, title="Fit to the censuses")
    for constant, element, *numbers in fitted.itertuples(index=False):
        shown = (f"{n:,.4g}" if abs(n) < 1e4 else f"{n:,.0f}" for n in numbers)
        table.add_row(constant, element, *shown)
    console = Console()
    console.print(table)
    state = "settled" if settled else "NOT settled"
    console.print(f"{state} after {rounds} rounds.")
    word = "Not what the fit gives" if check else "Written"
    console.print(f"{word}: {', '.join(stale) or 'nothing'}.")


def _recover(folder: Path, out: Path, count: int, as_json: bool) -> None:
    from cqsim.study.calibrate import write_texts
    from cqsim.study.inference import csv_text
    from cqsim.study.recovery import DIGITS, FILE, recovery

    table = recovery(folder, out, count, lambda text: click.echo(text, err=True))
    write_texts(folder, {FILE: csv_text(table, DIGITS)})
    rows = table.to_dict("records")
    if as_json:
        click.echo(json.dumps({"recovery": rows}, ensure_ascii=False))
        return
    for row in rows:
        click.echo(
            f"{row['quantity']:34} inside 50/90 %: {100 * row['inside_50']:.0f}/"
            f"{100 * row['inside_90']:.0f}, chi-square p {row['chi_square_p']:.2f}, "
            f"distance {row['distance']:.2f} of {row['allowed']:.2f}"
        )
    click.echo(f"Written: {folder / FILE}.")


def _sample(folder: Path, out: Path, as_json: bool) -> None:
    from cqsim.study.calibrate import write_texts
    from cqsim.study.inference import posterior_of

    sample = posterior_of(folder, out, lambda text: click.echo(text, err=True))
    rows, diagnostics = sample.table().to_dict("records"), sample.diagnostics()
    texts = sample.file_texts()
    write_texts(folder, texts)
    if as_json:
        record = {"diagnostics": diagnostics, "constants": rows}
        click.echo(json.dumps(record, ensure_ascii=False))
        return
    for row in rows:
        click.echo(
            f"{row['constant']:34} "
            f"prior {row['prior_mean']:.4g} ± {row['prior_deviation']:.2g}, "
            f"posterior {row['mean']:.4g} ± {row['deviation']:.2g}: {row['verdict']}"
        )
    for name, value in diagnostics.items():
        shown = f"{value:.4g}" if isinstance(value, float) else value
        title = name.replace("mixing", "R-hat").replace("_", " ")
        click.echo(f"{title}: {shown}")
    click.echo(f"Written: {', '.join(str(folder / name) for name in texts)}.")
