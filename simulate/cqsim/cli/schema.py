"""`cqsim schema`: the JSON Schema of a scenario, for editors."""

import json
from pathlib import Path

import click


@click.command("schema")
@click.option(
    "--model",
    "model_path",
    type=click.Path(path_type=Path),
    help="Another model; its registers are looked for beside it.",
)
@click.option(
    "--check",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Print nothing; exit 1 where FILE is not this schema.",
)
def command(model_path: Path | None, check: Path | None) -> None:
    """Print the JSON Schema of a scenario file.

    Editors complete and check scenarios that begin with
    #:schema ./scenario.schema.json
    """
    from cqsim.model.text import read_model_text
    from cqsim.resources import data_folder
    from cqsim.scenario.beside import Beside
    from cqsim.scenario.json_schema import json_schema
    from cqsim.textfile import read_text

    model = read_model_text(model_path or data_folder("model") / "metro.mdl")
    text = json.dumps(json_schema(Beside(model)), ensure_ascii=False, indent=1) + "\n"
    if check is None:
        click.echo(text, nl=False)
    elif read_text(check) != text:
        click.echo(f"{check}: is not the schema. Run cqsim schema > {check}", err=True)
        raise SystemExit(1)
