"""Read the cleaned ledger, the map and the judgements of a model folder."""

import csv
import io
import tomllib
from pathlib import Path

import numpy as np

from cqsim.errors import InputFileError
from cqsim.ledger.derive.facts import Fact, Facts, Floats, Judgement
from cqsim.ledger.observed import Observations
from cqsim.ledger.places import REGIONS

JUDGEMENTS = "derivation.toml"
CENSUSES = (2010, 2020)
CENSUS_PLACES = (*REGIONS, "chongqing")
SEXES = ("male", "female")


def read_facts(model_folder: Path) -> Facts:
    """Return what the derivations read from a model folder.

    Raises
    ------
    InputFileError
        A file is missing or says something it must not.
    """
    observations = Observations.load(model_folder)
    return Facts(
        observed={
            (row.region, row.year, row.variable): Fact(
                row.value, row.source, row.grade, row.note
            )
            for row in observations
            if not row.age
        },
        people=read_people(observations),
        literature={
            entry.name: Fact(entry.central, entry.source, entry.grade, entry.note)
            for entry in observations.parameters
            if entry.central is not None
        },
        adjacency=read_neighbours(
            model_folder / "observed" / "raw" / "geo" / "adjacency.csv"
        ),
        area=read_areas(model_folder / "regions.csv"),
        judgement=read_judgements(model_folder / JUDGEMENTS),
        folder=model_folder,
    )


def read_people(observations: Observations) -> dict[tuple[str, int, str], Floats]:
    """Return persons by five-year age, (age,), by place, census year and sex."""
    return {
        (place, year, sex): np.array(observations.age_vector(place, year, sex))
        for place in CENSUS_PLACES
        for year in CENSUSES
        for sex in SEXES
    }


def read_neighbours(file: Path) -> tuple[tuple[str, str], ...]:
    """Return pairs of regions with a common border, in file order.

    Raises
    ------
    InputFileError
        The file is missing, or a row names what is no region.
    """
    pairs = []
    for line, row in enumerate(_rows(file), start=2):
        pair = (row.get("region_a", ""), row.get("region_b", ""))
        for name in pair:
            if name not in REGIONS:
                what = f"'{name}' is no region"
                raise InputFileError(file, line, what, "Use an id of regions.csv.")
        pairs.append(pair)
    return tuple(pairs)


def read_areas(file: Path) -> dict[str, Fact]:
    """Return km2 by region.

    Raises
    ------
    InputFileError
        The file or a region is missing, or an area is not a positive number.
    """
    areas = {}
    for line, row in enumerate(_rows(file), start=2):
        try:
            area = float(row["area_km2"])
        except (KeyError, TypeError, ValueError):
            area = 0.0
        if not area > 0:
            what = f"the area of {row.get('region')} is not a positive number"
            raise InputFileError(file, line, what, "Write km2 in column area_km2.")
        areas[row["region"]] = Fact(area, row["area_source"])
    for region in REGIONS:
        if region not in areas:
            raise InputFileError(file, 0, f"{region} has no row", "Add the row.")
    return areas


def read_judgements(file: Path) -> dict[str, Judgement]:
    """Return the judgements of derivation.toml, each inside its own range.

    Raises
    ------
    InputFileError
        The file is missing or no TOML, or an entry lacks a key or leaves its range.
    """
    try:
        entries = tomllib.loads(_text(file))
    except tomllib.TOMLDecodeError as error:
        raise InputFileError(file, 0, f"no TOML: {error}", "Correct it.") from None
    return {name: _judgement(file, name, entry) for name, entry in entries.items()}


def _judgement(file: Path, name: str, entry: dict[str, float | str]) -> Judgement:
    try:
        judgement = Judgement(
            value=float(entry["value"]),
            low=float(entry["low"]),
            high=float(entry["high"]),
            unit=str(entry["unit"]),
            reason=str(entry["reason"]),
            source=str(entry.get("source", "analyst")),
        )
    except (KeyError, TypeError, ValueError) as error:
        what = f"{name}: {error.args[0]} is missing or no number"
        remedy = "Give value, low, high, unit and reason."
        raise InputFileError(file, 0, what, remedy) from None
    if not judgement.low <= judgement.value <= judgement.high:
        what = f"{name} = {judgement.value:g} is outside its own range"
        remedy = f"Choose from {judgement.low:g} to {judgement.high:g}."
        raise InputFileError(file, 0, what, remedy)
    return judgement


def _rows(file: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(_text(file), newline="")))


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        what = "the file is not there"
        raise InputFileError(file, 0, what, "Restore it.") from None
    except UnicodeDecodeError:
        what = "the text is not UTF-8"
        raise InputFileError(file, 0, what, "Save it as UTF-8.") from None
