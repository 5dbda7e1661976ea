"""The metadata of a sweep's results: titles, units and requirements."""

from collections.abc import Mapping
from typing import Any

from cqsim.case.case import Case
from cqsim.case.targets import Target
from cqsim.study.inputs import SweepInput
from cqsim.study.sweep import Sweep


def description_of(sweep: Sweep) -> dict[str, Any]:
    """Return titles, units and demands as plain data."""
    used = {target.indicator for target in sweep.case.judged_targets.values()}
    used |= set(sweep.record.indicators)
    used |= {
        each.indicator
        for target in sweep.case.judged_targets.values()
        for each in target.alternatives
        if each.indicator
    }
    return {
        "id": sweep.id,
        "path": sweep.path.as_posix(),
        "title": dict(sweep.title),
        "share": SHARE["posterior" if sweep.is_probability else "ranges"],
        "posterior": _posterior(sweep),
        "draws": sweep.posterior.effective if sweep.posterior else None,
        "bases": {base.id: dict(base.title) for base in sweep.bases},
        "inputs": {given.id: _input(given, sweep.case) for given in sweep.inputs},
        "target_order": list(sweep.case.judged_targets),
        "input_order": [given.id for given in sweep.inputs],
        "targets": {
            target.id: _target(target, sweep)
            for target in sweep.case.judged_targets.values()
        },
        "indicators": {
            name: {
                "title": its.title.model_dump(),
                "unit": its.unit,
                "decimals": its.decimals,
            }
            for name, its in sweep.case.indicators.items()
            if name in used
        },
    }


SHARE = {
    "posterior": {"zh": "概率", "en": "probability"},
    "ranges": {"zh": "占抽样情形的比例", "en": "share of sampled futures"},
}
"""What a share of runs is called; of ranges nobody weighed it is no probability."""


def _posterior(sweep: Sweep) -> dict[str, Any] | None:
    """Return where the draws of a posterior are from."""
    if sweep.posterior is None:
        return None
    drawn = sweep.posterior
    return {
        "file": drawn.name,
        "sha256": drawn.sha256,
        "draws": len(drawn.draws),
        "run_id": drawn.provenance.run_id,
        "stale": drawn.provenance.run_id != drawn.provenance.current_id,
    }


def _input(given: SweepInput, case: Case) -> dict[str, Any]:
    """Return the words and the unit of an input."""
    words: Mapping[str, str] = {}
    terms = {term.name.casefold(): term for term in case.glossary.values()}
    if given.lever:
        words = case.levers[given.lever].title.model_dump()
    elif term := terms.get(given.constant.casefold()):
        words = {"zh": term.zh, "en": term.en}
    place = given.id[given.id.index("[") :] if "[" in given.id else ""
    return {
        "title": {
            language: f"{words[language]}{place}" if words.get(language) else given.id
            for language in ("zh", "en")
        },
        "unit": given.unit,
        "apply": given.apply,
    }


def _target(target: Target, sweep: Sweep) -> dict[str, Any]:
    """Return what a target requires: itself, by reading, and by alternative."""
    indicator = sweep.case.indicators[target.indicator]
    return {
        "title": target.title.model_dump(),
        "indicator": target.indicator,
        "class": target.evidence,
        "scope": target.scope,
        "year": target.year,
        "operator": target.operator,
        "required": target.value,
        "unit": target.unit,
        "readings": {r.id: r.threshold for r in target.readings},
        "alternatives": {
            each.id: {
                "operator": each.operator or target.operator,
                "required": target.value if each.value is None else each.value,
            }
            for each in target.alternatives
        },
        "weather": {w.id: w.deviation for w in indicator.weather},
    }
