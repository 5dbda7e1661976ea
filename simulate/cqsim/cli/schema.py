"""`cqsim schema`: the JSON Schema of a scenario or a sweep, for editors."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from cqsim.model.model import Model


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
@click.option("--sweep", is_flag=True, help="The schema of a sweep file instead.")
def command(model_path: Path | None, check: Path | None, sweep: bool) -> None:
    """Print the JSON Schema of a scenario file.

    Editors complete and check scenarios that begin with
    #:schema ./scenario.schema.json, and sweeps with #:schema ./sweep.schema.json
    """
    from cqsim.model.resolve import read_model
    from cqsim.resources import data_folder
    from cqsim.textfile import read_text

    model = read_model(model_path or data_folder("model") / "metro.mdl")
    schema = _of_sweeps(model) if sweep else _of_scenarios(model)
    text = json.dumps(schema, ensure_ascii=False, indent=1) + "\n"
    if check is None:
        click.echo(text, nl=False)
    elif read_text(check) != text:
        call = "cqsim schema --sweep" if sweep else "cqsim schema"
        click.echo(f"{check}: is not the schema. Run {call} > {check}", err=True)
        raise SystemExit(1)


def _of_scenarios(model: "Model") -> dict[str, Any]:
    from cqsim.case.case import Case
    from cqsim.case.json_schema import json_schema

    return json_schema(Case.of(model))


def _of_sweeps(model: "Model") -> dict[str, Any]:
    from cqsim.study.sweep_json_schema import sweep_json_schema

    return sweep_json_schema(model)
