"""What in a quantity goes with neither the model nor the ledger.

A name that nothing answers to would leave the quantity unscored without a word.
"""

from collections.abc import Iterable, Iterator
from itertools import pairwise

from cqsim.errors import did_you_mean
from cqsim.model.model import Model
from cqsim.study.name_check import expression_faults, subscript_faults
from cqsim.study.published import Publications
from cqsim.study.quantity import Quantity
from cqsim.tomlfile import Document, Fault
from cqsim.tomlspans import Key

OBSERVED = ("observed", "observed_numerator", "observed_denominator")


def quantity_faults(
    document: Document,
    place: Key,
    quantity: Quantity,
    model: Model,
    publications: Publications,
) -> Iterator[Fault]:
    """Yield what is wrong with a quantity that stands at a place of a document."""
    for key in ("numerator", "denominator"):
        text = getattr(quantity, key)
        yield from expression_faults(document, (*place, key), model, text)
    yield from subscript_faults(document, (*place, "along"), model, quantity.along)
    for key in OBSERVED:
        names = [name] if (name := getattr(quantity, key)) else []
        yield from observed_faults(document, (*place, key), names, publications)
    if bool(quantity.observed_numerator) != bool(quantity.observed_denominator):
        what = "observed_numerator and observed_denominator go together"
        yield document.fault(place, what, "Give both or neither.")
    for standing in quantity.stands_for.values():
        if standing not in publications.scopes:
            what = f"there is no scope '{standing}'"
            remedy = did_you_mean(standing, list(publications.scopes))
            where = (*place, "stands_for")
            yield document.fault(where, what, remedy, value=True)
    years = [year for year, _ in quantity.stand_in]
    if any(later <= year for year, later in pairwise(years)):
        what = "the years of stand_in do not rise"
        remedy = "Put them in order, each once."
        yield document.fault((*place, "stand_in"), what, remedy, value=True)


def observed_faults(
    document: Document, place: Key, names: Iterable[str], publications: Publications
) -> Iterator[Fault]:
    """Yield each name of which the ledger has no value."""
    for name in names:
        if name not in publications.variables:
            what = f"the ledger has no variable '{name}'"
            remedy = did_you_mean(name, sorted(publications.variables))
            yield document.fault(place, what, remedy, value=True)


def place_faults(
    document: Document,
    place: Key,
    quantity: Quantity,
    names: Iterable[str],
    publications: Publications,
) -> Iterator[Fault]:
    """Yield each name of an area for which the model could not answer."""
    for name in names:
        if name in quantity.stands_for or name in publications.scopes:
            continue
        if name in publications.areas:
            what = f"the model holds no area '{name}'"
            remedy = f"Say what answers for it: stands_for = {{ {name} = … }}."
        else:
            what = f"there is no area '{name}'"
            known = {*publications.scopes, *publications.areas}
            remedy = did_you_mean(name, sorted(known))
        yield document.fault(place, what, remedy, value=True)
