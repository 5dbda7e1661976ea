"""What a reader of a sweep's results needs beside the numbers: titles and demands."""

from collections.abc import Mapping
from typing import Any

from cqsim.case.glossary import read_glossary
from cqsim.case.levers import Levers
from cqsim.case.targets import Target
from cqsim.study.sweep_file import Sweep
from cqsim.study.sweep_input import SweepInput


def description_of(sweep: Sweep) -> dict[str, Any]:
    """Return titles, units and demands as plain data."""
    words = _words(sweep)
    levers = sweep.bases[0].known_levers
    used = {target.indicator for target in sweep.rules.targets.values()}
    used |= set(sweep.record.indicators)
    used |= {
        each.indicator
        for target in sweep.rules.targets.values()
        for each in target.alternatives
        if each.indicator
    }
    return {
        "id": sweep.id,
        "path": sweep.path.as_posix(),
        "title": dict(sweep.title),
        "share": SHARE["posterior" if sweep.is_weighed else "ranges"],
        "posterior": _posterior(sweep),
        "draws": sweep.posterior.effective if sweep.posterior else None,
        "bases": {base.id: dict(base.title) for base in sweep.bases},
        "inputs": {given.id: _input(given, words, levers) for given in sweep.inputs},
        "target_order": list(sweep.rules.targets),
        "input_order": [given.id for given in sweep.inputs],
        "targets": {
            target.id: _target(target, sweep) for target in sweep.rules.targets.values()
        },
        "indicators": {
            name: {
                "title": its.title.model_dump(),
                "unit": its.unit,
                "decimals": its.decimals,
            }
            for name, its in sweep.rules.indicators.items()
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
        "run_id": drawn.made.run_id,
        "stale": drawn.made.stale,
    }


def _words(sweep: Sweep) -> Mapping[str, Mapping[str, str]]:
    path = sweep.bases[0].model.path.parent / "glossary.csv"
    if not path.is_file():
        return {}
    return {
        entry.name.casefold(): {"zh": entry.zh, "en": entry.en}
        for entry in read_glossary(path).values()
    }


def _input(
    given: SweepInput, words: Mapping[str, Mapping[str, str]], levers: Levers
) -> dict[str, Any]:
    known = words.get(given.constant.casefold(), {})
    if given.lever:
        known = levers[given.lever].title.model_dump()
    place = given.id[given.id.index("[") :] if "[" in given.id else ""
    return {
        "title": {
            language: f"{known.get(language) or given.id}{place if known else ''}"
            for language in ("zh", "en")
        },
        "unit": given.unit,
        "apply": given.apply,
    }


def _target(target: Target, sweep: Sweep) -> dict[str, Any]:
    """Return what a target requires: itself, by reading, and by alternative."""
    indicator = sweep.rules.indicators[target.indicator]
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
