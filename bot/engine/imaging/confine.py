"""Limits of the worker's process, set from inside before anything of a stranger is read."""

import math
import sys


def confine(memory_bytes: int) -> None:
    """Limit memory, and leave no core file: it would hold people's photos. Windows has no such limits."""
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":  # elsewhere the address space cannot be limited reliably
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))


def allow_cpu(seconds: int) -> None:
    """Let the process use so many more seconds of CPU from now; after that the system ends it with SIGXCPU."""
    if sys.platform == "win32":
        return
    import resource

    usage = resource.getrusage(resource.RUSAGE_SELF)
    until = math.ceil(usage.ru_utime + usage.ru_stime) + seconds
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (until, hard))
