"""How fast cqsim is: beside other engines, alone, by regions, by runs, from the start.

Run it from the project's folder: `python tests/benchmarks/speed.py`. What is missing on
the machine (a C compiler, Node, SDEverywhere) is said in its row, and the rest goes on.
Exit status 1 says that an engine gave other numbers.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from rich.console import Console

from measuring.area import area
from measuring.engines import engines
from measuring.goals import goals
from measuring.judged import judged
from measuring.machine import load, machine
from measuring.page import page
from measuring.regions import by_regions
from measuring.runs import by_runs
from measuring.starts import starts
from measuring.table import Section, print_section, section_of

SECTIONS = ("engines", "area", "regions", "runs", "judged", "starts")


def asked(words: Sequence[str] | None) -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--only", nargs="+", choices=SECTIONS, default=SECTIONS, help="these sections")
    add("--rounds", type=int, default=5, help="measurements of each, in turns")
    add("--ensemble", type=int, default=2048, help="runs of each ensemble of `engines`")
    add("--pysd-steps", type=int, default=8, help="steps of PySD; 0 leaves it out")
    add("--sde", type=Path, help="where SDEverywhere is; npm installs it if it is not")
    add("--regions", type=int, nargs="+", default=[22, 220, 2200])
    add("--runs", type=int, nargs="+", default=[10**n for n in range(6)])
    add("--judged", type=int, default=10_000, help="runs of `judged`")
    add("--memory", type=int, default=256, help="MiB of outputs in memory, of `runs`")
    add("--json", type=Path, help="keep the results here; sections not asked for stay")
    add("--page", type=Path, help="write the page here")
    add("--kept", action="store_true", help="measure nothing: what --json has kept")
    return parser.parse_args(words)


def measure(given: argparse.Namespace) -> Iterator[Section]:
    """Yield the sections that are asked for."""
    work: dict[str, Callable[[], Section]] = {
        "engines": lambda: engines(
            given.ensemble, given.rounds, given.pysd_steps, given.sde
        ),
        "area": lambda: area(given.rounds, given.pysd_steps, given.sde),
        "regions": lambda: by_regions(given.regions),
        "runs": lambda: by_runs(given.runs, given.memory),
        "judged": lambda: judged(given.judged),
        "starts": lambda: starts(given.rounds),
    }
    for name in SECTIONS:
        if name in given.only:
            yield work[name]()


def kept(path: Path | None) -> tuple[dict[str, str], dict[str, Section]]:
    """Return what was measured before: the machine and the sections; or nothing."""
    if path is None or not path.is_file():
        return {}, {}
    plain = json.loads(path.read_text(encoding="utf-8"))
    return plain["machine"], {s["id"]: section_of(s) for s in plain["sections"]}


def written(machine: Mapping[str, str], sections: Mapping[str, Section]) -> str:
    """Return results as JSON."""
    plain = {"machine": machine, "sections": [s.plain() for s in sections.values()]}
    return json.dumps(plain, ensure_ascii=False, indent=1) + "\n"


def differs(sections: Mapping[str, Section]) -> bool:
    """Return whether an engine gave other numbers than ours."""
    rows = sections["engines"].rows if "engines" in sections else ()
    return any(str(row[-1]).startswith("NOT") for row in rows)


def main(words: Sequence[str] | None = None) -> int:
    """Measure, print, and write what is asked for."""
    given = asked(words)
    console = Console(width=None if sys.stdout.isatty() else 140)
    where, found = kept(given.json)
    if not given.kept:
        where = {**machine(), "别的负荷 other load at the start": load()}
        for section in measure(given):
            found[section.id] = section
            print_section(section, console)
            if given.json:
                given.json.write_text(written(where, found), encoding="utf-8")
    total = goals(found)
    print_section(total, console)
    if given.page:
        ordered = [found[name] for name in SECTIONS if name in found]
        given.page.write_text(page(where, [total, *ordered]), encoding="utf-8")
    return int(differs(found))


if __name__ == "__main__":
    raise SystemExit(main())
