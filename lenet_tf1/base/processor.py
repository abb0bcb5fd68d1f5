"""What the processor can do, without asking TensorFlow, which can't be imported on every one."""

import os
import platform

# Values of oneDNN's own limit that leave bfloat16 in.
_ISAS_WITH_BF16 = ("BF16", "FP16", "AMX", "AVX10", "DEFAULT", "ALL")


def name() -> str:
    """The processor's name, as its maker gives it where that can be had."""
    return _cpuinfo("model name") or platform.processor() or platform.machine()


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


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
