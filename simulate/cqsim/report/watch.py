"""Where the work on a report is, and what each stage took."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

STAGES = (
    "sweep",
    "run",
    "model",
    "levers",
    "causes",
    "history",
    "compose",
    "figures",
    "typeset",
)

Progress = Callable[[str, float], None]


@dataclass(slots=True)
class Watch:
    """Times stages, and tells a listener where the work is."""

    told: Progress | None = None
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time what is done inside."""
        self.tell(name, 0.0)
        began = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - began

    def tell(self, name: str, part: float) -> None:
        """Tell the listener the part done, of all stages."""
        if self.told is not None and name in STAGES:
            self.told(name, (STAGES.index(name) + part) / len(STAGES))
