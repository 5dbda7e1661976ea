"""What the model says of itself: the commands docs, explain and schema."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.text import Text
from rich.tree import Tree

from cqsim.cli import options
from cqsim.cli.console import Column, Row, Table, show, show_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cqsim.documentation.explanation import Explanation, Sheet, Twig


@click.command("docs")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("docs/model"),
    show_default=True,
    help="Where the pages and pictures go.",
)
@options.model_option
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
def docs(
    out: Path,
    model_path: Path | None,
    check: bool,
    answer: Path | None,
    levers: Path | None,
) -> None:
    """Write the model's documentation: Markdown pages and a picture a sector."""
    path = options.model_file(model_path)
    if levers:
        from cqsim.documentation.effects_page import effects_page
        from cqsim.model.resolve import read_model

        _write(levers, effects_page(read_model(path)))
        return
    if answer:
        _write(answer, _answer_picture())
        return
    from cqsim.documentation.book import open_book
    from cqsim.documentation.site import (
        differing,
        documentation,
        write_documentation,
    )

    files = documentation(open_book(path))
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


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
    click.echo(f"{path}")


def _answer_picture() -> str:
    """Run the baseline and draw where it leaves the plan's first target."""
    from cqsim.case.load import read_scenario
    from cqsim.documentation.answer_picture import answer_picture
    from cqsim.documentation.baseline_answer import baseline_answer
    from cqsim.judge.outcome import carried_out, prepared

    outcome = carried_out(prepared(read_scenario("baseline")))
    folder = outcome.scenario.model.path.parent
    return answer_picture(baseline_answer(outcome, folder))


@click.command("explain")
@click.argument("name")
@options.model_option
@options.json_option
def explain(name: str, model_path: Path | None, as_json: bool) -> None:
    """Say what NAME is: a variable, lever, target, indicator, region or source.

    NAME may be Chinese or English. Where several things have it, write the kind
    before it, as in lever:rail.
    """
    from cqsim.documentation.explain import explain as explained
    from cqsim.documentation.registers import Registers
    from cqsim.model.resolve import read_model

    path = options.model_file(model_path)
    found = explained(name, read_model(path), Registers(path.parent))
    if as_json:
        show_json(found.to_json())
    else:
        show(*_explanation(found))


def _explanation(found: "Explanation") -> "Iterator[Text | Table | Tree]":
    yield Text(f"{found.name} · {found.kind}", style="bold").append(
        f"  {found.title}", style="not bold"
    )
    facts = [Row(label, [text], indent=2) for label, text in found.facts]
    yield Text()
    yield Table(columns=[Column(is_text=True)], rows=facts)
    for sheet in found.sheets:
        yield _table(sheet)
    for twig in found.trees:
        if twig.twigs:
            legend = "  + more of it makes more, - more makes less"
            tree = Tree(Text(twig.text, style="bold").append(legend, "not bold dim"))
            _grow(tree, twig)
            yield Text()
            yield tree


def _table(sheet: "Sheet") -> Table:
    name, *heads = sheet.columns
    columns = []
    for number, head in enumerate(heads, start=1):
        cells = [row[number] for row in sheet.rows]
        is_number = all(_is_number(cell) for cell in cells if cell)
        columns.append(Column(head, is_text=not is_number))
    rows = [Row(first, cells) for first, *cells in sheet.rows]
    return Table(sheet.title, columns, rows, name=name)


def _is_number(cell: str) -> bool:
    try:
        float(cell.replace(",", ""))
    except ValueError:
        return False
    return True


def _grow(tree: Tree, twig: "Twig") -> None:
    for branch in twig.twigs:
        _grow(tree.add(Text(branch.text)), branch)


@click.command("schema")
@options.model_option
@click.option(
    "--check",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Print nothing; exit 1 where FILE is not this schema.",
)
@click.option("--sweep", is_flag=True, help="The schema of a sweep file instead.")
def schema(model_path: Path | None, check: Path | None, sweep: bool) -> None:
    """Print the JSON Schema of a scenario file.

    Editors complete and check scenarios that begin with
    #:schema ./scenario.schema.json, and sweeps with #:schema ./sweep.schema.json
    """
    from cqsim.case.beside import Beside
    from cqsim.case.json_schema import json_schema
    from cqsim.model.resolve import read_model
    from cqsim.study.sweep_json_schema import sweep_json_schema
    from cqsim.textfile import read_text

    model = read_model(options.model_file(model_path))
    found = sweep_json_schema(model) if sweep else json_schema(Beside(model))
    text = json.dumps(found, ensure_ascii=False, indent=1) + "\n"
    if check is None:
        click.echo(text, nl=False)
    elif read_text(check) != text:
        call = "cqsim schema --sweep" if sweep else "cqsim schema"
        click.echo(f"{check}: is not the schema. Run {call} > {check}", err=True)
        raise SystemExit(1)
