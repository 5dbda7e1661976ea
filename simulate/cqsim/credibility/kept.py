"""Forecasts that were made before the years they are for, kept as they were.

Each set is a CSV in `forecasts/` whose name ends with the beginning of the SHA-256 of
its bytes, so that nobody can improve a forecast once the year is known.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from hashlib import sha256
from pathlib import Path

from cqsim.compile.ir import System
from cqsim.credibility.forecasts import (
    Forecast,
    Place,
    at_constant_prices,
    place_of,
)
from cqsim.credibility.skill_plan import Series, SkillPlan
from cqsim.errors import InputFileError
from cqsim.study.published import Publications
from cqsim.study.quantity import Simulated, simulate

FOLDER = "forecasts"
AHEAD = 5
"""Years for which forecasts are kept."""

DIGITS = 16
"""Digits of the hash that stand in a file's name."""


@dataclass(frozen=True, slots=True)
class KeptForecast:
    """A forecast as it was made, from the last published value of its place."""

    series: str
    place: str
    origin: int
    year: int
    model: float
    deviation: float
    last: float
    line: float
    model_sha256: str


COLUMNS = tuple(field.name for field in fields(KeptForecast))


def next_forecasts(
    system: System, plan: SkillPlan, publications: Publications
) -> list[KeptForecast]:
    """Return forecasts of the years after the last published one, place by place."""
    end = max(plan.years) + AHEAD
    run = simulate(system, plan.series, plan.jump_off, end, {})
    made: list[KeptForecast] = []
    for series in plan.series:
        for name in _places(series, publications):
            place = place_of(publications, series, name)
            published = (y for y in range(plan.jump_off, end) if place.published(y))
            origin = max(published, default=None)
            years = range(origin + 1, min(origin + AHEAD, end) + 1) if origin else ()
            for year in years:
                made += _kept_of(place, plan, run, int(origin or 0), year, system)
    return made


def _kept_of(
    place: Place,
    plan: SkillPlan,
    run: Simulated,
    origin: int,
    year: int,
    system: System,
) -> list[KeptForecast]:
    ahead = place.ahead(plan, run, origin, year)
    if ahead is None:
        return []
    return [
        KeptForecast(
            series=place.series.id,
            place=place.place,
            origin=origin,
            year=year,
            model=ahead.model,
            deviation=ahead.deviation,
            last=ahead.last,
            line=ahead.line,
            model_sha256=system.digest,
        )
    ]


def _places(series: Series, publications: Publications) -> Sequence[str]:
    regions = () if series.stands_for else publications.scopes["metro"]
    return (*series.places, *regions)


def keep(folder: Path, made: Sequence[KeptForecast]) -> Path:
    """Write forecasts into a file named by its content, and return it."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(COLUMNS)
    for forecast in made:
        values = (f"{v:.10g}" if isinstance(v, float) else v for v in astuple(forecast))
        rows.writerow(values)
    content = text.getvalue().encode()
    latest = max(forecast.origin for forecast in made)
    name = f"from_{latest}_{sha256(content).hexdigest()[:DIGITS]}.csv"
    path = folder / FOLDER / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    return path


def read_system(path: Path) -> list[KeptForecast]:
    """Return the forecasts of a file.

    Raises
    ------
    InputFileError
        Its name does not fit its content, or a row is no forecast.
    """
    content = path.read_bytes()
    if not path.stem.endswith(sha256(content).hexdigest()[:DIGITS]):
        what = "the forecasts are not those that were kept: the hash differs"
        raise InputFileError(path, 0, what, "Restore the file from version control.")
    rows = csv.DictReader(content.decode("utf-8").splitlines())
    try:
        return [_kept(row) for row in rows]
    except (KeyError, ValueError) as error:
        what = f"row {rows.line_num} is no forecast ({error})"
        raise InputFileError(path, rows.line_num, what, "Restore the file.") from None


def _kept(row: dict[str, str]) -> KeptForecast:
    return KeptForecast(
        series=row["series"],
        place=row["place"],
        origin=int(row["origin"]),
        year=int(row["year"]),
        model=float(row["model"]),
        deviation=float(row["deviation"]),
        last=float(row["last"]),
        line=float(row["line"]),
        model_sha256=row["model_sha256"],
    )


def scored_kept(
    folder: Path, plan: SkillPlan, publications: Publications
) -> list[tuple[str, Forecast]]:
    """Return the kept forecasts whose year has been published, with their file."""
    known = {series.id: series for series in plan.series}
    found = []
    for path in sorted((folder / FOLDER).glob("from_*.csv")):
        for kept in read_system(path):
            series = known.get(kept.series)
            if series is None:
                continue
            came = place_of(publications, series, kept.place).published(kept.year)
            if came is not None:
                forecast = Forecast(
                    kept.series,
                    kept.place,
                    kept.origin,
                    kept.year,
                    came.value,
                    came.deviation,
                    kept.model,
                    kept.deviation,
                    kept.last,
                    kept.line,
                )
                if series.deflated:
                    forecast = at_constant_prices(forecast, publications)
                found.append((path.name, forecast))
    return found
