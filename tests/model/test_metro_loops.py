from cqsim.model.feedback import verify_loops
from cqsim.model.loops import read_loops
from cqsim.model.resolve import read_model
from cqsim.resources import data_folder


def test_every_named_loop_stands_in_the_equations() -> None:
    folder = data_folder("model")
    model = read_model(folder / "metro.mdl")
    loops = read_loops(folder / "loops.toml")
    assert len(verify_loops(folder / "loops.toml", loops, model)) == len(loops) >= 10
