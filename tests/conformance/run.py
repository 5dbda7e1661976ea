"""Run a folder of models and say how many come out right.

    python tests/conformance/run.py FOLDER [NAME ...] [--peer] [-v]

Each model is run in a process of its own. `NAME.csv` beside a model NAME holds its
right series, `output.csv` or `output.tab` those of all models beside it; a model
without them is only run. Counts: right, ran (nothing to compare with), refused (by an
error of ours), wrong, crash (any other end), slow. Refusals are counted by their cause.
Exit status 1 says that a number was wrong, a model crashed or was slow.

With --peer each model that ran is run in PySD and in pysimlin too, where these take it;
their series must be ours to 1e-6 of the value or 1e-9 of the largest of the column.
"""

import argparse
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from comparing.cases import Case, find_cases, verdict
from comparing.engines import PEERS, cqsim
from comparing.processes import Limits, Outcome, run_alone
from comparing.series import differences

KINDS = ("right", "ran", "refused", "wrong", "crash", "slow")


@dataclass(frozen=True, slots=True)
class Result:
    """The verdict on a model, why, its seconds, and what each peer says."""

    case: Case
    kind: str
    why: str
    seconds: float
    peers: dict[str, str]


def check(case: Case, limits: Limits, cache: Path, peers: Sequence[str]) -> Result:
    """Return how a model fares."""
    outcome = run_alone(cqsim, case.path, limits, cache)
    kind, why = verdict(case, outcome)
    said = {
        name: compared(outcome, run_alone(PEERS[name], case.path, limits, cache))
        for name in peers
        if outcome.series is not None
    }
    return Result(case, kind, why, outcome.seconds, said)


def compared(ours: Outcome, theirs: Outcome) -> str:
    """Return `agrees`, `differs: ...`, or how the peer ended."""
    if ours.series is None or theirs.series is None:
        return f"{theirs.kind}: {first_line(theirs.said)}"
    count, found = differences(ours.series, theirs.series)
    if not count:
        return "no common column"
    if found:
        return f"differs in {len(found)} of {count}: {'; '.join(found[:3])}"
    return f"agrees in {count}"


def first_line(said: str) -> str:
    """Return the first line of a message that is not empty."""
    return next((line.strip() for line in said.splitlines() if line.strip()), "")


def cause(said: str) -> str:
    """Return a message without what is of one model: its file, names and numbers."""
    line = re.sub(r"^\S.*?\.(mdl|xmile|stmx|itmx|STMX)(:\d+)*: ", "", first_line(said))
    line = re.split(r"\. | \(", re.sub(r"'[^']*'|\"[^\"]*\"", "'…'", line))[0]
    return re.sub(r"\d+", "N", line)[:110]


def lines_of(one: Result, verbose: bool) -> Iterator[str]:
    """Yield what there is to say of one model."""
    if verbose or one.kind not in ("right", "ran"):
        yield f"{one.kind:8}{one.case.name}: {' '.join(one.why.split())[:300]}"
    for peer, said in one.peers.items():
        if verbose or said.startswith("differs"):
            yield f"  {peer:9}{one.case.name}: {said[:300]}"


def summary(results: Sequence[Result]) -> Iterator[str]:
    """Yield what there is to say of all models."""
    yield from _causes(results)
    yield from _peers(results)
    slowest = max(results, key=lambda one: one.seconds)
    yield f"the longest took {slowest.seconds:.1f} s: {slowest.case.name}"
    counts = Counter(one.kind for one in results)
    yield ", ".join(f"{counts[kind]} {kind}" for kind in KINDS)


def _causes(results: Sequence[Result]) -> Iterator[str]:
    refused = Counter(cause(one.why) for one in results if one.kind == "refused")
    if refused:
        yield "refused for:"
    for why, count in refused.most_common():
        yield f"{count:5}  {why}"


def _peers(results: Sequence[Result]) -> Iterator[str]:
    for peer in PEERS:
        said = [one.peers[peer] for one in results if peer in one.peers]
        counts = Counter(re.split(r"[: ]", text)[0] for text in said)
        if counts:
            yield f"{peer}: " + ", ".join(f"{n} {word}" for word, n in counts.items())


def asked(words: Sequence[str] | None) -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*", help="only models with this in their path")
    parser.add_argument("--peer", action="store_true", help="compare with the peers")
    parser.add_argument("--seconds", type=float, default=60.0, help="a model may take")
    parser.add_argument("--memory", type=int, default=4096, help="MiB a model may take")
    parser.add_argument("--jobs", type=int, default=2, help="models at once")
    parser.add_argument("-v", "--verbose", action="store_true", help="say all of them")
    return parser.parse_args(words)


def main(words: Sequence[str] | None = None) -> int:
    """Run the models and print the report."""
    given = asked(words)
    cases = [
        case
        for case in find_cases(given.folder)
        if not given.names or any(name in case.name for name in given.names)
    ]
    if not cases:
        sys.stderr.write(f"{given.folder}: there is no model of these names\n")
        return 2
    limits = Limits(given.seconds, given.memory * 2**20)
    peers = tuple(PEERS) if given.peer else ()
    with (
        tempfile.TemporaryDirectory(prefix="cqsim-") as folder,
        ThreadPoolExecutor(given.jobs) as pool,
    ):
        cache = Path(folder) / "cache"
        results = []
        for one in pool.map(lambda case: check(case, limits, cache, peers), cases):
            results.append(one)
            _say(lines_of(one, given.verbose))
    _say(summary(results))
    return int(any(one.kind in ("wrong", "crash", "slow") for one in results))


def _say(lines: Iterable[str]) -> None:
    sys.stdout.writelines(f"{line}\n" for line in lines)
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
