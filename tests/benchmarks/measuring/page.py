"""The page of measurements, `docs/speed.md`."""

from collections.abc import Mapping, Sequence

from measuring.table import Section, markdown

_HEAD = """\
<!-- Written by `python tests/benchmarks/speed.py --page`. Measure, don't edit. -->

# Speed

各引擎在同一次测量中轮流计时,取最小值;比值可以比较,绝对时间随机器而异。\
各引擎的末值须一致(相对差小于 10⁻⁶),否则比的不是同一个模型。

Engines take turns in one session and the least time of each counts: ratios carry \
over to other machines, times do not. All must give the same numbers at the end \
(within 1e-6), else it would not be the same model.

```sh
python tests/benchmarks/speed.py                   # all of it; --help has the sizes
python tests/benchmarks/speed.py --only engines    # or area, regions, runs, starts
python tests/benchmarks/speed.py --sde FOLDER      # npm installs SDEverywhere there
python tests/benchmarks/speed.py --json kept.json --page docs/speed.md
```
"""


def page(machine: Mapping[str, str], sections: Sequence[Section]) -> str:
    """Return the page as Markdown."""
    rows = "\n".join(f"| {name} | {said} |" for name, said in machine.items())
    table = f"## 机器 Machine\n\n| | |\n| --- | --- |\n{rows}\n"
    tables = [table, *(markdown(section) for section in sections if section.rows)]
    return "\n".join([_HEAD, *tables])
