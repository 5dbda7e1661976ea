"""What the measurements were made on, and when."""

import datetime
import os
import platform
import re
import shutil
import subprocess
from importlib.metadata import version
from pathlib import Path

PACKAGES = ("cqsim", "numpy", "llvmlite", "pysd", "pysimlin")

_IDLE = 0.5
"""The load of a machine up to which other work does not disturb."""


def machine() -> dict[str, str]:
    """Return the machine and the versions of what was measured, by name."""
    return {
        "日期 date": datetime.datetime.now(tz=datetime.UTC).date().isoformat(),
        "处理器 processor": processor(),
        "核数 cores": str(_cores()),
        "内存 memory": _memory(),
        "系统 system": f"{platform.system()} {platform.machine()}",
        "Python": platform.python_version(),
        **{name: version(name) for name in PACKAGES},
        "C": _said("gcc", "--version") or _said("cc", "--version") or "–",
        "Node": _said("node", "--version") or "–",
    }


def processor() -> str:
    """Return the model of the processor."""
    listed = Path("/proc/cpuinfo")
    if listed.is_file():
        text = listed.read_text(encoding="utf-8", errors="replace")
        found = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
        if found:
            return found.group(1)
    return platform.processor() or platform.machine()


def load() -> str:
    """Return how much else is running, or nothing where the system does not say."""
    if not hasattr(os, "getloadavg"):
        return ""
    busy = os.getloadavg()[0]
    said = ": 非空闲,数值仅供参考 NOT idle: measure again" if busy > _IDLE else ""
    return f"{busy:.1f}{said}"


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _memory() -> str:
    if not hasattr(os, "sysconf") or "SC_PHYS_PAGES" not in os.sysconf_names:
        return "–"
    size = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return f"{size / 2**30:.0f} GiB"


def _said(tool: str, option: str) -> str:
    """Return the first line that a tool says; nothing where it is missing."""
    path = shutil.which(tool)
    if path is None:
        return ""
    done = subprocess.run([path, option], capture_output=True, text=True, check=False)
    return done.stdout.strip().splitlines()[0] if done.stdout.strip() else ""
