"""Documentation of a model: the commands docs, explain and schema."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.text import Text
from rich.tree import Tree

from cqsim.cli import options
from cqsim.cli.console import ColumnHead, Row, TextTable, show, show_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cqsim.documentation.describe import Description, LinkTree


@click.command("docs")
@options.path("--out", "Where the pages and pictures go.", "docs/model", only="folders")
@options.model_option
@options.flag(
    "--check", "Write nothing; exit 1 where the folder differs from the model."
)
@options.path(
    "--answer",
    "Only run the baseline and draw the README's picture of its answer.",
    metavar="SVG",
    only="files",
)
@options.path(
    "--levers",
    "Only run every lever at both ends and write the page of its effects.",
    metavar="FILE",
    only="files",
)
def docs(
    out: Path,
    model_path: Path | None,
    check: bool,
    answer: Path | None,
    levers: Path | None,
) -> None:
    """Write the model's documentation: Markdown pages and a picture a sector."""
    path = options.case_of(model_path).model_path
    if levers:
        from cqsim.documentation.effects import effects_page
        from cqsim.model.resolve import read_model

        _write(levers, effects_page(read_model(path)))
        return
    if answer:
        _write(answer, _answer_picture())
        return
    from cqsim.documentation.book import Documentation
    from cqsim.documentation.pages import differing, pages_of, write_pages

    files = pages_of(Documentation.open(path))
    if not check:
        write_pages(files, out)
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
    from cqsim.case.scenario import read_scenario
    from cqsim.documentation.answer import answer_of, answer_picture
    from cqsim.judge.judged_run import run_scenario

    outcome = run_scenario(read_scenario("baseline"))
    file = outcome.scenario.case.folder / "reports" / "answer.toml"
    return answer_picture(answer_of(outcome, file))


@click.command("explain")
@click.argument("name")
@options.model_option
@options.json_option
def explain(name: str, model_path: Path | None, as_json: bool) -> None:
    """Say what NAME is: a variable, lever, target, indicator, region or source.

    NAME may be Chinese or English. Where several things have it, write the kind
    before it, as in lever:rail.
    """
    from cqsim.documentation.describe import describe
    from cqsim.documentation.registers import Registers
    from cqsim.model.resolve import read_model

    path = options.case_of(model_path).model_path
    found = describe(name, read_model(path), Registers(path.parent))
    if as_json:
        show_json(found.to_json())
    else:
        show(*_parts(found))


def _parts(found: "Description") -> "Iterator[Text | TextTable | Tree]":
    """Yield what is printed of a description."""
    heading = Text(f"{found.name} · {found.kind}", style="bold")
    yield heading.append(f"  {found.title}", style="not bold")
    yield Text()
    facts = [Row(label, [text], indent=2) for label, text in found.facts]
    yield TextTable(columns=[ColumnHead(is_text=True)], rows=facts)
    for table in found.tables:
        name, *heads = table.columns
        texts = [any(map(_is_text, cells)) for cells in zip(*table.rows, strict=True)]
        columns = [
            ColumnHead(h, is_text=t) for h, t in zip(heads, texts[1:], strict=True)
        ]
        rows = [Row(first, cells) for first, *cells in table.rows]
        yield TextTable(table.title, columns, rows, name=name)
    for tree in found.trees:
        if tree.below:
            legend = "  + more of it makes more, - more makes less"
            top = Tree(Text(tree.text, style="bold").append(legend, "not bold dim"))
            _grow(top, tree)
            yield Text()
            yield top


def _is_text(cell: str) -> bool:
    """Whether a cell is no number; an empty one may be either."""
    try:
        float(cell.replace(",", "") or "0")
    except ValueError:
        return True
    return False


def _grow(tree: Tree, found: "LinkTree") -> None:
    for each in found.below:
        _grow(tree.add(Text(each.text)), each)


@click.command("schema")
@options.model_option
@options.path(
    "--check",
    "Print nothing; exit 1 where FILE is not this schema.",
    metavar="FILE",
    only="files",
)
@options.flag("--sweep", "The schema of a sweep file instead.")
def schema(model_path: Path | None, check: Path | None, sweep: bool) -> None:
    """Print the JSON Schema of a scenario file.

    Editors complete and check scenarios that begin with
    #:schema ./scenario.schema.json, and sweeps with #:schema ./sweep.schema.json
    """
    from cqsim.case.json_schema import json_schema
    from cqsim.study.sweep_schema import sweep_json_schema
    from cqsim.textfile import read_text

    case = options.case_of(model_path)
    found = sweep_json_schema(case.model) if sweep else json_schema(case)
    text = json.dumps(found, ensure_ascii=False, indent=1) + "\n"
    if check is None:
        click.echo(text, nl=False)
    elif read_text(check) != text:
        call = "cqsim schema --sweep" if sweep else "cqsim schema"
        click.echo(f"{check}: is not the schema. Run {call} > {check}", err=True)
        raise SystemExit(1)
