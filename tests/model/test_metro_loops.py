from cqsim.model.feedback import read_loops
from cqsim.model.resolve import read_model
from cqsim.resources import data_folder


def test_every_named_loop_stands_in_the_equations() -> None:
    folder = data_folder("model")
    model = read_model(folder / "metro.mdl")
    assert len(read_loops(folder / "loops.toml", model)) >= 10
