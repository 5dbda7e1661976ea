import re
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cqsim.case.scenario import read_scenario
from cqsim.errors import FaultsError, InputFileError

TOWNS = Path(__file__).parents[1] / "reference" / "towns"
SOUND = f"""\
# A sound file.
id = "mine"
title = {{ zh = "我的", en = "Mine" }}
model = "{(TOWNS / "towns.mdl").as_posix()}"

[time]
start = 2010
end = 2030
step = 0.25

[constants]
"death rate" = 0.02
"birth rate" = {{ central = 0.01, fuling = 0.03 }}

[levers.service_access]
value = {{ outer = 0.5 }}
start = 2024
ramp = 5
"""
SCRAPS = [
    *("=", "[", "]", "{", "}", '"', "'", "#", "\n", ".", ",", "-", "_", " ", "\0"),
    *("nan", "inf", "-1", "1e999", "9" * 5000, "true", "1979-05-27", '"""', "[[a]]"),
    *("[time]", "extends = 'mine.toml'", "levers = 1", "x.y.z = 1", "重庆", "\ufeff"),
    *("[" * 2000, "[levers.'']", "'' = 1", "fuling", "[constants.'birth rate'.a]"),
]
mutation = st.tuples(
    st.integers(0, len(SOUND)),
    st.integers(0, 12),
    st.one_of(st.sampled_from(SCRAPS), st.text(max_size=6)),
)


def said_of(path: Path) -> list[str]:
    """Return what is said of a file, nothing where it is read."""
    try:
        read_scenario(str(path))
    except (FaultsError, InputFileError) as error:
        return str(error).split("\n")
    return []


@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(mutations=st.lists(mutation, max_size=5))
def test_any_change_to_a_file_is_read_or_refused_line_by_line(
    tmp_path: Path, mutations: list[tuple[int, int, str]]
) -> None:
    text = SOUND
    for start, cut, scrap in mutations:
        text = text[:start] + scrap + text[start + cut :]
    path = tmp_path / "mine.toml"
    path.write_bytes(text.encode("utf-8", errors="surrogatepass"))
    for line in said_of(path):
        assert re.match(r"[^\n]+: [^\n]+\. [^\n]+", line), line


@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(content=st.binary(max_size=200))
def test_any_bytes_are_refused_with_a_message(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(content)
    for line in said_of(path):
        assert line.startswith(f"{path}:"), line
