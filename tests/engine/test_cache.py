import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import cqsim
from cqsim.cache import cache_folder, cached
from cqsim.compile.ir import Constant, System
from cqsim.engine.program import machine_for
from cqsim.engine.simulation import run_many

Make = Callable[..., System]

pytestmark = pytest.mark.usefixtures("own_cache")

EQUATIONS = """
level = INTEG(level * rate, 1) ~ t ~ |
rate = 0.5 ~ 1/Year ~ |
"""


def finals(system: System) -> list[float]:
    ensemble = run_many(system, {"rate": np.array([0.0, 0.5, 1.0])}, ["level"])
    return [float(value) for value in ensemble.values["level"][:, -1]]


@pytest.mark.parametrize("damaged", [b"", b"cut", b"x" * 9999], ids=len)
def test_a_damaged_file_of_the_cache_is_made_again(
    system_of: Make, damaged: bytes
) -> None:
    system = system_of(EQUATIONS)
    before = finals(system)
    for file in cache_folder().iterdir():
        file.write_bytes(damaged)
    machine_for.cache_clear()
    assert finals(system) == before == [1.0, 1.5**4, 2.0**4]
    assert all(file.read_bytes() != damaged for file in cache_folder().iterdir())


def test_a_model_elsewhere_of_the_same_equations_takes_the_same_machine(
    system_of: Make,
) -> None:
    system = system_of(EQUATIONS)
    for other in (replace(system, path=Path("x.mdl"), digest="1"), replace(system)):
        finals(other)
    assert len(list(cache_folder().iterdir())) == 1
    faster = {**system.variables, "rate": Constant("rate", (), (0.25,))}
    assert finals(replace(system, variables=faster)) == finals(system)


def test_many_processes_may_compile_the_same_model_at_once(
    system_of: Make, tmp_path: Path
) -> None:
    path = system_of(EQUATIONS).path
    code = (
        "import sys, numpy as np\n"
        "from cqsim import run_many\n"
        "e = run_many(sys.argv[1], {'rate': np.array([0.5, 1.0])}, ['level'])\n"
        "print(e.values['level'][1, -1])\n"
    )
    source = str(Path(cqsim.__file__).parents[1])
    environment = {**os.environ, "PYTHONPATH": source}
    command = [sys.executable, "-c", code, str(path)]
    with ThreadPoolExecutor(3) as pool:
        done = list(
            pool.map(
                lambda _: subprocess.run(
                    command, env=environment, capture_output=True, text=True, check=True
                ),
                range(3),
            )
        )
    assert {result.stdout for result in done} == {"16.0\n"}
    assert not list(cache_folder().glob(".*"))


def test_a_folder_that_others_can_write_to_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not hasattr(os, "getuid"):
        pytest.skip("the platform has no owners of files")
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    foreign.chmod(0o777)
    monkeypatch.setenv("CQSIM_CACHE", str(foreign))
    assert cache_folder() != foreign


def test_the_cache_is_for_its_owner_only(own_cache: Path) -> None:
    assert cache_folder() == own_cache
    if hasattr(os, "getuid"):
        assert own_cache.stat().st_mode & 0o077 == 0


def test_a_relative_folder_of_the_standard_is_ignored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if sys.platform in ("win32", "darwin"):
        pytest.skip("the platform has a folder of its own")
    monkeypatch.delenv("CQSIM_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", "cc")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == tmp_path / ".cache" / "cqsim"


def test_a_cache_that_cannot_be_made_is_replaced_by_a_passing_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, towns: Path
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("", encoding="utf-8")
    monkeypatch.setenv("CQSIM_CACHE", str(blocked / "below"))
    assert cqsim.run(towns, until=2021).times.tolist() == [2020.0, 2021.0]


def test_what_is_kept_is_made_once_and_a_failure_leaves_nothing() -> None:
    def fail() -> str:
        raise KeyError("no")  # noqa: EM101

    with pytest.raises(KeyError, match="no"):
        cached("key", fail)
    assert list(cache_folder().iterdir()) == []
    assert cached("key", lambda: "old") == "old"
    assert cached("key", lambda: "new", lambda found: found != "old") == "new"
    assert cached("key", fail) == "new"


def test_a_model_is_read_without_pysd(system_of: Make) -> None:
    path = system_of(EQUATIONS).path
    code = (
        "import sys; from cqsim.compile.lower import read_system; "
        "read_system(sys.argv[1]); print('pysd' in sys.modules)"
    )
    source = str(Path(cqsim.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)],
        env={**os.environ, "PYTHONPATH": source},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "False\n"
