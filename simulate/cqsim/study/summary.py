"""The summary of a finished sweep, computed once and cached in its folder."""

import csv
import io
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from hashlib import sha256
from typing import Any

from cqsim.cache import code_digest
from cqsim.engine.identity import file_sha256
from cqsim.study.attainment import Attainment, RegionalAttainment, attainments
from cqsim.study.discovery import Discovery, discover
from cqsim.study.disk import write_file
from cqsim.study.execute import SweepStatus
from cqsim.study.results import SweepResults
from cqsim.study.store import DESCRIPTION, FINISHED

CACHED = "summary.json"

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
EXACT = 200_000
"""Points that quantiles are taken of; with more they move by less than is shown."""


@dataclass(frozen=True, slots=True)
class Fan:
    """An indicator in one year of all runs of a scenario.

    Attributes
    ----------
    quantiles
        At 5, 25, 50, 75 and 95 % of the runs.
    required
        By target of this indicator and scope: where a straight path from the median of
        the first year to the target stands in this year.
    """

    scenario: str
    indicator: str
    scope: str
    year: int
    quantiles: tuple[float, ...]
    required: dict[str, float]


@dataclass(frozen=True, slots=True)
class Peak:
    """The share of runs in which an indicator is highest in one year.

    `last` marks the last year of the runs: it may go on rising after it.
    """

    scenario: str
    indicator: str
    scope: str
    year: int
    share: float
    last: bool


@dataclass(frozen=True, slots=True)
class SweepSummary:
    """The summary of a finished sweep.

    Attributes
    ----------
    word
        What a share of runs is called, by language.
    lost
        How many runs diverged; they meet no target.
    faults
        What was cached of it and did not hold, one sentence each.
    """

    word: Mapping[str, str]
    targets: tuple[Attainment, ...]
    matrix: tuple[RegionalAttainment, ...]
    fans: tuple[Fan, ...]
    peaks: tuple[Peak, ...]
    discovery: Discovery
    lost: int
    faults: tuple[str, ...] = ()


def summarise(sweep: SweepResults) -> SweepSummary:
    """Return the summary of a sweep, and write it as CSV files into its folder.

    A cached summary that is still valid is not computed again.

    Raises
    ------
    StoreError
        The files cannot be written.
    """
    cached, fault = read_summary(sweep)
    if cached is not None:
        return cached
    has_targets, has_paths = (n in sweep.tables for n in ("targets", "indicators"))
    targets, matrix = attainments(sweep) if has_targets else ([], [])
    diverged = sweep.diverged
    summary = SweepSummary(
        sweep.description["share"],
        tuple(targets),
        tuple(matrix),
        tuple(fans(sweep)) if has_paths else (),
        tuple(peaks(sweep)) if has_paths else (),
        discover(sweep, targets) if has_targets else Discovery((), 0),
        len(diverged),
    )
    text = diverged.reset_index().to_csv(index=False, lineterminator="\n")
    cache_summary(sweep, summary, {**_tables(summary), "diverged.csv": text})
    return replace(summary, faults=(fault,)) if fault else summary


def fans(sweep: SweepResults) -> list[Fan]:
    """Return the quantiles of every indicator that the sweep recorded.

    They are exact up to so many points, and beyond those of as many of the points.
    """
    shown = ", ".join(str(q) for q in QUANTILES)
    # Exact quantiles keep their numbers in memory: one indicator and scope at a time.
    fewer, runs = sweep.sample(EXACT)
    chosen = "" if runs is None else "and run in (select unnest(?)) "
    rows = [
        row
        for place in places(sweep)
        for row in fewer.rows(
            "select scenario, indicator, scope, year, "
            f"quantile_cont(value, [{shown}]) from indicators "
            f"where indicator = ? and scope = ? {chosen}group by all order by all",
            place if runs is None else [*place, runs],
        )
    ]
    found = [
        Fan(scenario, indicator, scope, int(year), tuple(quantiles), {})
        for scenario, indicator, scope, year, quantiles in sorted(rows)
    ]
    starts: dict[tuple[str, str, str], Fan] = {}
    for fan in found:
        start = starts.setdefault((fan.scenario, fan.indicator, fan.scope), fan)
        fan.required.update(_required(sweep, fan, start))
    return found


def _required(sweep: SweepResults, fan: Fan, start: Fan) -> dict[str, float]:
    paths = {}
    for name, target in sweep.description["targets"].items():
        same = (target["indicator"], target["scope"]) == (fan.indicator, fan.scope)
        if same and start.year < target["year"] and fan.year <= target["year"]:
            done = (fan.year - start.year) / (target["year"] - start.year)
            first = start.quantiles[2]
            paths[name] = first + done * (target["required"] - first)
    return paths


