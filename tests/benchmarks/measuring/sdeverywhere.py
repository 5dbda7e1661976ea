"""SDEverywhere: its C of the benchmark model, made and compiled on the spot."""

import json
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from measuring.hand_c import BENCHMARKS, FLAGS, MissingError, compiled, first_fault

_CLI = Path("@sdeverywhere") / "cli"
_COMPILE = Path("@sdeverywhere") / "compile"
_PATIENCE = 300
"""Seconds that npm and node get."""

_RUNS = 200


@dataclass(frozen=True, slots=True)
class Translated:
    """A program made of SDEverywhere's C and a loop around it.

    Attributes
    ----------
    version
        Of the package that writes the C, and of the one with the C that it needs.
    """

    program: Path
    version: str

    def seconds(self) -> float:
        """Return the least time of three batches of runs, for one run."""
        return self._told(_RUNS)[0]

    def numbers(self) -> list[float]:
        """Return the outputs at the end of a run."""
        return self._told(1)[1:]

    def _told(self, runs: int) -> list[float]:
        command = [str(self.program), str(runs), "3"]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        return [float(line) for line in done.stdout.split()]


def translated(
    model: Path, outputs: Sequence[str], given: Path | None, folder: Path
) -> dict[str, Translated]:
    """Return SDEverywhere's program, by the extra flags that it is compiled with.

    Parameters
    ----------
    outputs
        Variables, with an element in brackets where they have a subscript.
    given
        Where SDEverywhere is installed, or is to be; the `sde` on the path otherwise.
    folder
        Everything is written into it.

    Raises
    ------
    MissingError
        Node, SDEverywhere or a C compiler is missing, or the model is not taken.
    """
    if shutil.which("node") is None:
        why = "Node was not found"
        raise MissingError(why)
    cli = _installed(given)
    compiler = _beside(cli)
    _write_c(model, outputs, compiler, folder)
    version = f"compile {_version(compiler)}, its C from cli {_version(cli)}"
    support = cli / "src" / "c"
    sources = [path for path in sorted(support.glob("*.c")) if path.name != "main.c"]
    sources += [folder / "translated.c", BENCHMARKS / "sde_runs.c"]
    found = {}
    for extra in ("", "-ffast-math"):
        program = folder / f"translated{extra}"
        flags = [*FLAGS, *([extra] if extra else []), f"-I{support}"]
        compiled(sources, program, flags)
        found[extra] = Translated(program, version)
    return found


def _installed(given: Path | None) -> Path:
    """Return the folder of the package `@sdeverywhere/cli`."""
    if given is not None:
        cli = given / "node_modules" / _CLI
        if not cli.is_dir():
            _install(given)
        return cli
    command = shutil.which("sde")
    if command is None:
        why = "it is not installed: name a folder for it with --sde FOLDER"
        raise MissingError(why)
    parents = Path(command).resolve().parents
    return next((p for p in parents if p.parts[-2:] == _CLI.parts), parents[0])


def _install(folder: Path) -> None:
    """Have npm install the package into a folder."""
    npm = shutil.which("npm")
    if npm is None:
        why = "npm was not found"
        raise MissingError(why)
    folder.mkdir(parents=True, exist_ok=True)
    command = [npm, "install", "--prefix", str(folder), _CLI.as_posix()]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=_PATIENCE
    )
    if done.returncode:
        why = f"npm cannot install it: {first_fault(done.stderr)}"
        raise MissingError(why)


def _beside(cli: Path) -> Path:
    """Return the folder of `@sdeverywhere/compile`, which writes the C."""
    for modules in (cli / "node_modules", cli.parents[1]):
        if (modules / _COMPILE).is_dir():
            return modules / _COMPILE
    why = f"{_COMPILE.as_posix()} is not there beside {cli}"
    raise MissingError(why)


def _version(package: Path) -> str:
    text = (package / "package.json").read_text(encoding="utf-8")
    return str(json.loads(text).get("version", "?"))


def _write_c(model: Path, outputs: Sequence[str], compiler: Path, folder: Path) -> None:
    """Have SDEverywhere write `translated.c`; its modules are linked, not copied."""
    link = folder / "node_modules" / _COMPILE
    link.parent.mkdir(parents=True)
    link.symlink_to(compiler.resolve(), target_is_directory=True)
    script = Path(shutil.copy(BENCHMARKS / "sde_translate.mjs", folder))
    asked = {"outputVarNames": list(outputs)}
    command = ["node", str(script), str(model), json.dumps(asked), str(folder)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=_PATIENCE
    )
    if done.returncode or not (folder / "translated.c").is_file():
        why = f"it does not take the model: {first_fault(done.stderr)}"
        raise MissingError(why)
