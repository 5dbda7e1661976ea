"""The results of `cqsim check`, stored with the model, since checks take long.

Whether the findings are of the model as it is now, the hash of its files says.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import ValidationError

from cqsim.credibility.rulebook import CheckResult, Group
from cqsim.credibility.skill import Skill
from cqsim.engine.identity import sha256
from cqsim.report.bundle import MODEL, VALIDATION, model_files, write_whole
from cqsim.tomlschema import Frozen


class CheckOutcome(Frozen):
    """One check; of a skill only whether it holds, its numbers are in a score."""

    group: Group
    title: str
    holds: bool
    is_gate: bool


class AreaScore(Frozen):
    """Root mean square errors of the model and two naive forecasts, whole area.

    `wins` of `regions` are those in which the model is better than both.
    """

    title: str
    unit: str
    place: str
    count: int
    model: float
    last: float
    line: float
    wins: int
    regions: int


class HindcastScore(Frozen):
    """The score of a run from the first census: places within the limit, the worst."""

    title: str
    within: int
    count: int
    limit: float
    unit: str
    place: str
    year: int
    worst: float


class Validation(Frozen):
    """Stored results of checks; `of` is the hash of the model's files checked."""

    of: str
    checks: tuple[CheckOutcome, ...]
    scores: tuple[AreaScore, ...]
    misses: tuple[HindcastScore, ...]
    is_current: bool = True


def digest(files: Mapping[str, bytes]) -> str:
    """Return one hash of a model's files in an archive, but for the stored results."""
    kept = [n for n in files if n.startswith(MODEL) and n != f"{MODEL}{VALIDATION}"]
    return sha256("\n".join(f"{n} {sha256(files[n])}" for n in sorted(kept)).encode())


def write_validation(
    path: Path, findings: Sequence[CheckResult], skill: Skill | None
) -> Path:
    """Write the results of checks into the folder of their model; return the file.

    Raises
    ------
    OutputError
        It cannot be written.
    """
    kept = Validation(
        of=digest(model_files(path.parent)),
        checks=tuple(
            CheckOutcome(group=f.group, title=f.title, holds=f.holds, is_gate=f.is_gate)
            for f in findings
        ),
        scores=tuple(_scores(skill)) if skill else (),
        misses=tuple(_misses(skill)) if skill else (),
    )
    text = json.dumps(
        kept.model_dump(exclude={"is_current"}), ensure_ascii=False, indent=1
    )
    target = path.parent / VALIDATION
    write_whole(target, f"{text}\n".encode())
    return target


def read_validation(files: Mapping[str, bytes]) -> Validation | None:
    """Return stored results among the inputs of a report; None if none can be read.

    `is_current` says whether it is of the model as it is among these inputs.
    """
    content = files.get(f"{MODEL}{VALIDATION}")
    if content is None:
        return None
    try:
        kept = Validation.model_validate_json(content)
    except ValidationError:
        return None
    return kept.model_copy(update={"is_current": kept.of == digest(files)})


def _scores(skill: Skill) -> list[AreaScore]:
    origin = skill.plan.jump_off
    known = {series.id: series for series in skill.plan.series}
    found = []
    for area in skill.areas:
        if area.origin != origin:
            continue
        wins, regions = skill.win_rate(area.series, origin)
        found.append(
            AreaScore(
                title=known[area.series].title,
                unit=known[area.series].unit,
                place=area.place,
                count=area.count,
                model=area.rmse,
                last=area.rmse_last,
                line=area.rmse_line,
                wins=wins,
                regions=regions,
            )
        )
    return found


def _misses(skill: Skill) -> list[HindcastScore]:
    found = []
    for hindcast in skill.plan.hindcast:
        own = [m for m in skill.misses if m.hindcast == hindcast.id]
        if not own:
            continue
        worst = max(own, key=lambda m: abs(m.miss))
        times = 1.0 if hindcast.absolute else 100.0
        found.append(
            HindcastScore(
                title=hindcast.title,
                within=sum(m.is_within for m in own),
                count=len(own),
                limit=times * hindcast.limit,
                unit="points" if hindcast.absolute else "%",
                place=worst.place,
                year=worst.year,
                worst=times * worst.miss,
            )
        )
    return found
