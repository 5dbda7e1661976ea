"""Expand calls of macros: each becomes variables besides the calling equation."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace

from cqsim.compile.expr import Expr, Table, call
from cqsim.compile.ir import Auxiliary, Lookup, Stock, value_over
from cqsim.compile.lower.scope import ZERO, Scope
from cqsim.compile.lower.tables import curves_named, kind_of_table
from cqsim.language.syntax import (
    Call,
    Definition,
    Expression,
    LookupTable,
    Macro,
    Reference,
    canonical,
    walk,
)
from cqsim.model.model import Model

#: Macros within macros, at most.
_DEEPEST = 20
#: Variables that the macros of a model come to, at most.
_MOST = 200_000


def lower_macro(scope: Scope, node: Call) -> Expr:
    """Return what a call of a macro gives; its variables have the call's indices.

    Raises
    ------
    InputFileError
        The macro holds what is not supported in a macro.
    """
    macro = scope.model.macros[canonical(node.function)]
    values, lookups = _arguments(scope, macro, node)
    inner = replace(scope, interpolation=None)
    prefix = scope.temporary_name()
    names = {canonical(d.name): f"{prefix}#{canonical(d.name)}" for d in macro.body}
    tables = [d for d in macro.body if isinstance(d.value, LookupTable)]
    own = {canonical(d.name) for d in tables}
    inner.locals = lookups | {key: Table(names[key], (), ZERO) for key in own}
    indices = scope.reachable(*values.values(), *lookups.values())
    inner.values = values | {
        key: value_over(name, indices) for key, name in names.items() if key not in own
    }
    for definition in (*tables, *(d for d in macro.body if d not in tables)):
        inner.equation = definition
        inner.offset = None
        _lower_definition(inner, names[canonical(definition.name)], definition)
    for output, name in zip(node.outputs, macro.outputs, strict=False):
        scope.define(output, inner.values[canonical(name)])
    return inner.values[canonical(macro.name)]


def _arguments(
    scope: Scope, macro: Macro, node: Call
) -> tuple[dict[str, Expr], dict[str, Table]]:
    """Return the arguments that are values, and those that are lookups."""
    values: dict[str, Expr] = {}
    lookups: dict[str, Table] = {}
    given = node.arguments
    left = len(macro.parameters) - len(given)
    arguments = (*given, *macro.defaults[len(macro.defaults) - left :])
    pairs = zip(macro.parameters, arguments, strict=True)
    for number, (parameter, argument) in enumerate(pairs):
        if number >= len(given):
            scope = replace(scope, values={**scope.values, **values})
        name = canonical(argument.name) if isinstance(argument, Reference) else ""
        is_lookup = name not in scope.values and scope.lowering.is_lookup(name)
        if is_lookup or name in scope.locals:
            found = curves_named(scope, argument)
            lookups[canonical(parameter)] = found.at(ZERO)
        else:
            values[canonical(parameter)] = scope.named(scope.lower(argument))
    return values, lookups


def _lower_definition(scope: Scope, name: str, definition: Definition) -> None:
    """Add one variable or lookup of a macro."""
    tree = definition.value
    if definition.subscripts or tree is None:
        what = f"'{definition.name}' of a macro has subscripts or no equation"
        scope.refuse(what, "Write it as an equation of one number.")
    if definition.non_negative and definition.element == "stock":
        what = f"the stock '{definition.name}' of a macro is non-negative"
        scope.refuse(what, "Bound its outflows in their equations.")
    if isinstance(tree, LookupTable):
        curve = scope.curve(tree.points)
        kind = kind_of_table(tree)
        scope.lowering.lookups[name] = Lookup(name, (), (curve,), kind)
        return
    outer = scope.values[canonical(definition.name)]
    indices = scope.reachable(outer)
    # The name stands in the list before its equation is lowered: temporary names count.
    scope.put(name, indices, Auxiliary, ZERO)
    if isinstance(tree, Call) and canonical(tree.function) == "integ":
        rate, initial = scope.lower_all(tree)
        scope.put(name, indices, Stock, initial, rate)
    else:
        value = scope.lower(tree)
        value = call("maximum", value, 0) if definition.non_negative else value
        scope.put(name, indices, Auxiliary, value)


def refuse_expansion(model: Model) -> None:
    """Refuse a model whose macros would come to too many variables, or to no end.

    Raises
    ------
    InputFileError
        With the equation that calls the macro.
    """
    if not model.macros:
        return
    calls = {
        name: _calls(model, (*(d.value for d in macro.body), *macro.defaults))
        for name, macro in model.macros.items()
    }
    own = {n: len(m.parameters) + len(m.body) for n, m in model.macros.items()}
    sizes, deep = dict.fromkeys(own, 0), set(calls)
    for _ in range(_DEEPEST):
        sizes = {
            name: min(
                _MOST + 1, own[name] + sum(n * sizes[i] for i, n in inner.items())
            )
            for name, inner in calls.items()
        }
        deep = {name for name, inner in calls.items() if deep & inner.keys()}
    _refuse_called(model, sizes, deep)


def _refuse_called(model: Model, sizes: Mapping[str, int], deep: set[str]) -> None:
    total = 0
    for _, equation in model.equations():
        called = _calls(model, (equation.value,))
        if deep & called.keys():
            name = model.macros[min(deep & called.keys())].name
            what = f"the macro '{name}' calls itself, or lies too deep in others"
            raise equation.fault(what, "A macro can't call itself.")
        total += sum(count * sizes[name] for name, count in called.items())
        if total > _MOST:
            what = f"the model's macros come to more than {_MOST} variables"
            raise equation.fault(what, "Use fewer macros within macros.")


def _calls(model: Model, trees: Iterable[Expression | None]) -> Counter[str]:
    """Return how often each macro is called in some right sides."""
    return Counter(
        canonical(node.function)
        for tree in trees
        if tree is not None
        for node in walk(tree)
        if isinstance(node, Call) and canonical(node.function) in model.macros
    )
