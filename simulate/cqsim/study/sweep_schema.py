"""The shape of a sweep file, and its JSON Schema with the names of one model."""

from typing import Annotated, Any, Literal

from pydantic import Field

from cqsim.case.case import Case
from cqsim.case.json_schema import DIALECT
from cqsim.model.model import Model
from cqsim.tomlschema import Frozen, Name, Number, Text, Year

REGIONS = "regions"
"""Stands for every region in a record's scopes."""

Kind = Literal["uniform", "triangular", "normal", "lognormal", "discrete"]
Size = Annotated[int, Field(strict=True, ge=1, le=10**9)]
Correlation = Annotated[Number, Field(gt=-1, lt=1)]


class Input(Frozen):
    """One thing that differs from run to run, and how.

    It is a constant, or the value, start or ramp of a lever. What is not given of a
    distribution is as in the model: the ends are those of the constant's range or of
    the lever's floor and ceiling, the middle is the value of the first base scenario.
    """

    id: Name | None = Field(None, description="名称 / name of the column")
    constant: Name | None = Field(None, description="常量 / constant of the model")
    lever: Name | None = Field(None, description="杠杆 / lever")
    part: Literal["value", "start", "ramp"] = Field(
        "value", description="杠杆的取值、启动年或爬坡年数 / which part of the lever"
    )
    place: Name | None = Field(None, description="地点 / region or other element")
    apply: Literal["value", "factor", "offset"] = Field(
        "value",
        description="取代、相乘或相加 / in place of, times, or added to the base",
    )
    distribution: Kind = Field("uniform", description="分布 / distribution")
    low: Number | None = Field(None, description="下端 / lower end")
    high: Number | None = Field(None, description="上端 / upper end")
    mode: Number | None = Field(None, description="众数(三角) / mode (triangular)")
    mean: Number | None = Field(None, description="均值(正态) / mean (normal)")
    median: Number | None = Field(
        None, description="中位数(对数正态) / median (lognormal)"
    )
    deviation: Annotated[Number, Field(gt=0)] | None = Field(
        None,
        description="标准差(对数正态取对数) / standard deviation (lognormal: of logs)",
    )
    values: tuple[Number, ...] | None = Field(
        None, min_length=1, description="取值(离散) / values (discrete)"
    )
    weights: tuple[Annotated[Number, Field(ge=0)], ...] | None = Field(
        None, description="权重(离散) / weights (discrete)"
    )
    levels: int | None = Field(
        None, ge=2, le=1000, strict=True, description="水平数(网格) / levels (grid)"
    )


class Correlated(Frozen):
    """Two inputs that go together: the correlation of their normal scores."""

    between: tuple[Name, Name] = Field(
        description="两个输入的名称 / names of two inputs"
    )
    value: Correlation = Field(
        description="正态得分的相关系数 / correlation of their normal scores"
    )


class Record(Frozen):
    """What is kept of every run.

    Attributes
    ----------
    targets
        The number of every target, also for its alternatives.
    regions
        The number of every target in each region, for the matrix.
    indicators, scopes, years
        Indicators in all of these scopes (`regions` stands for all; the whole area if
        none is named) and years.
    variables, variable_years
        Variables of the model, with all their elements.
    """

    targets: bool = Field(
        default=True, description="各目标的数值 / the number of every target"
    )
    regions: bool = Field(
        default=False, description="分区数值 / the same of every region"
    )
    indicators: tuple[Name, ...] = Field(default=(), description="指标 / indicators")
    scopes: tuple[Name, ...] = Field(
        default=(),
        description="指标的范围,regions指各区 / areas; regions: every region",
    )
    years: tuple[Year, ...] = Field(
        default=(), description="指标的年份 / years of indicators"
    )
    variables: tuple[Name, ...] = Field(
        default=(), description="模型变量 / variables of the model"
    )
    variable_years: tuple[Year, ...] = Field(
        default=(), description="变量的年份 / years of variables"
    )


