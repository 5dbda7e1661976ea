"""Appendices A and B: every equation by sector, every constant with its source."""

from cqsim.errors import CqsimError
from cqsim.model.model import Variable
from cqsim.model.values import constant_values
from cqsim.report.content import Cell, Column
from cqsim.report.numbers import NONE, scale_of
from cqsim.report.sections.levers import LEVER_UNITS, policy_value
from cqsim.report.teller import Teller
from cqsim.report.words import Both

NUMBERS = ("constant", "lookup", "time")

SECTORS = {
    "Control": Both("控制", "Control"),
    "Geography": Both("地理", "Geography"),
    "Population": Both("人口", "Population"),
    "Migration": Both("迁移", "Migration"),
    "Economy": Both("经济", "Economy"),
    "Research": Both("研发", "Research"),
    "Housing": Both("住房", "Housing"),
    "Access": Both("交通可达", "Access"),
    "Energy": Both("能源", "Energy"),
    "Power": Both("电力", "Power"),
    "Emissions": Both("排放", "Emissions"),
    "Air": Both("大气", "Air"),
    "Security": Both("能源储备", "Security"),
    "Policy": Both("政策", "Policy"),
}
"""The names of sectors; a model may have others, which keep their own name."""

EVIDENCE = {
    "plan": Both("规划", "plan"),
    "statistic": Both("统计", "statistic"),
    "literature": Both("文献", "literature"),
    "derived": Both("推算", "derived"),
    "calibrated": Both("校准", "calibrated"),
    "assumption": Both("假设", "assumption"),
}


def equations(teller: Teller) -> None:
    """Show every equation of the model, sector by sector, as the model has it."""
    content, model = teller.content, teller.facts.main.scenario.model
    moving = [v for v in model.variables.values() if v.kind not in NUMBERS]
    if not moving:
        return
    content.heading(Both("模型方程(按部门)", "Equations by sector"))
    count = teller.numbers.count("count.equations", len(moving), "rows")
    content.paragraph(
        Both(
            f"下列{count}方程原样取自模型文件,INTEG为存量:每步加上净流量乘步长(欧拉法"
            ")。",
            f"The {count} of equations that follow are the model's own text. INTEG is "
            "a "
            "stock: at each step the net flow times the step is added (Euler).",
        )
    )
    content.equation(
        "S_(t+Delta t) = S_t + Delta t (sum_i f_i^+ - sum_j f_j^-)",
        Both(
            "下一步的存量等于现存量加步长乘以流入之和减流出之和",
            "The stock at the next step equals the stock plus the step times "
            "inflows less outflows",
        ),
    )
    content.listing(
        [
            (
                SECTORS.get(group, Both(group or "Model", group or "Model")),
                [_entry(teller, v) for v in moving if v.group == group],
            )
            for group in dict.fromkeys(v.group for v in moving)
        ]
    )


def _entry(teller: Teller, variable: Variable) -> tuple[Cell, Cell, str]:
    term = teller.facts.glossary.get(variable.key)
    meaning = variable.documentation.split(" Source:")[0].strip()
    chinese = term.zh if term else ""
    unit = variable.unit or "1"
    return (
        variable.title,
        Both(f"{chinese} [{unit}]", f"{meaning} [{unit}]"),
        # Where a line ends means nothing in a model file.
        "\n".join(" ".join(e.text.split()) for e in variable.equations),
    )


def parameters(teller: Teller) -> None:
    """Show levers and constants: value, unit, class of evidence, source or clause."""
    content, model = teller.content, teller.facts.main.scenario.model
    constants = model.of_kind("constant", "lookup")
    if not constants:
        return
    content.heading(Both("参数及其依据", "Parameters and their grounds"))
    _levers(teller)
    told = {v.key for parts in _of_levers(teller).values() for v in parts if v}
    by_class: list[list[Cell]] = []
    for evidence, title in EVIDENCE.items():
        members = [v for v in constants if v.evidence == evidence and v.key not in told]
        if members:
            by_class.append(
                [Both(f"{title.zh}({len(members)})", f"{title.en} ({len(members)})")]
            )
            by_class += [_constant(teller, v) for v in members]
    content.table(
        Both("常数,按证据类别", "Constants by class of evidence"),
        [
            Column(Both("常数", "Constant"), "1fr"),
            Column(Both("取值和单位", "Value, unit"), "22mm", "right"),
            Column(Both("来源", "Source"), "24mm"),
        ],
        by_class,
        size=6.0,
        halves=True,
    )


def _constant(teller: Teller, variable: Variable) -> list[Cell]:
    term = teller.facts.glossary.get(variable.key)
    name = variable.name.strip('"')
    return [
        Both(f"{term.zh} {name}" if term else name, name),
        Both(*(f"{spread(teller, variable)} {unit}" for unit in _unit(variable))),
        ", ".join(variable.sources),
    ]


def _unit(variable: Variable) -> Both:
    """Return a constant's unit: the model's own, in Chinese where it has a word.

    A word that stands for another power of ten is not of the number as it is printed.
    """
    own = "" if variable.unit == "1" else variable.unit
    scale = scale_of(own)
    return Both(scale.zh if scale.zh_power == 0 else own, own)


def spread(teller: Teller, variable: Variable) -> str:
    """Return a constant's number, or what its numbers lie between."""
    if variable.kind != "constant":
        return NONE
    try:
        values = constant_values(teller.facts.main.scenario.model, variable)
    except CqsimError:
        return NONE
    numbers = [value.value for value in values]
    if not numbers:
        return NONE
    low, high = min(numbers), max(numbers)
    return f"{low:.4g}" if low == high else f"{low:.4g} – {high:.4g}"


def _of_levers(teller: Teller) -> dict[str, list[Variable | None]]:
    """Return by lever its constants: today, policy, start and ramp, as far as known."""
    model = teller.facts.main.scenario.model
    found: dict[str, list[Variable | None]] = {}
    for lever in teller.facts.main.scenario.known_levers.values():
        today = f"{lever.constant.removesuffix('policy').strip()} today"
        names = (today, lever.constant, lever.start_constant, lever.ramp_constant)
        found[lever.id] = [model.variable(name) if name else None for name in names]
    return found


def _levers(teller: Teller) -> None:
    rows: list[list[Cell]] = []
    parts = _of_levers(teller)
    for lever in teller.facts.main.scenario.known_levers.values():
        today, _, start, ramp = (
            NONE if v is None else spread(teller, v) for v in parts[lever.id]
        )
        rows.append(
            [
                Both(lever.title.zh, lever.title.en),
                today,
                policy_value(teller, lever.id),
                f"{lever.floor:g} – {lever.ceiling:g}",
                LEVER_UNITS.get(lever.unit, lever.unit),
                start,
                ramp,
                " ".join(lever.clauses),
                ", ".join(lever.sources),
            ]
        )
    teller.content.table(
        Both(
            "政策杠杆:基准取值、本情景取值、范围、起始年、爬坡期、规划条款",
            "Levers: value today and in this scenario, range, start, ramp, clauses",
        ),
        [
            Column(Both("杠杆", "Lever"), "1fr"),
            Column(Both("现状", "Today"), "auto", "right"),
            Column(Both("本情景", "Value"), "auto", "right"),
            Column(Both("范围", "Range"), "auto", "right"),
            Column(Both("单位", "Unit"), "auto"),
            Column(Both("起始年", "From"), "auto", "right"),
            Column(Both("爬坡(年)", "Ramp (years)"), "auto", "right"),
            Column(Both("条款", "Clauses"), "30mm"),
            Column(Both("来源", "Source"), "30mm"),
        ],
        rows,
        size=6.4,
    )
