"""What the processor can do, without asking TensorFlow, which can't be imported on every one."""

import math
import os
import platform
from collections.abc import Iterator
from pathlib import Path

_GROUPS, _PROCESS = Path("/sys/fs/cgroup"), Path("/proc/self/cgroup")
NO_BF16 = "bf16 needs a processor with AVX512_BF16 or AMX, and no GPU; use --precision fp32, or auto"
# Values of oneDNN's own limit that leave bfloat16 in.
_ISAS_WITH_BF16 = ("BF16", "FP16", "AMX", "AVX10", "DEFAULT", "ALL")


def name() -> str:
    """The processor's name, as its maker gives it where that can be had."""
    return _cpuinfo("model name") or platform.processor() or platform.machine()


def cores() -> int:
    """How many cores this process may use: at most as many as a container's share of their time fills."""
    return limit() or _bound()


def limit() -> int | None:
    """How many cores a container's share of time fills, rounded up; None if it fills all that there are."""
    share = min(_shares(), default=math.inf)
    return math.ceil(share) if share <= _bound() - 1 else None


def _bound() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _shares() -> Iterator[float]:
    # Of this process's control group and those above it, as far as they can be seen from here.
    for line in _lines(_PROCESS):
        _, controllers, path = line.split(":", 2)
        for folder in [Path(path), *Path(path).parents]:
            inside = str(folder).lstrip("/")
            if not controllers:  # version 2: "150000 100000"
                numbers = " ".join(_lines(_GROUPS / inside / "cpu.max")).split()
            elif "cpu" in controllers.split(","):  # version 1
                place = _GROUPS / controllers / inside
                numbers = [*_lines(place / "cpu.cfs_quota_us"), *_lines(place / "cpu.cfs_period_us")]
            else:
                break
            if len(numbers) == 2 and all(number.isdigit() and int(number) for number in numbers):  # or "max", or -1
                yield int(numbers[0]) / int(numbers[1])


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except OSError:
        return []


def lacks_avx() -> bool:
    """Whether it is an x86 processor that says it has no AVX. False where nothing is known."""
    flags = _cpuinfo("flags").split()
    return platform.machine() in ("x86_64", "AMD64") and bool(flags) and "avx" not in flags


def multiplies_bf16() -> bool:
    """Whether it has AVX512_BF16 or AMX, and oneDNN may use them (ONEDNN_MAX_CPU_ISA, DNNL_MAX_CPU_ISA)."""
    if {"avx512_bf16", "amx_bf16"}.isdisjoint(_cpuinfo("flags").split()):
        return False
    limit = os.environ.get("ONEDNN_MAX_CPU_ISA") or os.environ.get("DNNL_MAX_CPU_ISA") or "DEFAULT"
    return any(isa in limit.upper() for isa in _ISAS_WITH_BF16)


def _cpuinfo(key: str) -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            return next((line.split(":", 1)[1].strip() for line in file if line.startswith(key)), "")
    except OSError:  # not Linux
        return ""
