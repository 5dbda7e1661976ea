"""Outturns beside verdicts: what came of a target, and whether the run said so."""

from dataclasses import dataclass

from cqsim.case.case import Case
from cqsim.case.targets import Target
from cqsim.judge.verdicts import Status, is_met, margin_of
from cqsim.ledger.outturns import Outturn


@dataclass(frozen=True, slots=True)
class JudgedOutturn:
    """The last outturn of a target.

    Attributes
    ----------
    met
        Whether the target was met; None where that is not known yet: the number is of
        an earlier year in which a target cannot be met, or is not, or of another place.
    agrees
        Whether the run has the same verdict; None where either has none.
    """

    outturn: Outturn
    met: bool | None
    agrees: bool | None


def outturn_of(
    case: Case, target: Target, status: Status | None = None
) -> JudgedOutturn | None:
    """Return what came of a target, beside the status that a run gave it, if any.

    None where nothing is published.
    """
    rows = case.outturns.get(target.id, ())
    if not rows:
        return None
    last = max(rows, key=lambda row: row.year)
    met = _met(target, last)
    told = None if met is None or status is None else met == status.met
    return JudgedOutturn(last, met, told)


def _met(target: Target, outturn: Outturn) -> bool | None:
    if outturn.place != target.own_scope:
        return None
    reached = is_met(margin_of(outturn.value, target.operator, target.value))
    is_known = outturn.year >= target.year or (reached and target.early)
    return reached if is_known else None
