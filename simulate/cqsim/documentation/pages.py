"""The pages of a model's documentation, as Markdown with a picture a sector."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from cqsim.compile.order import reached
from cqsim.documentation.book import Documentation
from cqsim.documentation.describe import plain_range, plain_spread
from cqsim.documentation.diagram import STILL, diagrams_of
from cqsim.documentation.svg import svg_of
from cqsim.errors import InputFileError
from cqsim.language.syntax import canonical
from cqsim.model.audit import Rule, assumptions_by_group, embedded_numbers
from cqsim.model.feedback import VerifiedLoop
from cqsim.model.model import EVIDENCE_CLASSES, KINDS, Model, Variable, flows_of

MARK = "<!-- Written by `cqsim docs` from the model. Edit the model, not this page. -->"
SVG_START = "<svg "


def pages_of(source: Documentation) -> dict[str, str]:
    """Return the text of each file by its name; equal models give equal texts.

    Raises
    ------
    InputFileError, FaultsError
        A file that the model needs cannot be read, or a named loop does not stand.
    """
    files = {
        "README.md": _index(source),
        "loops.md": _loops(source),
        "constants.md": _constants(source),
        "sources.md": _sources(source),
        "boundary.md": _boundary(source),
        "assessment.md": _assessment(source),
    }
    for group in source.groups:
        name = _sector_file(group)
        files[f"{name}.md"] = _sector(source, group)
        diagrams = diagrams_of(source.model, source.graph, source.polarity, group)
        if diagrams:
            title = group or "Model"
            files[f"{name}.svg"] = svg_of(diagrams, source.model, title, source.chinese)
    return files


def differing(files: Mapping[str, str], folder: Path) -> list[str]:
    """Return the files that are not in the folder as they should be."""
    found = {
        name
        for name, text in files.items()
        if not (folder / name).is_file()
        or (folder / name).read_text(encoding="utf-8") != text
    }
    return sorted(found | {path.name for path in _stale(files, folder)})


def write_pages(files: Mapping[str, str], folder: Path) -> None:
    """Write the files, and delete those that an earlier model left behind.

    Raises
    ------
    InputFileError
        The folder or a file in it cannot be written; no page is half written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=".", dir=folder) as fresh:
            for name, text in files.items():
                (Path(fresh) / name).write_text(text, encoding="utf-8", newline="\n")
            for path in (folder / name for name in files):
                if path.is_dir():
                    what = "a folder stands where a page belongs"
                    remedy = "Remove it, or give another --out."
                    raise InputFileError(path, 0, what, remedy)
            for name in files:
                (Path(fresh) / name).replace(folder / name)
        for path in _stale(files, folder):
            path.unlink()
    except OSError as error:
        what = f"the pages cannot be written ({error.strerror or error})"
        remedy = "Give another folder with --out, or make room."
        raise InputFileError(folder, 0, what, remedy) from None


def _stale(files: Mapping[str, str], folder: Path) -> list[Path]:
    """Return pages and pictures that we wrote once and would not write now."""
    paths = [*folder.glob("*.md"), *folder.glob("sector-*.svg")]
    starts = {".md": MARK, ".svg": SVG_START}
    return [
        path
        for path in sorted(paths)
        if path.name not in files
        and path.read_text(encoding="utf-8").startswith(starts[path.suffix])
    ]


# Markdown.


def page(title: str, *parts: str) -> str:
    """Return a page with its heading and the mark of generated pages."""
    body = "\n\n".join(part.strip("\n") for part in parts if part)
    return f"{MARK}\n\n# {title}\n\n{body}\n"


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; an empty text where there is no row."""
    body = [f"| {' | '.join(map(_cell, row))} |" for row in rows]
    if not body:
        return ""
    head = f"| {' | '.join(columns)} |\n|{' --- |' * len(columns)}"
    return "\n".join([head, *body])


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def slug(heading: str) -> str:
    """Return the anchor that a heading gets on the web."""
    return re.sub(r"[^\w\- ]", "", heading.casefold()).replace(" ", "-")


def _sector_file(group: str) -> str:
    """Return the name, without ending, of a sector's page and picture."""
    return f"sector-{slug(group or 'model')}"


