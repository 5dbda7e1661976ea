"""The functions of both languages: the only table that says what a function is.

Vensim's are those of its reference manual that a saved text model can call; XMILE's
those of XMILE 1.0 (OASIS 2015), section 3.5, with Stella's own. A row names what
`cqsim.compile` lowers the function to; a test holds the two lists equal.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cqsim.language.syntax import Language

ANY = 255


@dataclass(frozen=True, slots=True)
class Builtin:
    """What is known of a function.

    Attributes
    ----------
    name
        Vensim's name in small letters; where XMILE has another meaning, `xmile NAME`.
    least, most
        How many arguments it takes.
    units
        `arguments>result`: `x` and `y` are any unit, the same wherever they stand; `t`
        is the unit of time, `1` a pure number, `l` that of a lookup's x axis, `?` not
        checked. The last argument's stands for all that follow.
    direction
        For each argument `+` or `-` where the result moves with it or against it, `?`
        where that is not known; the last stands for all that follow. The argument
        `initial` moves nothing later.
    interval
        Where the result stays: `x` between the least and greatest that the arguments
        in `x` (else the first) ever are; `0x` between these and 0; `sign` not below 0
        where none of them is, nor above; or between two numbers, `0,1`. Empty:
        anywhere.
    initial
        The number of the argument that only says where it starts, from 0; -1: none.
    has_memory
        Whether it depends on earlier times.
    """

    name: str
    least: int
    most: int
    units: str
    direction: str = "?"
    interval: str = ""
    initial: int = -1
    has_memory: bool = False
    vensim: tuple[str, ...] = ()
    xmile: tuple[str, ...] = ()

    def unit_of(self, argument: int) -> str:
        """Return the rule for the unit of an argument, counted from 0."""
        rules = self.units.partition(">")[0].split(",")
        return rules[min(argument, len(rules) - 1)]

    def direction_of(self, argument: int) -> str:
        """Return the direction for an argument, counted from 0; `0` if it has none."""
        if argument == self.initial:
            return "0"
        return self.direction[min(argument, len(self.direction) - 1)]


def _row(
    name: str,
    arity: tuple[int, int] | int,
    units: str,
    *,
    marks: str = "",
    interval: str = "",
    initial: int = -1,
    vensim: str | None = None,
    xmile: str = "",
) -> Builtin:
    """Return a row; `marks` holds the directions, and `m` for memory."""
    least, most = arity if isinstance(arity, tuple) else (arity, arity)
    own = name if vensim is None else vensim
    return Builtin(
        name,
        least,
        most,
        units,
        marks.removesuffix("m") or "?",
        interval,
        initial,
        "m" in marks,
        _names(own),
        _names(xmile),
    )


def _xmile(name: str, arity: tuple[int, int] | int, units: str, **rest: Any) -> Builtin:
    """Return the row of a function that only XMILE has, or that means another there."""
    return _row(f"xmile {name}", arity, units, vensim="", xmile=name, **rest)


def _names(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split("|") if part.strip())


_MATHEMATICS = (
    _row("abs", 1, "x>x", interval="0,inf"),
    _row("exp", 1, "1>1", marks="+", interval="0,inf"),
    _row("ln", 1, "1>1", marks="+", xmile="logn"),
    _row("log", (1, 2), "1>1"),
    _xmile("log10", 1, "1>1", marks="+"),
    _row("sqrt", 1, "?>?", marks="+", interval="0,inf"),
    _row("power", 2, "?,1>?"),
    _row("sin", 1, "1>1", interval="-1,1"),
    _row("cos", 1, "1>1", interval="-1,1"),
    _row("tan", 1, "1>1"),
    _row("arcsin", 1, "1>1", marks="+", interval="sign"),
    _row("arccos", 1, "1>1", marks="-", interval="0,4"),
    _row("arctan", 1, "1>1", marks="+", interval="sign"),
    _row("sinh", 1, "1>1", marks="+", interval="sign"),
    _row("cosh", 1, "1>1", interval="1,inf"),
    _row("tanh", 1, "1>1", marks="+", interval="-1,1"),
    _row("integer", 1, "x>x", marks="+", interval="0x"),
    _xmile("int", 1, "x>x", marks="+", interval="sign"),
    _xmile("round", 1, "x>x", marks="+", interval="sign"),
    _xmile("sign", 1, "x>1", marks="+", interval="-1,1"),
    _xmile("percent", 1, "1>1", marks="+", interval="sign"),
    _xmile("rootn", 2, "?,1>?"),
    _row("quantum", 2, "x>x", marks="+?", interval="sign"),
    _row("modulo", 2, "x>x"),
    _xmile("mod", 2, "x>x"),
    _row("min", (1, ANY), "x>x", marks="+", interval="x"),
    _row("max", (1, ANY), "x>x", marks="+", interval="x"),
    _row("zidz", 2, "x,y>x/y"),
    _row("xidz", 3, "x,y,x/y>x/y"),
    _xmile("safediv", (2, 3), "x,y,x/y>x/y"),
    _row("if then else", 3, "1,x,x>x", marks="?+", interval="x"),
    _row("x if missing", 2, "x,x>x", interval="x", vensim="x if missing|if missing"),
    _row("gamma ln", 1, "1>1", xmile="gammaln"),
    _xmile("factorial", 1, "1>1", interval="0,inf"),
    _xmile("combinations", 2, "1>1"),
    _xmile("permutations", 2, "1>1"),
    _xmile("normalcdf", (2, 4), "x>1", interval="0,1"),
    _xmile("invnorm", 1, "1>1", marks="+"),
    _row("pi", 0, "?>1", vensim="", xmile="pi"),
    _xmile("cgrowth", 1, "1>1/t", marks="+"),
    _xmile("sinwave", 2, "x,t>x"),
    _xmile("coswave", 2, "x,t>x"),
    _xmile("pmt", (3, 4), "1,1,x,x>x"),
    _xmile("pv", (3, 4), "1,1,x,x>x"),
    _xmile("fv", (3, 4), "1,1,x,x>x"),
)

_ARRAYS = (
    _row("sum", 1, "x>x", marks="+", interval="sign"),
    _row("prod", 1, "?>?"),
    _row("vmin", 1, "x>x", marks="+", interval="x"),
    _row("vmax", 1, "x>x", marks="+", interval="x"),
    _xmile("mean", (1, ANY), "x>x", marks="+", interval="x"),
    _xmile("stddev", 1, "x>x", interval="0,inf"),
    _xmile("size", 1, "?>1", interval="0,inf"),
    _xmile("rank", (2, 3), "x,1,?>1"),
    _xmile("interpolate", (2, ANY), "x,1>x", interval="x"),
    _row("elmcount", 1, "?>1", interval="0,inf"),
    _row("vector select", 5, "1,x,x,1>?"),
    _row("vector sort order", 2, "x,1>1"),
    _row("vector rank", 2, "x,1>1"),
    _row("vector reorder", 2, "x,1>x", marks="+?", interval="x"),
    _row("vector elm map", 2, "x,1>x"),
    _row("invert matrix", (1, 2), "x,?>1/x"),
    _row("allocate available", 3, "x,?,x>x", marks="??+"),
    _row("allocate by priority", 5, "x,y,1,y,x>x", marks="????+"),
    _row("find market price", 4, "x,?,x,?>?"),
    _row("demand at price", 3, "x,?,?>x"),
    _row("supply at price", 3, "x,?,?>x"),
)

_TIME = (
    _row("step", 2, "x,t>x", marks="+?", interval="0x"),
    _row("ramp", 3, "x/t,t>x", marks="+??"),
    _xmile("ramp", (1, 3), "x/t,t>x", marks="+??"),
    _row("pulse", 2, "t>1", interval="0,1", xmile="vensim pulse"),
    _xmile("pulse", (1, 3), "x,t>x/t", marks="+?", interval="sign"),
    _row("pulse train", 4, "t>1", interval="0,1"),
    _row("time base", 2, "?>?"),
    _row("get time value", 3, "t,t,1>t"),
    _xmile("counter", 2, "?>?"),
)

_MEMORY = (
    _row("integ", 2, "x/t,x>x", marks="+m", initial=1),
    _row("sinteg", 7, "x/t,x,x,x,x,x,x>x", marks="+m", initial=1),
    _row("shift if true", 5, "x,1,1,1,x>x", marks="m", interval="sign"),
    _row("initial", 1, "x>x", marks="m", interval="x", initial=0, xmile="init"),
    _row("reinitial", 1, "x>x", marks="m", interval="x", initial=0),
    _row("active initial", 2, "x>x", marks="+", interval="x", initial=1),
    _row("sample if true", 3, "1,x,x>x", marks="?+m", interval="x", initial=2),
    _xmile("previous", (1, 2), "x>x", marks="+m", interval="x"),
    _xmile("history", 2, "x,t>x", marks="+?m", interval="0x"),
    _xmile("endval", (1, 2), "x>x", marks="m"),
    _xmile("derivn", 2, "x,1>?", marks="m"),
    _row("smooth", 2, "x,t>x", marks="+?m", interval="x"),
    _row("smoothi", 3, "x,t,x>x", marks="+?m", interval="x", initial=2),
    _xmile("smth1", (2, 3), "x,t,x>x", marks="+?m", interval="x", initial=2),
    _row("smooth3", 2, "x,t>x", marks="+?m", interval="x"),
    _row("smooth3i", 3, "x,t,x>x", marks="+?m", interval="x", initial=2),
    _xmile("smth3", (2, 3), "x,t,x>x", marks="+?m", interval="x", initial=2),
    _row("smooth n", 4, "x,t,x,1>x", marks="+?m", interval="x", initial=2),
    _xmile("smthn", (3, 4), "x,t,1,x>x", marks="+?m", interval="x", initial=3),
    _row("delay1", 2, "x,t>x", marks="+?m", interval="sign"),
    _row("delay1i", 3, "x,t,x>x", marks="+?m", interval="sign", initial=2),
    _xmile("delay1", (2, 3), "x,t,x>x", marks="+?m", interval="sign", initial=2),
    _row("delay3", 2, "x,t>x", marks="+?m", interval="sign"),
    _row("delay3i", 3, "x,t,x>x", marks="+?m", interval="sign", initial=2),
    _xmile("delay3", (2, 3), "x,t,x>x", marks="+?m", interval="sign", initial=2),
    _row("delay n", 4, "x,t,x,1>x", marks="+?m", interval="sign", initial=2),
    _xmile("delayn", (3, 4), "x,t,1,x>x", marks="+?m", interval="sign", initial=3),
    _row("delay fixed", 3, "x,t,x>x", marks="+?m", interval="x", initial=2),
    _xmile("delay", (2, 3), "x,t,x>x", marks="+?m", interval="x", initial=2),
    _row("delay information", 3, "x,t,x>x", marks="+?m", interval="x", initial=2),
    _row("delay material", 4, "x,t,x,x>x", marks="+?m", interval="sign", initial=2),
    _row("delay batch", 6, "x,?,t,x>x", marks="m"),
    _row("delay conveyor", 6, "x,t,1,1,x,t>x", marks="m", initial=4),
    _row("trend", 3, "x,t,1/t>1/t", marks="m", initial=2),
    _xmile("trend", (2, 3), "x,t,1/t>1/t", marks="m", initial=2),
    _row("forecast", 3, "x,t,t>x", marks="m", vensim="forecast"),
    _xmile("forcst", (3, 4), "x,t,t,1/t>x", marks="m", initial=3),
    _row("npv", 4, "x/t,1/t,x,1>x", marks="m", initial=2),
    _row("npve", 4, "x/t,1/t,x,1>x", marks="m", initial=2),
    _xmile("npv", (2, 3), "x/t,1/t,1>x", marks="m"),
    _row("delayp", 2, "x,t>x", marks="+?m", interval="sign"),
    _row("depreciate by schedule", 5, "x/t,1,x,t,t>x/t", marks="m"),
    _row("depreciate straightline", 4, "x/t,t,1,x/t>x/t", marks="+?m"),
    _row("game", 1, "x>x", marks="+", interval="x"),
)  # fmt: skip

_DATA = (
    _row("with lookup", 2, "l,?>?"),
    _row("lookup extrapolate", 2, "x,l>x"),
    _row("lookup forward", 2, "x,l>x"),
    _row("lookup backward", 2, "x,l>x"),
    _row("lookup invert", 2, "x,x>?", xmile="lookupinv"),
    _row("lookup area", 3, "x,l>?"),
    _row("lookup slope", 3, "x,l,?>?"),
    _xmile("lookup", 2, "x,l>x"),
    _xmile("lookuparea", 2, "x,l>?"),
    _xmile("lookupmean", 1, "x>x"),
    _row("time shift", 2, "x,t>x"),
    _row("get data at time", 2, "x,t>x"),
    _row("get data between times", 3, "x,t,1>x"),
    _row("get data first time", 1, "?>t"),
    _row("get data last time", 1, "?>t"),
    _row("get data max", 3, "x,t>x"),
    _row("get data min", 3, "x,t>x"),
    _row("get data mean", 3, "x,t>x"),
    _row("get direct constants", 3, "?>?", vensim="get direct constants"),
    _row("get xls constants", 3, "?>?", vensim="get xls constants|get 123 constants"),
    _row("get vdf constants", 3, "?>?"),
    _row("get direct data", 4, "?>?"),
    _row("get xls data", 4, "?>?", vensim="get xls data|get 123 data"),
    _row("get vdf data", (2, 5), "?>?"),
    _row("get direct lookups", 4, "?>?"),
    _row("get xls lookups", 4, "?>?", vensim="get xls lookups|get 123 lookups"),
    _row("get direct subscript", 5, "?>?"),
    _row("get xls subscript", 5, "?>?"),
)

_RANDOM = (
    _row("random 0 1", 0, "?>1", interval="0,1"),
    _row("random uniform", 3, "x,x,?>x", interval="x"),
    _row("random normal", 5, "x,x,x,x,?>x", interval="x"),
    _row("random exponential", 5, "x,x,x,x,?>x", interval="x"),
    _row("random lognormal", 5, "x,x,x,x,?>x", interval="x", vensim="random lognormal"),
    _row("random poisson", (5, 6), "x,x,x,x,x,?>x", interval="x"),
    _row("random binomial", 7, "x,x,1,1,x,x,?>x", interval="x"),
    _row("random negative binomial", 7, "x,x,1,1,x,x,?>x", interval="x"),
    _row("random beta", 7, "x,x,1,1,x,x,?>x", interval="x"),
    _row("random gamma", 6, "x,x,1,x,x,?>x", interval="x"),
    _row("random weibull", 6, "x,x,1,x,x,?>x", interval="x"),
    _row("random triangular", 6, "x,x,x,x,x,?>x", interval="x"),
    _row("random pink noise", 4, "x,x,t,?>x", marks="m"),
    _row(
        "xmile random",
        (2, 4),
        "x,x,?>x",
        interval="x",
        vensim="",
        xmile="random|uniform",
    ),
    _xmile("normal", (2, 6), "x,x,?,x>x"),
    _xmile("lognormal", (2, 4), "x,x,?>x"),
    _xmile("exprnd", (1, 3), "x,?>x", interval="0,inf"),
    _xmile("poisson", (1, 5), "x,?>x", interval="0,inf"),
    _xmile("montecarlo", (1, 2), "1/t,?>1", interval="0,1"),
    _xmile("binomial", (2, 4), "1,1,?>1"),
    _xmile("negbinomial", (2, 4), "1,1,?>1"),
    _xmile("geometric", (1, 3), "1,?>1", interval="0,inf"),
    _xmile("beta", (2, 4), "1,1,?>1"),
    _xmile("gamma", (2, 4), "1,x,?>x"),
    _xmile("weibull", (2, 4), "1,x,?>x"),
    _xmile("pareto", (2, 4), "1,x,?>x"),
    _xmile("logistic", (2, 4), "x,x,?>x"),
    _xmile("triangular", (3, 5), "x,x,x,?>x"),
)

#: By name.
BUILTINS: Mapping[str, Builtin] = {
    row.name: row
    for rows in (_MATHEMATICS, _ARRAYS, _TIME, _MEMORY, _DATA, _RANDOM)
    for row in rows
}

#: Functions that are known and not run, each with what to do instead.
REFUSED: Mapping[str, str] = {
    "a function of": "The variable has no equation yet: write it.",
    "simultaneous": "Solve the equations for the variable, or use a stock.",
    "find zero": "Solve the equation for the variable, or let a stock seek the goal.",
    "marketp": "Use ALLOCATE AVAILABLE.",
    "net present value": "Use NPV, or NPVE.",
    "internal rate of return": "Compute it from the results.",
    "alloc p": "Use ALLOCATE AVAILABLE.",
    "cumulate": "Sum the data up in a stock.",
    "cumulatef": "Sum the data up in a stock.",
    "delay profile": "Use a delay of some order, or DELAY CONVEYOR.",
    "get odbc": "Save the data as CSV, and read them with GET DIRECT DATA.",
    "task": "It belongs to Vensim's project functions; write it with stocks.",
    "random lookup": "Use LOOKUP INVERT of the cumulative curve at RANDOM 0 1.",
    "sshape": "Write the curve as a lookup.",
    "cohort": "It belongs to Vensim DSS; write each cohort as a stock.",
    "vector lookup": "Use a subscripted lookup.",
    "tabbed array": "It stands alone, right of an equals sign.",
    "queue fifo": "Queues are not run; use a stock with a delay.",
    "queue age": "Queues are not run; use a stock with a delay.",
    "queue attrib": "Queues are not run; use a stock with a delay.",
    "expbound": "Write the curve as a graphical function.",
    "irr": "Compute it from the results.",
    "mirr": "Compute it from the results.",
    **dict.fromkeys(
        ("cap", "ctflow", "ctmax", "ctmean", "ctmin", "ctstddev", "cycletime",
         "qelem", "qlen", "throughput", "overflow", "ostate"),
        "It asks a queue, oven or conveyor about its parts; these are not kept.",
    ),
    **dict.fromkeys(
        ("pause", "interrupt", "runcount", "sensiruncount", "clocktime", "message"),
        "It steers the program that wrote the file, not the model.",
    ),
}  # fmt: skip


def _spellings(
    rows: Iterable[Builtin], language: Language
) -> Iterator[tuple[str, str]]:
    for row in rows:
        for spelling in row.vensim if language == "vensim" else row.xmile:
            yield spelling, row.name


_VENSIM = dict(_spellings(BUILTINS.values(), "vensim"))
_XMILE = {**_VENSIM, **dict(_spellings(BUILTINS.values(), "xmile"))}

#: XMILE's names that need no parentheses.
NAMES_ALONE = frozenset(("time", "dt", "starttime", "stoptime", "pi", "inf", "nan"))


def builtin(name: str, language: Language) -> Builtin | None:
    """Return the function that a language calls by a name in its canonical spelling.

    XMILE files may call Vensim's functions too, as programs that export them do; where
    a name is in both, the file's language decides.
    """
    found = (_VENSIM if language == "vensim" else _XMILE).get(name)
    return BUILTINS[found] if found else None


def names(language: Language) -> list[str]:
    """Return all names of functions that a language has, in capitals."""
    return [name.upper() for name in (_VENSIM if language == "vensim" else _XMILE)]
