"""case.toml: title, model, years and classes of targets of a case."""

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from cqsim.tomlschema import Frozen, Name, Text, Year, Years


def _compiles(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        what = f"be a regular expression ({error})"
        raise ValueError(what) from None
    return pattern


class CaseYears(Frozen):
    """The years of a case: base, end of the plan, outlook, and those of its tables.

    Runs start in `base`, whose prices are constant; `known_until` is the last year
    whose figures the model knows. A plan ends in `plan_end`, and looks ahead to
    `outlook`. No target is for a year after
    `last`. Tables show the years of `key`.
    """

    base: Year
    known_until: Year
    plan_end: Year
    outlook: Year
    last: Year
    key: Years
    censuses: tuple[Year, ...] = ()

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        years = (self.base, self.known_until, self.plan_end, self.outlook, self.last)
        if list(years) != sorted(years):
            what = "have base, known_until, plan_end, outlook and last in this order"
            raise ValueError(what)
        return self

    @property
    def plan(self) -> tuple[int, ...]:
        """The plan's own year and the year that it looks ahead to; one if the same."""
        return tuple(dict.fromkeys((self.plan_end, self.outlook)))

    @property
    def ahead(self) -> tuple[int, ...]:
        """The years of `key` from the end of the plan to its outlook."""
        return tuple(y for y in self.key if self.plan_end <= y <= self.outlook)


class TargetClass(Frozen):
    """A class of targets: its titles, and the fields that a target of it must have.

    Attributes
    ----------
    title, plural, heading, meaning
        Words for one such target, for several, over their table, and what it means.
    gloss
        What a table in a terminal says after the id.
    clause
        The form of the clause that an entry names; without it an entry names none.
    needs
        Keys that an entry must have. A quote may be missing where it is unconfirmed;
        a `plan_number` must stand in the quote.
    title_says
        Words that the titles must hold.
    excluded_themes
        Themes of indicators that the document sets no number for.
    explains_other_scope
        Whether an entry needs its reasoning where `scope` is not `own_scope`.
    headline, proxy
        Whether these are the numbers of the plan itself, or stand for words of it.
    own
        Whether targets of a scenario are of this class; one class is.
    """

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
    title: Text
    plural: Text
    heading: Text
    meaning: Text
    gloss: Name
    clause: Annotated[str, AfterValidator(_compiles)] = ""
    needs: tuple[Literal["quote", "plan_number", "reasoning"], ...] = ()
    title_says: Text | None = None
    excluded_themes: tuple[Name, ...] = ()
    explains_other_scope: bool = False
    headline: bool = False
    proxy: bool = False
    own: bool = False


class Wording(Frozen):
    """Words that qualify a number: `vague` ones leave open what it is exactly."""

    exact: tuple[Name, ...] = ()
    vague: tuple[Name, ...] = ()


class About(Frozen):
    """The content of case.toml."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*$", max_length=60)]
    title: Text
    model: Name
    regions: Name = "region"
    years: CaseYears
    wording: Wording = Wording()
    classes: tuple[TargetClass, ...] = Field(alias="class", min_length=1)

    @model_validator(mode="after")
    def _one_class_is_own(self) -> Self:
        ids = [each.id for each in self.classes]
        if len(set(ids)) < len(ids):
            what = "have classes with different ids"
            raise ValueError(what)
        if sum(each.own for each in self.classes) != 1:
            what = "have one class with own = true, that of a scenario's own targets"
            raise ValueError(what)
        return self