def _heading(variable: Variable) -> str:
    """Return the heading of a variable: its name without subscripts."""
    return variable.name.strip('"')


def _links(model: Model, *keys: str) -> str:
    """Return links to where variables are described, with commas between them."""
    links = []
    for key in keys:
        variable = model.variables.get(key)
        if variable is None:
            links.append(key.capitalize())
        else:
            name = _heading(variable)
            page = f"{_sector_file(variable.group)}.md"
            links.append(f"[{name}]({page}#{slug(name)})")
    return ", ".join(links)


def _source_links(sources: Iterable[str]) -> str:
    return ", ".join(f"[{source}](sources.md#{slug(source)})" for source in sources)


def _code(text: str) -> str:
    return f"```text\n{text}\n```"


# The pages.


def _index(source: Documentation) -> str:
    """Return the first page: sectors, counts, other pages."""
    model = source.model
    meanings = {g.name: g.documentation for g in reversed(model.groups)}
    sectors = [
        (
            f"[{group or 'Model'}]({_sector_file(group)}.md)",
            *(str(sum(v.kind == kind for v in members)) for kind in KINDS[:5]),
            meanings.get(group, ""),
        )
        for group, members in source.groups.items()
    ]
    ranges = [
        (r.name, str(len(r.elements)), r.documentation) for r in model.ranges.values()
    ]
    kinds = ("stocks", "flows", "auxiliaries", "constants", "lookups")
    return page(
        f"The model {model.path.name}",
        f"{len(model.variables)} variables, {len(source.loops)} named feedback loops. "
        f"SHA-256 of the model: `{model.sha256}`.",
        "- [Feedback loops](loops.md), verified against the equations\n"
        "- [Constants](constants.md) by class of evidence\n"
        "- [Sources](sources.md) of the constants\n"
        "- [Boundary](boundary.md): endogenous, exogenous, excluded\n"
        "- [Assessment](assessment.md) of the documentation",
        "## Sectors",
        table(("sector", *kinds, ""), sectors),
        "## Subscripts" if ranges else "",
        table(("range", "elements", "meaning"), ranges),
    )


TYPES = {"R": "reinforcing", "B": "balancing"}


def _loops(source: Documentation) -> str:
    """Return the named loops, each with its links, signs and equations."""
    rows = [
        (
            f"[{v.loop.title.en}](#{slug(v.loop.title.en)})",
            v.loop.title.zh,
            f"{v.loop.type}, {TYPES[v.loop.type]}",
        )
        for v in source.loops
    ]
    knots = source.graph.knots
    largest = len(knots[0]) if knots else 0
    return page(
        "Feedback loops",
        "Each link stands in an equation of the model. Its sign is that of the partial "
        "derivative, worked out from the equation with the constants as they stand and "
        "what exists taken as non-negative; where this cannot be done, the sign is "
        "stated with its reason. An even number of negative links reinforces (R), an "
        "odd number balances (B).",
        f"{largest} variables act on each other in the largest knot of feedback"
        f"{f', of {len(knots)} knots' if len(knots) > 1 else ''}.",
        table(("loop", "中文", "polarity"), rows) or "No loop is named.",
        *(part for verified in source.loops for part in _loop(source.model, verified)),
    )


def _loop(model: Model, verified: VerifiedLoop) -> Iterator[str]:
    loop = verified.loop
    yield f"## {loop.title.en}"
    yield f"**{loop.title.zh}** · {TYPES[loop.type]} ({loop.type})"
    yield loop.explanation
    steps = [
        (
            _links(model, canonical(step.cause)),
            step.sign,
            _links(model, canonical(step.effect)),
            step.reason or "from the equation",
        )
        for step in verified.links
    ]
    yield table(("cause", "sign", "effect", "why"), steps)
    yield "Closed by these equations:"
    closing = (model.variables[canonical(name)] for name in loop.path)
    yield _code("\n\n".join(_equations(variable) for variable in closing))


