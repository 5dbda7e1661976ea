"""`cqsim docs`: the model's documentation, written from the model itself."""

from pathlib import Path

import click


@click.command("docs")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("docs/model"),
    show_default=True,
    help="Where the pages and pictures go.",
)
@click.option(
    "--model",
    "model_path",
    type=click.Path(path_type=Path),
    help="Another model; its registers are looked for beside it.",
)
@click.option(
    "--check",
    is_flag=True,
    help="Write nothing; exit 1 where the folder differs from the model.",
)
@click.option(
    "--answer",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="SVG",
    help="Only run the baseline and draw the README's picture of its answer.",
)
@click.option(
    "--levers",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Only run every lever at both ends and write the page of its effects.",
)
def command(
    out: Path,
    model_path: Path | None,
    check: bool,
    answer: Path | None,
    levers: Path | None,
) -> None:
    """Write the model's documentation: Markdown pages and a picture a sector."""
    if levers:
        _write_levers(levers, model_path)
        return
    if answer:
        _draw_answer(answer)
        return
    from cqsim.documentation.book import open_book
    from cqsim.documentation.site import (
        differing,
        documentation,
        write_documentation,
    )
    from cqsim.resources import data_folder

    files = documentation(open_book(model_path or data_folder("model") / "metro.mdl"))
    if not check:
        write_documentation(files, out)
        click.echo(f"{len(files)} files in {out}; start with {out / 'README.md'}")
        return
    names = differing(files, out)
    for name in names:
        click.echo(f"{out / name}: differs from the model. Run cqsim docs.", err=True)
    if names:
        raise SystemExit(1)
    click.echo(f"{len(files)} files in {out} are as the model says")


def _draw_answer(path: Path) -> None:
    """Run the baseline and draw where it leaves the plan's first target."""
    from cqsim.case.load import read_scenario
    from cqsim.documentation.answer_picture import answer_picture
    from cqsim.documentation.baseline_answer import baseline_answer
    from cqsim.judge.outcome import carried_out, prepared

    outcome = carried_out(prepared(read_scenario("baseline")))
    folder = outcome.scenario.model.path.parent
    path.parent.mkdir(parents=True, exist_ok=True)
    text = answer_picture(baseline_answer(outcome, folder))
    path.write_text(text, encoding="utf-8", newline="\n")
    click.echo(f"{path}")


def _write_levers(path: Path, model_path: Path | None) -> None:
    """Run every lever at its floor and ceiling and write what it does to targets."""
    from cqsim.documentation.effects_page import effects_page
    from cqsim.model.resolve import read_model
    from cqsim.resources import data_folder

    model = read_model(model_path or data_folder("model") / "metro.mdl")
    text = effects_page(model)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
    click.echo(f"{path}")
