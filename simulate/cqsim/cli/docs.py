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
def command(out: Path, model_path: Path | None, check: bool) -> None:
    """Write the model's documentation: Markdown pages and a picture a sector."""
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
