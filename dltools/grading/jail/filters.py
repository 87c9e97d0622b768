"""Limits, landlock and the system call filter of the jail: see setrlimit(2), landlock(7), seccomp(2).

They need no rights to set and can never be undone by the process or its children.

What they cannot stop: `limit` counts memory by process, so that a submission may use the limit times its processes for
as long as its time lasts; the filter names what is denied, so that a new system call is allowed until it is named.
"""

import ctypes
import os
import platform
import struct
import sys
from typing import TYPE_CHECKING

from dltools.grading.jail.mounts import NEWNS, call, libc

if sys.platform != "win32":
    import resource

if TYPE_CHECKING:
    from dltools.grading.model import Caps

# System call numbers: x86-64, arm64
SYSTEM_CALLS = {
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "pidfd_getfd": (438, 438),
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "move_mount": (429, 429),
    "open_tree": (428, 428),
    "fsopen": (430, 430),
    "mount_setattr": (442, 442),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "keyctl": (250, 219),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "kexec_load": (246, 104),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "sched_setscheduler": (144, 119),
    "sched_setparam": (142, 118),
    "sched_setattr": (314, 274),
    "setpriority": (141, 140),
    "ioprio_set": (251, 30),
    "migrate_pages": (256, 238),
    "move_pages": (279, 239),
    "process_madvise": (440, 440),
    "process_mrelease": (448, 448),
    "kcmp": (312, 272),
    "shmget": (29, 194),  # System V memory, queues and semaphores outlive who made them
    "msgget": (68, 186),
    "semget": (64, 190),
    "memfd_create": (319, 279),  # memory that no limit of a process counts
    "memfd_secret": (447, 447),
    "syslog": (103, 116),
    "fanotify_init": (300, 262),
    "statmount": (457, 457),
    "listmount": (458, 458),
    "kexec_file_load": (320, 294),
    "setrlimit": (160, 164),  # the C library calls prlimit64
    "timer_create": (222, 107),  # a timer may send SIGKILL, which is taken for the machine's doing
}
OF_ITSELF = {"prlimit64": (302, 261), "sched_setaffinity": (203, 122)}
"""What a process may do to itself, which is the number 0 in the first argument, and to no other."""
SOCKET, UNIX = (41, 198), 1
"""Sockets of this family connect processes of one machine: `multiprocessing.Manager` needs them."""
COMMANDS = {
    "fcntl": ((72, 25), (8, 10, 15)),
    "ioctl": ((16, 29), (0x8901, 0x8902, 0x5412)),
    "prlimit64": ((302, 261), (0,)),
}
"""Commands, the second argument, by which a file sends signals to other processes or types into a terminal, and by
which a process sets its own limit of processor time, to be killed by the system."""
TO_OTHERS = {"kill": (62, 129), "tkill": (200, 130), "tgkill": (234, 131), "pidfd_send_signal": (424, 424)}
TO_OTHERS |= {"rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240), "socket": SOCKET}
"""What reaches other processes, where no name space keeps them apart: signals, and the sockets of other programs, which
lie among the files, where landlock keeps nobody from connecting to them."""
CLONE, CLONE3 = (56, 220), (435, 435)
ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
NAME_SPACES = 0x7E020000 | NEWNS
ALLOW, DENY, NOT_THERE, KILL = 0x7FFF0000, 0x00050001, 0x00050026, 0x80000000
LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
PR_SET_SECCOMP, FILTER = 22, 2


def set_limits(caps: "Caps", others: int = 0) -> None:
    """The limits of every Unix, hard; a platform without one goes without it.

    Args:
        caps: what one submission may use; where less is allowed here, as on login nodes, that is the limit.
        others: processes and threads that the user has already, where the limit counts them too.
    """
    wanted = {
        "RLIMIT_AS": caps.memory,
        "RLIMIT_NPROC": caps.processes + others,
        "RLIMIT_CPU": caps.processor_seconds,
        "RLIMIT_FSIZE": caps.file_size,
        "RLIMIT_NOFILE": caps.open_files,
        "RLIMIT_CORE": 0,
        "RLIMIT_MSGQUEUE": 0,
        "RLIMIT_MEMLOCK": 0,
    }
    for name, value in wanted.items():
        if hasattr(resource, name):
            highest = resource.getrlimit(getattr(resource, name))[1]
            value = value if highest == resource.RLIM_INFINITY else min(value, highest)
            resource.setrlimit(getattr(resource, name), (value, value))


def filter_calls(alone: bool) -> None:
    """Deny system calls that a notebook never needs.

    Args:
        alone: whether name spaces keep this process from all others.
    """
    column, architecture = ARCHITECTURES[platform.machine()]
    denied = [numbers[column] for numbers in (SYSTEM_CALLS | ({} if alone else TO_OTHERS)).values()]
    program = [
        (LOAD, 0, 0, 4),  # the architecture
        (EQUAL, 1, 0, architecture),
        (RETURN, 0, 0, KILL),
        (LOAD, 0, 0, 0),  # the system call's number
        (AT_LEAST, 0, 1, 0x40000000),  # the other numbers of x86-64
        (RETURN, 0, 0, DENY),
        *(step for number in denied for step in ((EQUAL, 0, 1, number), (RETURN, 0, 0, DENY))),
        *(step for numbers, commands in COMMANDS.values() for step in without(numbers[column], commands)),
        *only(SOCKET[column], UNIX),
        *(step for numbers in OF_ITSELF.values() for step in only(numbers[column], 0)),
        (EQUAL, 0, 1, CLONE3[column]),  # its flags lie in memory, where a filter cannot look
        (RETURN, 0, 0, NOT_THERE),
        (EQUAL, 0, 3, CLONE[column]),
        (LOAD, 0, 0, 16),  # the flags
        (ANY_BIT, 0, 1, NAME_SPACES),
        (RETURN, 0, 0, DENY),
        (RETURN, 0, 0, ALLOW),
    ]
    code = b"".join(struct.pack("HBBI", *step) for step in program)
    steps = ctypes.create_string_buffer(code, len(code))
    call("prctl", PR_SET_SECCOMP, FILTER, struct.pack("HxxxxxxQ", len(program), ctypes.addressof(steps)), 0, 0)


def only(number: int, first: int) -> list[tuple[int, int, int, int]]:
    """Allow a system call with this first argument alone."""
    return [
        (EQUAL, 0, 4, number),
        (LOAD, 0, 0, 16),
        (EQUAL, 0, 1, first),
        (RETURN, 0, 0, ALLOW),
        (RETURN, 0, 0, DENY),
    ]


def without(number: int, commands: tuple[int, ...]) -> list[tuple[int, int, int, int]]:
    """Deny a system call with one of these commands as its second argument; what follows decides on the others."""
    denied = [step for command in commands for step in ((EQUAL, 0, 1, command), (RETURN, 0, 0, DENY))]
    return [(EQUAL, 0, len(denied) + 2, number), (LOAD, 0, 0, 24), *denied, (LOAD, 0, 0, 0)]


CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
READ = 1 << 0 | 1 << 2 | 1 << 3  # execute, read files, read folders
FILES = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
"""All rights on files that landlock knows, from each version on."""
ON_A_FILE = 1 << 0 | 1 << 1 | 1 << 2 | 1 << 14 | 1 << 15
TCP, SCOPES = 3, 3  # bind and connect, from version 4 on; abstract sockets and signals, from version 6 on
SCOPED = 6


def landlock_version() -> int:
    """The version of landlock that this kernel has; 0 without."""
    return (
        0
        if libc is None
        else max(0, int(libc.syscall(ctypes.c_long(CREATE_RULESET), None, ctypes.c_long(0), ctypes.c_long(1))))
    )


def landlock(readable: list[str], scratch: str) -> None:
    """Deny all files but the readable ones and the scratch folder, and what else this landlock can deny."""
    version = landlock_version()
    files = max(rights for since, rights in FILES.items() if since <= version)
    attributes = struct.pack("QQQ", files, TCP if version >= 4 else 0, SCOPES if version >= SCOPED else 0)
    size = 8 if version < 4 else 16 if version < SCOPED else 24
    rules = call("syscall", CREATE_RULESET, attributes, size, 0)
    for path in [*readable, "/dev/urandom", "/dev/random", "/dev/zero"]:
        allow(rules, path, READ)
    allow(rules, "/dev/null", files)
    allow(rules, scratch, files)
    call("syscall", RESTRICT_SELF, rules, 0)
    os.close(rules)


def allow(rules: int, path: str, rights: int) -> None:
    descriptor = os.open(path, os.O_PATH)
    rights = rights if os.path.isdir(path) else rights & ON_A_FILE
    call("syscall", ADD_RULE, rules, 1, struct.pack("=Qi", rights, descriptor), 0)
    os.close(descriptor)