def peaks(sweep: SweepResults) -> list[Peak]:
    """Return when the indicators that were recorded every year are highest.

    Of years with the same highest value the first counts.
    """
    query = (
        "with years as (select count(distinct year) as n, max(year) as last "
        "from indicators), tops as (select scenario, indicator, scope, run, "
        "arg_max(year, (value, -year)) as year from indicators "
        "where not suffix(indicator, 'peak_year') group by all "
        "having count(*) = (select n from years)) "
        "select scenario, indicator, scope, year, count(*), "
        "year = (select last from years) from tops group by all"
    )
    counts: Counter[tuple[str, str, str, int, bool]] = Counter()
    total: Counter[tuple[str, str, str]] = Counter()
    for block in sweep.blocks():
        for scenario, name, scope, year, count, last in block.rows(query):
            counts[scenario, name, scope, int(year), bool(last)] += count
            total[scenario, name, scope] += count
    order = {place: n for n, place in enumerate(places(sweep))}
    found = sorted(counts, key=lambda key: (order[key[1], key[2]], key))
    return [Peak(*key[:4], counts[key] / total[key[:3]], last=key[4]) for key in found]


def places(sweep: SweepResults) -> list[tuple[str, str]]:
    """Return the indicators and scopes that a sweep recorded."""
    query = "select distinct indicator, scope from indicators order by all"
    first = next(sweep.blocks())
    return [(str(name), str(scope)) for name, scope in first.rows(query)]


def cache_summary(
    sweep: SweepResults, summary: SweepSummary, tables: Mapping[str, str]
) -> None:
    """Write a summary into its sweep's folder, with its cache key and its tables.

    Parameters
    ----------
    tables
        The text of each CSV file that says the same in another form.

    Raises
    ------
    StoreError
        They cannot be written.
    """
    for name, text in tables.items():
        write_file(sweep.folder / name, text.encode())
    content = json.dumps(asdict(summary), ensure_ascii=False)
    note = {
        "key": _key(sweep),
        "sha256": sha256(content.encode()).hexdigest(),
        "tables": {name: file_sha256(sweep.folder / name) for name in tables},
        "content": content,
    }
    text = json.dumps(note, ensure_ascii=False)
    write_file(sweep.folder / CACHED, text.encode())


def read_summary(sweep: SweepResults) -> tuple[SweepSummary | None, str]:
    """Return the cached summary of a sweep; or None, and why it is not valid."""
    from pydantic import TypeAdapter

    path = sweep.folder / CACHED
    if not path.is_file():
        return None, ""
    damaged = f"{path}: it is damaged, and is made anew"
    try:
        note = json.loads(path.read_bytes())
        if note["key"] != _key(sweep):
            return None, f"{path}: it is of other data or code, and is made anew"
        if note["sha256"] != sha256(note["content"].encode()).hexdigest():
            return None, damaged
        for name, digest in note["tables"].items():
            table = sweep.folder / name
            if not table.is_file() or file_sha256(table) != digest:
                return None, f"{table}: it is missing or changed, and is made anew"
        return TypeAdapter(SweepSummary).validate_json(note["content"]), ""
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None, damaged


def _key(sweep: SweepResults) -> str:
    """Return a hash of all that a summary depends on: runs, titles and our code."""
    digest = sha256(code_digest("study", "judge").encode())
    for name in (FINISHED, DESCRIPTION):
        digest.update((sweep.folder / name).read_bytes())
    return digest.hexdigest()


def _tables(summary: SweepSummary) -> dict[str, str]:
    """Return the CSV files of a summary by name."""
    place = ("scenario", "indicator", "scope", "year")
    quantiles = [f"q{round(100 * q):02}" for q in QUANTILES]
    rows = [
        [*(getattr(fan, name) for name in place), *fan.quantiles, target, required]
        for fan in summary.fans
        for target, required in (fan.required.items() or [("", "")])
    ]
    return {
        "shares.csv": _table(Attainment, summary.targets),
        "matrix.csv": _table(RegionalAttainment, summary.matrix),
        "peaks.csv": _table(Peak, summary.peaks),
        "fans.csv": _csv([*place, *quantiles, "target", "required"], rows),
    }


def _table(kind: type, rows: Sequence[Any]) -> str:
    names = [field.name for field in fields(kind)]
    return _csv(names, [[getattr(row, name) for name in names] for row in rows])


def _csv(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(rows)
    return text.getvalue()


def sweep_record(status: SweepStatus, summary: SweepSummary | None) -> dict[str, Any]:
    """Return what `cqsim sweep --json` prints: the status and summary of a sweep."""
    found: dict[str, Any] = {
        "folder": status.folder.as_posix(),
        "runs": status.runs,
        "computed": status.computed,
        "missing": status.missing,
        "seconds": round(status.seconds, 3),
        "faults": list(status.damage),
    }
    if summary is None:
        return found
    return found | {
        "share": summary.word,
        "lost": summary.lost,
        "targets": [asdict(each) for each in summary.targets],
        "matrix": [asdict(each) for each in summary.matrix],
        "peaks": [asdict(peak) for peak in summary.peaks],
        "boxes": [
            {
                "scenario": each.scenario,
                "target": each.target,
                "missed": each.missed,
                "density": each.box.density,
                "coverage": each.box.coverage,
                "overlap": each.stability.overlap,
                "sides": list(each.stability.sides),
                "zh": each.zh,
                "en": each.en,
            }
            for each in summary.discovery.boxes
        ],
        "unstable_boxes": summary.discovery.dropped,
    }
