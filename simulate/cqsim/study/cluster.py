"""Run the pieces of a sweep on a Dask cluster; this process writes them.

The workers need the same version of cqsim, and no file: the plan carries the model. A
scheduler unpickles what it is sent: use it on trusted networks, or with TLS.
"""

from collections.abc import Iterator

from cqsim.engine.identity import engine_name
from cqsim.errors import CqsimError
from cqsim.study.plan import Plan
from cqsim.study.runs import Part
from cqsim.study.worker import compute

AHEAD = 3
RETRIES = 5


class ClusterError(CqsimError):
    """A cluster cannot be used."""

    def __init__(self, address: str, what: str, remedy: str) -> None:
        super().__init__(address, what, remedy)

    def __str__(self) -> str:
        address, what, remedy = self.args
        return f"--cluster {address}: {what}. {remedy}"


def on_cluster(plan: Plan, todo: list[tuple[int, int]], address: str) -> Iterator[Part]:
    """Yield the pieces as they are computed; those of a lost worker run elsewhere.

    Raises
    ------
    ClusterError
        The cluster cannot be reached, or computes with something else than this
        process.
    """
    try:
        from distributed import Client, as_completed
    except ImportError:
        what = "the package distributed is not installed"
        remedy = 'Install it with: pip install "cqsim[cluster]".'
        raise ClusterError(address, what, remedy) from None
    try:
        client = Client(address, timeout="20s", set_as_default=False)
    except (OSError, ValueError) as error:
        reason = " ".join(str(error).split())
        what = f"there is no scheduler ({reason})"
        raise ClusterError(
            address, what, "Start one, or correct the address."
        ) from None
    with client:
        _refuse_strangers(client, address)
        shared = client.scatter(plan, broadcast=True, hash=False)
        left = iter(todo)
        running = as_completed([], loop=client.loop)
        count = sum(client.nthreads().values()) or 1

        def submit() -> None:
            piece = next(left, None)
            if piece is not None:
                running.add(
                    client.submit(compute, shared, *piece, pure=False, retries=RETRIES)
                )

        for _ in range(AHEAD * count):
            submit()
        for future in running:
            yield future.result()
            submit()


def _refuse_strangers(client: object, address: str) -> None:
    """Refuse workers whose numbers would be others."""
    own = engine_name()
    names = client.run(engine_name)  # type: ignore[attr-defined]
    for worker, name in names.items():
        if name != own:
            what = f"the worker {worker} computes with {name}, this process with {own}"
            raise ClusterError(address, what, "Install the same versions on both.")