def _equations(variable: Variable) -> str:
    return "\n".join(equation.text for equation in variable.equations)


LACKS: dict[Rule, str] = {
    "unit": "without a unit",
    "meaning": "without a meaning",
    "range": "constants without a range",
    "value": "constants outside their range",
    "source": "constants without a known source",
    "class": "constants without a class",
    "reason": "assumptions without a reason",
    "unused": "variables that feed nothing",
    "unused source": "sources that nothing cites",
}


def _assessment(source: Documentation) -> str:
    """Return counts of what the model says of itself and what it does not."""
    variables = source.model.variables.values()
    kinds = Counter(v.kind for v in variables)
    lacks = Counter(finding.rule for finding in source.findings)
    embedded = [
        (_links(source.model, v.key), ", ".join(f"{n:g}" for n in numbers))
        for v in variables
        if (numbers := embedded_numbers(v))
    ]
    gaps = [(text, str(lacks[rule])) for rule, text in LACKS.items()]
    gaps += [("equations with a number of their own", str(len(embedded)))]
    folder = re.escape(str(source.model.path.parent))
    found = [(f.rule, re.sub(rf"{folder}[/\\]", "", str(f))) for f in source.findings]
    return page(
        "Assessment",
        "Counts after SDM-Doc (Martinez-Moyano 2012, doi:10.1002/sdr.1471).",
        table(("kind", "number"), [(k, str(kinds[k])) for k in KINDS if kinds[k]]),
        table(("gap", "number"), gaps),
        "## Assumptions among the constants",
        table(
            ("sector", "assumptions", "constants", "share"),
            [
                (group or "all", str(some), str(every), f"{some / every:.0%}")
                for group, (some, every) in assumptions_by_group(source.model).items()
            ],
        ),
        "## Gaps" if found else "",
        table(("rule", "what"), found),
        "## Equations with a number of their own" if embedded else "",
        table(("variable", "numbers"), embedded),
    )


def _sector(source: Documentation, group: str) -> str:
    """Return the page of one sector: its picture, its variables, its constants."""
    members = source.groups[group]
    meanings = [g.documentation for g in source.model.groups if g.name == group]
    moving = [v for v in members if v.kind not in STILL]
    still = [v for v in members if v.kind in STILL]
    return page(
        group or "Model",
        meanings[0] if meanings else "",
        f"![Stocks and flows of {group}]({_sector_file(group)}.svg)" if moving else "",
        "## Variables" if moving else "",
        *(part for v in moving for part in _variable(source, v)),
        "## Constants" if still else "",
        *(part for v in still for part in _variable(source, v)),
    )


def _variable(source: Documentation, variable: Variable) -> Iterator[str]:
    """Yield what is said of one variable."""
    key, model = variable.key, source.model
    flows = flows_of(variable, model.variables) if variable.kind == "stock" else {}
    over = f" by {', '.join(variable.subscripts)}" if variable.subscripts else ""
    evidence = f", {variable.evidence}" if variable.evidence else ""
    rows = [
        ("kind", f"{variable.kind}{over}{evidence}"),
        ("unit", variable.unit),
        ("range", plain_range(variable.low, variable.high, variable.unit)),
        ("value", plain_spread(source.values(variable))),
        ("source", _source_links(variable.sources)),
        ("flows", ", ".join(f"{sign} {_links(model, k)}" for k, sign in flows.items())),
        ("causes", _links(model, *source.graph.causes[key])),
        ("uses", _links(model, *source.graph.uses[key])),
    ]
    chinese = source.chinese(key)
    yield f"### {_heading(variable)}"
    yield f"**{chinese}**" if chinese else ""
    yield variable.documentation
    yield _code(_equations(variable))
    yield table(("", ""), [row for row in rows if row[1]])


