"""A model from a stranger can be wrong, but it can do no harm."""

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import cqsim
from cqsim.compile.ir import System
from cqsim.compile.lower import read_system
from cqsim.compile.schedule import schedule
from cqsim.engine.simulation import run_many
from cqsim.errors import CqsimError, InputFileError
from cqsim.llvm.module import emit_module

Make = Callable[..., System]

NAMES = [
    '"x\\"; import os; os.abort() #"',
    "\"__import__('os').abort()\"",
    '"%s %(a)s {0} {time}"',
    '"\\n exit()"',
    '"define void @integrate"',
    "lambda",
    "None",
    "function",
    "undefined",
    "np",
    "time_step_2",
    "пере менная",
    "变量",
    '"\u202etxet"',
    '"a\u00a0b\u200bc"',
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_only_ever_a_name(system_of: Make, name: str) -> None:
    text = f"{name} = INTEG({name} * rate, 1) ~ 1 ~ |\nrate = 1 ~ 1/Year ~ |\n"
    try:
        system = system_of(text)
    except CqsimError:
        return
    (known,) = (n for n in system.names() if n not in ("rate", *_CONTROLS))
    single = run_many(system, [{}], [known]).values[known]
    many = run_many(system, {"rate": np.ones(2)}, [known]).values[known]
    assert single[0, -1] == many[0, -1] == 16.0


_CONTROLS = ("FINAL TIME", "INITIAL TIME", "SAVEPER", "TIME STEP")


def test_emitted_source_holds_only_identifiers_of_ours(system_of: Make) -> None:
    system = system_of('"a import os" = 1 ~ 1 ~ |\nb = "a import os" + 1 ~ 1 ~ |\n')
    text = emit_module(schedule(system, system.names(), []), 1)
    code = [line for line in text.splitlines() if not line.startswith(";")]
    assert not any("import os" in line for line in code)


@pytest.mark.parametrize(
    "file",
    [
        "../secret.csv",
        "a/../../secret.csv",
        "/etc/passwd",
        "C:\\\\secret.csv",
        "\\\\\\\\host\\\\share\\\\secret.csv",
        "//host/share/secret.csv",
        "http://host/secret.csv",
        "?secret",
        "",
    ],
)
def test_a_model_reads_no_file_but_those_beside_it(
    system_of: Make, tmp_path: Path, file: str
) -> None:
    (tmp_path.parent / "secret.csv").write_text("1\n", encoding="utf-8")
    text = f"x = GET DIRECT CONSTANTS('{file}', ',', 'A1') ~ 1 ~ |\n"
    with pytest.raises(InputFileError, match=r"model\.mdl:2: .*'x'"):
        system_of(text)


def test_a_link_out_of_the_folder_is_not_followed(
    system_of: Make, tmp_path: Path
) -> None:
    secret = tmp_path.parent / "linked.csv"
    secret.write_text("1\n", encoding="utf-8")
    try:
        (tmp_path / "inside.csv").symlink_to(secret)
    except OSError:
        pytest.skip("the platform makes no links")
    with pytest.raises(InputFileError, match="leads out of the model's folder"):
        system_of("x = GET DIRECT CONSTANTS('inside.csv', ',', 'A1') ~ 1 ~ |\n")


def test_a_link_to_itself_is_no_file(system_of: Make, tmp_path: Path) -> None:
    try:
        (tmp_path / "round.csv").symlink_to("round.csv")
    except OSError:
        pytest.skip("the platform makes no links")
    with pytest.raises(InputFileError, match="there is no such file"):
        system_of("x = GET DIRECT CONSTANTS('round.csv', ',', 'A1') ~ 1 ~ |\n")


@pytest.mark.parametrize("depth", [200, 10_000])
def test_deep_nesting_is_refused_with_its_line(system_of: Make, depth: int) -> None:
    nested = "(" * depth + "1" + ")" * depth
    with pytest.raises(InputFileError, match=r"model\.mdl:3: .*nested more than"):
        system_of(f"a = 1 ~ 1 ~ |\nx = {nested} ~ 1 ~ |\n")


@pytest.mark.parametrize("operator", ["+", "*", "-", "^"])
def test_a_chain_of_a_thousand_terms_is_run_or_refused(
    system_of: Make, operator: str
) -> None:
    chain = operator.join(["a"] * 1000)
    text = f"a = 1 ~ 1 ~ |\nx = {chain} ~ 1 ~ |\n"
    wanted = {"+": 1000.0, "*": 1.0, "-": -998.0, "^": 1.0}[operator]
    try:
        found = run_many(system_of(text), [{}], ["x"]).values["x"]
    except CqsimError:
        return
    assert found[0, 0] == wanted


def test_gigabytes_of_subscripts_are_refused_at_once(system_of: Make) -> None:
    ranges = "".join(f"r{n}: (e{n}A1-e{n}A200) ~ ~ |\n" for n in range(5))
    before = time.monotonic()
    with pytest.raises(InputFileError, match="more than 20000000 elements"):
        system_of(ranges + "x[r0,r1,r2,r3,r4] = 1 ~ 1 ~ |\n")
    assert time.monotonic() - before < 20


def test_a_numeric_range_of_a_billion_is_refused(system_of: Make) -> None:
    before = time.monotonic()
    with pytest.raises(CqsimError, match="numeric range has more than"):
        system_of("r: (a1-a1000000000) ~ ~ |\nx[r] = 1 ~ 1 ~ |\n")
    assert time.monotonic() - before < 20


def test_a_run_of_a_billion_steps_is_refused(system_of: Make) -> None:
    system = system_of("x = Time ~ 1 ~ |\n", end=1e9, step=0.001)
    with pytest.raises(CqsimError, match=r"more than .* steps"):
        cqsim.run(system)


@pytest.mark.parametrize("ranges", ["r: r ~ ~ |\n", "r: s ~ ~ |\ns: r ~ ~ |\n"])
def test_ranges_within_themselves_are_refused(system_of: Make, ranges: str) -> None:
    with pytest.raises(InputFileError, match="contains itself"):
        system_of(ranges + "x[r] = 1 ~ 1 ~ |\n")


def test_equations_that_need_each_other_are_named_in_a_chain(system_of: Make) -> None:
    system = system_of("a = b ~ 1 ~ |\nb = c ~ 1 ~ |\nc = a ~ 1 ~ |\n")
    with pytest.raises(InputFileError, match="need each other: a -> b -> c -> a"):
        cqsim.run(system)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = SIMULTANEOUS(x, 1) ~ 1 ~ |\n", "SIMULTANEOUS is not supported"),
        ("x = FOO(1) ~ 1 ~ |\n", "there is no function or lookup 'FOO'"),
        ("x = STEP(1) ~ 1 ~ |\n", "STEP takes 2 arguments"),
        ("x = y ~ 1 ~ |\n", "'y' is not defined"),
        ("x = 1 + ~ 1 ~ |\n", "stands where a name or number belongs"),
        (
            "n: a, b ~ ~ |\nx[a] = 1 ~ 1 ~ |\nx[a] = 2 ~ 1 ~ |\n",
            "defined again; line 3",
        ),
        ("n: a, b ~ ~ |\nx[n] = 1 ~ 1 ~ |\ny = x ~ 1 ~ |\n", "without its subscripts"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(
    system_of: Make, text: str, said: str
) -> None:
    with pytest.raises(CqsimError, match=rf"model\.mdl:\d+: .*{said}"):
        system_of(text)


def test_xml_entities_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.xmile"
    path.write_text(
        '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
        '<xmile xmlns="http://docs.oasis-open.org/xmile/ns/XMILE/v1.0">&e;</xmile>',
        encoding="utf-8",
    )
    with pytest.raises(InputFileError, match="declares a document type or entities"):
        read_system(path)
