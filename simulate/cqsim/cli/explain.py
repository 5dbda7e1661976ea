"""`cqsim explain`: what a name stands for, and with what right."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.table import Table
    from rich.tree import Tree

    from cqsim.documentation.explanation import Explanation, Sheet, Twig


@click.command("explain")
@click.argument("name")
@click.option(
    "--model",
    "model_path",
    type=click.Path(path_type=Path),
    help="Another model; its registers are looked for beside it.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(name: str, model_path: Path | None, as_json: bool) -> None:
    """Say what NAME is: a variable, lever, target, indicator, region or source.

    NAME may be Chinese or English. Where several things have it, write the kind
    before it, as in region:yuzhong.
    """
    from cqsim.documentation.explain import explain
    from cqsim.documentation.registers import Registers
    from cqsim.model.resolve import read_model
    from cqsim.resources import data_folder

    path = model_path or data_folder("model") / "metro.mdl"
    found = explain(name, read_model(path), Registers(path.parent))
    if as_json:
        click.echo(json.dumps(found.to_json(), ensure_ascii=False, indent=2))
    else:
        _show(found)


def _show(found: "Explanation") -> None:
    """Print an explanation for a reader."""
    from rich.console import Console
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    heading = f"{found.name} · {found.kind}"
    console.print(Text(heading, style="bold"), Text(found.title), sep="  ")
    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="dim", no_wrap=True)
    facts.add_column(overflow="fold")
    for label, text in found.facts:
        facts.add_row(label, Text(text))
    console.print(Padding(facts, (1, 0, 0, 2)))
    for sheet in found.sheets:
        console.print()
        console.print(_table(sheet))
    for twig in found.trees:
        if twig.twigs:
            console.print()
            console.print(_tree(twig))


def _table(sheet: "Sheet") -> "Table":
    """Return a table whose numbers stand at the right."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(
        title=sheet.title, title_justify="left", box=SIMPLE_HEAD, title_style="bold"
    )
    for number, column in enumerate(sheet.columns):
        cells = [row[number] for row in sheet.rows]
        is_number = all(_is_number(cell) for cell in cells if cell)
        table.add_column(
            Text(column), justify="right" if is_number else "left", overflow="fold"
        )
    for row in sheet.rows:
        table.add_row(*(Text(cell) for cell in row))
    return table


def _is_number(cell: str) -> bool:
    try:
        float(cell.replace(",", ""))
    except ValueError:
        return False
    return True


def _tree(twig: "Twig") -> "Tree":
    """Return a tree of causes or uses."""
    from rich.text import Text
    from rich.tree import Tree

    def grow(tree: "Tree", below: "Twig") -> None:
        for branch in below.twigs:
            grow(tree.add(Text(branch.text)), branch)

    legend = "  + more of it makes more, - more makes less"
    tree = Tree(Text(twig.text, style="bold").append(legend, style="not bold dim"))
    grow(tree, twig)
    return tree
