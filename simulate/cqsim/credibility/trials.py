"""Score changes of the model that might mend a shortfall, beside the model as it is."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory

from cqsim.case.case import Case
from cqsim.credibility.skill import FILE, measured, parts_of_skill
from cqsim.credibility.skill_check import read_skill_plan
from cqsim.credibility.skill_findings import skill_findings
from cqsim.credibility.skill_plan import Shortfall, Tried
from cqsim.errors import UnknownNameError
from cqsim.language.vensim import parse_vensim
from cqsim.study.fitted_files import file_texts, fit_model, write_texts

Details = Mapping[str, str]
"""What was seen, by the id of a check."""

Trials = Sequence[tuple[Shortfall, Sequence[tuple[Tried, Details]]]]
"""Every shortfall with the changes that were tried, and what each comes to."""


def trials_of(folder: Path) -> Trials:
    """Return the changes that a folder's plan tries, scored anew.

    Raises
    ------
    CqsimError
        The plan or the model cannot be read, or a change names what it does not have.
    """
    if not (folder / FILE).is_file():
        return []
    plan = read_skill_plan(folder / FILE)
    return [
        (shortfall, [(tried, details_of(folder, tried)) for tried in shortfall.tried])
        for shortfall in plan.shortfall
    ]


def details_of(folder: Path, tried: Tried) -> Details:
    """Return what every check of skill sees once a change is made to a copy."""
    with TemporaryDirectory() as scratch:
        copy = copytree(folder, Path(scratch) / "model")
        path = copy / Case.load(folder).model_path.name
        text = path.read_text(encoding="utf-8")
        path.write_text(replaced(path, text, tried.equations), encoding="utf-8")
        if tried.refit:
            write_texts(copy, file_texts(fit_model(copy)))
        system, plan, publications = parts_of_skill(copy, path.name)
        skill = measured(system, plan, publications, tried.set)
    return {finding.check: finding.detail for finding in skill_findings(skill)}


def replaced(path: Path, text: str, equations: Mapping[str, str]) -> str:
    """Return a model's text with other right sides of some equations.

    Raises
    ------
    UnknownNameError
        The model has no equation with such a left side.
    """
    found = {
        definition.left: definition
        for definition in parse_vensim(path, text.encode()).definitions
        if definition.value is not None
    }
    for left in equations:
        if left not in found:
            raise UnknownNameError(FILE, "equation", left, sorted(found))
    for left in sorted(equations, key=lambda left: -found[left].start):
        definition = found[left]
        assert definition.value is not None
        start, end = definition.value.start, definition.value.end
        text = f"{text[:start]}{equations[left]}{text[end:]}"
    return text
