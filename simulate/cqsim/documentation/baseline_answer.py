"""The answer that the README shows: the urban share of the baseline, and its target."""

import csv
from pathlib import Path

from cqsim.documentation.answer_picture import Answer, Tile
from cqsim.judge.measure import Measure
from cqsim.judge.outcome import Outcome
from cqsim.ledger.observed import Observations

INDICATOR = "urban_share"
TARGET = "urban_share_2025"
TITLE = "常住人口城镇化率 Urban share of residents, Chongqing Metropolitan Area, %"


def baseline_answer(outcome: Outcome, model_folder: Path) -> Answer:
    """Return what the picture shows of a judged run that starts in 2020.

    Raises
    ------
    InputFileError, UnknownNameError
        The ledger or the indicators lack what the picture needs.
    """
    ledger = Observations.load(model_folder)
    verdict = next(v for v in outcome.judgement.verdicts if v.target.id == TARGET)
    years = [int(year) for year in outcome.result.times]
    rules = outcome.task.rules
    measure = Measure(outcome.result, rules)
    regions = rules.scopes["metro"]
    observed = {year: _census(ledger, regions, year) for year in (2010, 2020)}
    observed[2022] = ledger.value("metro", INDICATOR, 2022)
    with (model_folder / "regions.csv").open(encoding="utf-8", newline="") as file:
        places = list(csv.DictReader(file))
    year = verdict.target.year
    tiles = [
        Tile(
            int(place["row"]),
            int(place["column"]),
            place["short_zh"],
            place["name_en"],
            measure.value(INDICATOR, place["region"], year),
        )
        for place in places
    ]
    path = measure.path(INDICATOR, "metro")
    simulated = dict(zip(years, path.tolist(), strict=True))
    required = (year, float(verdict.target.value))
    return Answer(TITLE, observed, simulated, required, year, tiles)


def _census(ledger: Observations, regions: tuple[str, ...], year: int) -> float:
    """Return the urban share of a census from the counts of the regions, in percent."""
    urban = sum(ledger.value(region, "urban_population", year) for region in regions)
    return (
        100
        * urban
        / sum(ledger.value(region, "resident_population", year) for region in regions)
    )
