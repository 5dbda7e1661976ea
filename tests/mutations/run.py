"""Plant faults one after the other, and tell which of them the tests catch.

    python tests/mutations/run.py [ID...] [--processes N]

Each fault of `mutants.toml` is a passage of a file and what it becomes. It is planted
in a copy of the tree, in which the tests that are named for it run. Exit status 1 if a
fault was not caught, or if its passage is not there once and only once.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from shutil import copy
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
CAUGHT = 1
"""The exit status of pytest when a test failed; a crash or no test is no catch."""


class Mutant(NamedTuple):
    """A passage of a file, what it becomes, and the tests that should see it."""

    id: str
    file: str
    old: str
    new: str
    tests: list[str]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("ids", nargs="*")
    parser.add_argument("--processes", type=int, default=1)
    given = parser.parse_args()
    text = Path(__file__).with_name("mutants.toml").read_text(encoding="utf-8")
    mutants = [Mutant(**row) for row in tomllib.loads(text)["mutant"]]
    chosen = [m for m in mutants if not given.ids or m.id in given.ids]
    with ThreadPoolExecutor(given.processes) as pool:
        words = list(pool.map(_told, chosen))
    _say(f"{words.count('caught')} of {len(words)} caught")
    return int(set(words) != {"caught"})


def _told(mutant: Mutant) -> str:
    with tempfile.TemporaryDirectory(prefix="mutant-") as name:
        word, why = _tried(mutant, Path(name))
    _say(f"{mutant.id:34} {word:12} {why}")
    return word


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _tried(mutant: Mutant, folder: Path) -> tuple[str, str]:
    """Return "caught", "not caught" or "not planted", and the test or the reason."""
    tree = folder / "tree"
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True)
    for name in names.stdout.splitlines():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        copy(ROOT / name, tree / name)
    path = tree / mutant.file
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    if text.count(mutant.old) != 1:
        return "not planted", f"the passage is there {text.count(mutant.old)} times"
    path.write_text(text.replace(mutant.old, mutant.new), encoding="utf-8")
    cache = folder / "cache"
    cache.mkdir(mode=0o700)
    here = {"PYTHONPATH": str(tree / "simulate"), "CQSIM_CACHE": str(cache)}
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-n", "0", "--no-header"]
    done = subprocess.run(
        [*command, "-p", "no:cacheprovider", *mutant.tests],
        cwd=tree,
        env={**os.environ, **here},
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [x for x in done.stdout.splitlines() if x.startswith(("FAILED", "ERROR"))]
    last = (lines or done.stdout.splitlines() or [done.stderr])[-1][:150]
    return ("caught" if done.returncode == CAUGHT else "not caught"), last


if __name__ == "__main__":
    sys.exit(main())
