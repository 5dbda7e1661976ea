"""The first page, the feedback loops, and the assessment of the documentation."""

from collections import Counter

from cqsim.documentation.book import Book
from cqsim.documentation.markdown import code, link, page, sector_file, slug, table
from cqsim.language.syntax import canonical
from cqsim.model.audit import Rule, embedded_numbers
from cqsim.model.feedback import VerifiedLoop
from cqsim.model.model import KINDS

_TYPES = {"R": "reinforcing", "B": "balancing"}
_LACKS: dict[Rule, str] = {
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


def index_page(book: Book) -> str:
    """Return the first page: sectors, counts, other pages."""
    model = book.model
    sectors = [
        (
            f"[{group or 'Model'}]({sector_file(group)}.md)",
            *(str(sum(v.kind == kind for v in members)) for kind in KINDS[:5]),
            _meaning(book, group),
        )
        for group, members in book.groups.items()
    ]
    ranges = [
        (r.name, str(len(r.elements)), r.documentation) for r in model.ranges.values()
    ]
    return page(
        f"The model {model.path.name}",
        f"{len(model.variables)} variables, {len(book.loops)} named feedback loops. "
        f"SHA-256 of the model: `{model.sha256}`.",
        "- [Feedback loops](loops.md), verified against the equations\n"
        "- [Constants](constants.md) by class of evidence\n"
        "- [Sources](sources.md) of the constants\n"
        "- [Boundary](boundary.md): endogenous, exogenous, excluded\n"
        "- [Assessment](assessment.md) of the documentation",
        "## Sectors",
        table(
            ("sector", "stocks", "flows", "auxiliaries", "constants", "lookups", ""),
            sectors,
        ),
        "## Subscripts" if ranges else "",
        table(("range", "elements", "meaning"), ranges),
    )


def _meaning(book: Book, group: str) -> str:
    found = [g.documentation for g in book.model.groups if g.name == group]
    return found[0] if found else ""


def loops_page(book: Book) -> str:
    """Return the named loops, each with its links, signs and equations."""
    loops = book.loops
    summary = table(
        ("loop", "中文", "polarity"),
        [
            (
                f"[{v.loop.title.en}](#{slug(v.loop.title.en)})",
                v.loop.title.zh,
                f"{v.loop.type}, {_TYPES[v.loop.type]}",
            )
            for v in loops
        ],
    )
    knots = book.graph.knots
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
        summary or "No loop is named.",
        *(_loop(book, verified) for verified in loops),
    )


def _loop(book: Book, verified: VerifiedLoop) -> str:
    loop = verified.loop
    steps = [
        (
            link(book.model, canonical(step.cause)),
            step.sign,
            link(book.model, canonical(step.effect)),
            step.reason or "from the equation",
        )
        for step in verified.links
    ]
    equations = "\n\n".join(
        "\n".join(e.text for e in book.model.variables[canonical(name)].equations)
        for name in loop.path
    )
    return "\n\n".join(
        (
            f"## {loop.title.en}",
            f"**{loop.title.zh}** · {_TYPES[loop.type]} ({loop.type})",
            loop.explanation,
            table(("cause", "sign", "effect", "why"), steps),
            "Closed by these equations:",
            code(equations),
        )
    )


def assessment_page(book: Book) -> str:
    """Return counts of what the model says of itself and what it does not."""
    variables = book.model.variables.values()
    kinds = Counter(v.kind for v in variables)
    lacks = Counter(finding.rule for finding in book.findings)
    embedded = [v for v in variables if embedded_numbers(v)]
    rows = [(kind, str(kinds[kind])) for kind in KINDS if kinds[kind]]
    gaps = [(text, str(lacks[rule])) for rule, text in _LACKS.items()]
    gaps += [("equations with a number of their own", str(len(embedded)))]
    folder = str(book.model.path.parent)
    found = [
        (f.rule, str(f).replace(f"{folder}/", "").replace(f"{folder}\\", ""))
        for f in book.findings
    ]
    return page(
        "Assessment",
        "Counts after SDM-Doc (Martinez-Moyano 2012, doi:10.1002/sdr.1471).",
        table(("kind", "number"), rows),
        table(("gap", "number"), gaps),
        "## Gaps" if found else "",
        table(("rule", "what"), found),
        "## Equations with a number of their own" if embedded else "",
        table(
            ("variable", "numbers"),
            (
                (
                    link(book.model, v.key),
                    ", ".join(f"{number:g}" for number in embedded_numbers(v)),
                )
                for v in embedded
            ),
        ),
    )