CLASS_MEANINGS = {
    "plan": "The number stands in a clause of the plan.",
    "statistic": "The number stands in a published table.",
    "literature": "The number stands in a paper or report.",
    "derived": "The number is computed from others, in a stated way.",
    "calibrated": "The number is fitted to observations, by a stated fit.",
    "assumption": "The number is a judgement, with its reason and range.",
    "": "The number has no class yet.",
}


def _constants(source: Documentation) -> str:
    """Return the table of constants, one section a class."""
    found = source.model.of_kind("constant", "lookup")
    others = {v.evidence for v in found} - set(EVIDENCE_CLASSES)
    columns = ("constant", "中文", "value", "range and unit", "source", "meaning")
    parts = []
    for evidence in (*EVIDENCE_CLASSES, *sorted(others)):
        rows = [
            (
                _links(source.model, v.key),
                source.chinese(v.key),
                plain_spread(source.values(v)),
                plain_range(v.low, v.high, v.unit) or v.unit,
                _source_links(v.sources),
                v.documentation,
            )
            for v in found
            if v.evidence == evidence
        ]
        if rows:
            parts += [
                f"## {evidence.capitalize() or 'No class'} ({len(rows)})",
                CLASS_MEANINGS.get(evidence, "This is not a known class."),
                table(columns, rows),
            ]
    return page("Constants", *parts)


def _sources(source: Documentation) -> str:
    """Return the sources that the model cites, each with what rests on it."""
    cited: dict[str, list[str]] = {}
    for key, variable in source.model.variables.items():
        for name in variable.sources:
            cited.setdefault(name, []).append(key)
    columns = ("title", "publisher", "date", "kind", "address")
    parts = []
    for name in sorted(cited):
        row = source.registers.sources.get(name, {})
        facts = [(column, row[column]) for column in columns if row.get(column)]
        facts += [("constants", _links(source.model, *cited[name]))]
        parts += [f"## {name}", table(("", ""), facts)]
    return page(
        "Sources of the constants",
        "Observations cite more sources; `model/sources.csv` has all of them.",
        *parts,
    )


def _boundary(source: Documentation) -> str:
    """Return the boundary of the model: what it explains, is given, and leaves out."""
    inner, timed, fixed = _by_origin(source)
    excluded = [
        (each.title.en, each.title.zh, each.reason, ", ".join(each.clauses))
        for each in source.excluded
    ]
    columns = ("left out", "中文", "reason", "clauses of the plan")
    return page(
        "Boundary",
        "What the model explains, what it is given, and what it leaves out.",
        "## Endogenous",
        "These depend on a stock, and so on the past of the simulation.",
        _by_sector(source, inner),
        "## Exogenous: given over time",
        "These follow time or a policy's schedule; no stock acts on them.",
        _by_sector(source, timed),
        "## Exogenous: given once",
        "These follow from constants alone. The constants have [their own table]"
        "(constants.md).",
        _by_sector(source, fixed),
        "## Excluded",
        table(columns, excluded) or "Nothing is stated.",
    )


def _by_origin(source: Documentation) -> tuple[set[str], set[str], set[str]]:
    """Return what depends on stocks, what else depends on time, and the rest."""
    variables = source.model.variables
    shown = {key for key, v in variables.items() if v.kind not in STILL}
    data = {key for key, v in variables.items() if v.kind == "data"}
    moved_by = source.graph.moved_by
    inner = reached(source.graph.states, moved_by) & shown
    timed = ((reached({"time"}, moved_by) | data) & shown) - inner
    return inner, timed, shown - inner - timed


def _by_sector(source: Documentation, keys: set[str]) -> str:
    """Return the names in a table, one row a sector."""
    rows = []
    for group, members in source.groups.items():
        inside = [v.key for v in members if v.key in keys]
        if inside:
            rows.append((group, str(len(inside)), _links(source.model, *inside)))
    return table(("sector", "number", "variables"), rows) or "None."