class SweepFile(Frozen):
    """A sweep as it stands in its file."""

    id: str = Field(
        pattern=r"^[a-z][a-z0-9_-]*$",
        max_length=60,
        strict=True,
        description="标识 / id, also the name of its folder",
    )
    title: Text = Field(description="扫描名称 / title")
    summary: Text | None = Field(None, description="一句话说明 / summary")
    bases: tuple[Name, ...] = Field(
        ("baseline",),
        min_length=1,
        description="基础情景 / scenarios that points run from",
    )
    design: Literal["random", "latin_hypercube", "sobol", "grid"] = Field(
        description="试验设计 / how points are chosen"
    )
    seed: int = Field(
        0, strict=True, ge=0, lt=2**63, description="随机种子 / seed of all chance"
    )
    size: Size | None = Field(None, description="点数 / points; not for a grid")
    posterior: Name | None = Field(
        None, description="后验样本 / CSV file of draws, a column a constant"
    )
    input: tuple[Input, ...] = Field(
        (), description="逐次不同的输入 / what differs from run to run"
    )
    correlation: tuple[Correlated, ...] = Field(
        (), description="相关的输入 / inputs that go together"
    )
    record: Record = Field(Record(), description="记录什么 / what is kept of every run")


SHAPE_KEYS: dict[Kind, frozenset[str]] = {
    "uniform": frozenset({"low", "high"}),
    "triangular": frozenset({"low", "mode", "high"}),
    "normal": frozenset({"mean", "deviation", "low", "high"}),
    "lognormal": frozenset({"median", "deviation", "low", "high"}),
    "discrete": frozenset({"values", "weights"}),
}
"""Which keys say something about which distribution."""

Json = dict[str, Any]

HEAD = "cqsim扫描文件 / a sweep file of cqsim"
DROPPED = ("title", "default")
"""What pydantic says of a key and an editor need not show."""


def sweep_json_schema(model: Model) -> Json:
    """Return the JSON Schema of sweeps of a model, for editors.

    It knows the names of constants, levers, indicators, scopes and variables; what it
    refuses, `read_sweep` refuses too.
    """
    case = Case.of(model)
    shown = SweepFile.model_json_schema()
    definitions = {name: _table(each) for name, each in shown.pop("$defs").items()}
    given = definitions["Input"]["properties"]
    constants = [v.name.strip('"') for v in model.of_kind("constant")]
    for key, names in (("constant", constants), ("lever", list(case.levers))):
        given[key] = {"description": given[key]["description"], "enum": names}
    recorded = definitions["Record"]["properties"]
    for key, (_, names) in recordable(case).items():
        recorded[key]["items"] = {"enum": names}
    between = definitions["Correlated"]["properties"]["between"]
    between["items"] = between.pop("prefixItems")
    head = {"$schema": DIALECT, "title": "cqsim sweep", "description": HEAD}
    return {**head, **_table(shown), "definitions": definitions}


def recordable(case: Case) -> dict[str, tuple[str, list[str]]]:
    """Return what a sweep of a case can record: by key of `Record`, a word, names."""
    scopes = list(dict.fromkeys([*case.scopes, REGIONS, *case.areas]))
    variables = [
        variable.name.strip('"')
        for variable in case.model.variables.values()
        if variable.kind not in ("time", "lookup")
    ]
    return {
        "indicators": ("indicator", list(case.indicators)),
        "scopes": ("scope", scopes),
        "variables": ("variable", variables),
    }


def _table(shown: Json) -> Json:
    """Return a table's schema as TOML needs it: no null, no defaults, our words."""
    properties = {key: _value(its) for key, its in shown["properties"].items()}
    kept = {k: v for k, v in shown.items() if k not in (*DROPPED, "description")}
    return {**kept, "properties": properties}


def _value(shown: Json) -> Json:
    """Return a value's schema; that of one which may be left out is that of the one."""
    kept = {key: its for key, its in shown.items() if key not in DROPPED}
    choices = [each for each in kept.pop("anyOf", []) if each != {"type": "null"}]
    for choice in choices:
        kept |= choice
    if "items" in kept:
        kept["items"] = _value(kept["items"])
    reference = kept.pop("$ref", None)
    if reference is None:
        return kept
    # Beside a reference, draft 7 reads nothing else.
    place = {"$ref": reference.replace("#/$defs/", "#/definitions/")}
    return {**kept, "allOf": [place]} if kept else place
