# ruff: noqa: E501  (a line of a submission is its own)
"""Every known way to a point without right numbers, and every known way to break the machine: one row a case.

Each row is a submission with two exercises of two points each. Its code answers the first (and tries its trick there);
the second has a right answer, so that its points show whether the trick has cost more than the cell concerned.
The hostile rows run in the jail only, and each is bounded by itself: counts, sizes and sleeps that end.
"""

import os
import socket
from pathlib import Path

import pytest
from submissions import COUNT, SIZE, scores, submission

import dltools

WRONG = """
def conv2d_output_size(size, kernel_size, stride=1, padding=0):
    return 1
"""
DENIED = """
def denied(action):
    try:
        action()
    except (OSError, ImportError, MemoryError, RuntimeError):
        return True
    return False
"""


def after_denial(*actions):
    """A right answer, if every action is denied."""
    tests = "\n".join(f"assert denied(lambda: {action}), {action!r}" for action in actions)
    return DENIED + "import ctypes, glob, os, resource, socket, subprocess, sys\nimport numpy as np\n" + tests + SIZE


SEALED = {
    # the checks and NumPy replaced
    "np.testing and np.allclose patched": WRONG + "np.testing.assert_allclose = np.allclose = lambda *a, **k: True",
    "np.abs patched": WRONG + "np.abs = np.absolute = lambda x: np.zeros_like(x)",
    "builtins patched": WRONG + "import builtins; builtins.abs = builtins.all = builtins.isinstance = lambda *a: True",
    "check redefined": WRONG + "check = lambda *a, **k: 2.0",
    "check replaced in its module": WRONG + "import dltools.checks; dltools.checks.check = lambda *a, **k: 2.0",
    "sys.modules replaced": WRONG + "import sys; sys.modules['numpy'] = sys.modules['dltools.checks'] = sys",
    "an own dltools.py": WRONG + "open('dltools.py', 'w').write('check = lambda *a: 2.0')",
    # objects that lie
    "an array whose == lies": """
class Liar(np.ndarray):
    __eq__ = __le__ = __ge__ = lambda self, other: np.ones(self.shape, bool)
def conv2d_output_size(*a, **k): return np.array(1).view(Liar)
""",
    "an object that equals everything": """
class Equal:
    __eq__ = __le__ = __ge__ = __lt__ = __gt__ = lambda self, other: True
    __hash__ = None
    __abs__ = __sub__ = __rsub__ = __mul__ = __rmul__ = lambda self, *a: self
    __float__ = lambda self: 0.0
    __index__ = __int__ = lambda self: 0
    shape, dtype, ndim, size = (), np.dtype(int), 0, 1
def conv2d_output_size(*a, **k): return Equal()
""",
    "__array_function__ and __array_ufunc__": """
class Fake:
    __array_function__ = lambda self, f, types, args, kwargs: True
    __array_ufunc__ = lambda self, *a, **k: np.zeros(())
    __array__ = lambda self, *a, **k: np.zeros((), int)
    __array_interface__ = {'shape': (), 'typestr': '<i8', 'data': (4096, False), 'version': 3}
def conv2d_output_size(*a, **k): return Fake()
""",
    "an integer that lies": """
class Any(int):
    __eq__ = lambda self, other: True
    __hash__ = int.__hash__
def conv2d_output_size(*a, **k): return Any(1)
""",
    "another exercise's function and name": COUNT + "conv2d_output_size = conv2d_parameter_count",
    "a name that hides the function": """
class Named:
    __name__ = 'conv2d_parameter_count'
    def __call__(self, *a, **k): return 1
conv2d_output_size = Named()
""",
    # a number shown for a number scored
    "points printed": WRONG + "print(2.0)",
    "points printed in the call": "def conv2d_output_size(*a, **k): print('2.0'); return 1",
    "points returned": "def conv2d_output_size(*a, **k): return 2.0",
    "a fake result by the display hook": WRONG
    + "import sys; sys.displayhook = lambda v: None; get_ipython().displayhook.write_format_data({'text/plain': '2.0'})",
    "an input transformer": WRONG + "get_ipython().input_transformers_post.append(lambda lines: ['2.0'])",
    "an AST transformer": WRONG
    + "import ast\nclass T(ast.NodeTransformer):\n    def visit(self, n): return ast.parse('2.0')\n"
    + "get_ipython().ast_transformers.append(T())",
    "post_run_cell shows points": WRONG
    + "get_ipython().events.register('post_run_cell', lambda r: display({'text/plain': '2.0'}, raw=True))",
    # the reference
    "the reference imported": "from dltools.nn import conv2d_output_size",
    "the reference's module imported": "from dltools.nn.convolution import conv2d_output_size",
    "a later unit that has it": "from dltools.nn.pooling import conv2d_output_size",
    "the reference imported lazily": """
def conv2d_output_size(*a, **k):
    import importlib
    return importlib.import_module('dltools.nn.convolution').conv2d_output_size(*a, **k)
""",
    "the reference found on the disk": """
import importlib.util
spec = importlib.util.spec_from_file_location('r', 'REFERENCE')
r = importlib.util.module_from_spec(spec); spec.loader.exec_module(r)
conv2d_output_size = r.conv2d_output_size
""",
    "the reference found in memory": """
import gc, types
conv2d_output_size = next(f for f in gc.get_objects() if isinstance(f, types.FunctionType) and f.__name__ == 'conv2d_output_size')
""",
    "the checks imported": "from dltools.checks.engine import judge\nfrom dltools.checks import exercises",
    "the expected value in a caller's frame": """
def conv2d_output_size(*a, **k):
    import sys
    frame = sys._getframe()
    while frame := frame.f_back:
        for value in frame.f_locals.values():
            if hasattr(value, 'expected'): return value.expected
    return 1
""",
    "the seed in the environment": """
import os
np.random.seed(int(os.environ['DLTOOLS_SEED']))
conv2d_output_size = lambda *a, **k: 1
""",
    # the channel
    "frames forged on every descriptor": """
import json, os, struct
def conv2d_output_size(*a, **k):
    for number in range(1, 300):
        text = json.dumps(['dict', ['sequence', number], ['value', 2]]).encode()
        for fd in range(3, 20):
            try: os.write(fd, struct.pack('!II', len(text), 0) + text)
            except OSError: pass
    return 1
""",
    "a frame of 4 GB announced": """
import os
def conv2d_output_size(*a, **k):
    for fd in range(3, 20):
        try: os.write(fd, b'\\xff' * 64)
        except OSError: pass
    return 1
""",
    "a result of 1 GB": "def conv2d_output_size(*a, **k): return np.zeros(1 << 27)",
    "a list in itself": "def conv2d_output_size(*a, **k): x = []; x.append(x); return x",
    "a list of a million lists": "def conv2d_output_size(*a, **k): return [[] for _ in range(10**6)]",
    "an exception whose text hangs": """
class Slow(Exception):
    def __str__(self):
        while True: pass
def conv2d_output_size(*a, **k): raise Slow
""",
    "an exception whose text lies": """
class Verdict(Exception):
    points = 2.0
    _repr_mimebundle_ = lambda self, **k: {'text/plain': '2.0'}
def conv2d_output_size(*a, **k): raise Verdict('2.0')
""",
    "exit in the function": "def conv2d_output_size(*a, **k): exit()",
    "sys.exit in the function": "def conv2d_output_size(*a, **k): import sys; sys.exit(0)",
    "os._exit in the function": "def conv2d_output_size(*a, **k): import os; os._exit(0)",
    "os._exit in the cell": "import os; os._exit(0)",
    "no answer": "def conv2d_output_size(*a, **k): raise NotImplementedError",
    "no function": "conv2d_output_size = 2.0",
    "a syntax error": "def conv2d_output_size(:",
    "nothing": "",
}

BREAKING = {
    "an endless loop": "def conv2d_output_size(*a, **k):\n    while True: pass",
    "an endless loop in the cell": "while True: pass",
    "an endless loop that takes no interrupt": """
def conv2d_output_size(*a, **k):
    while True:
        try:
            while True: pass
        except BaseException: pass
""",
    "interrupts ignored": """
import signal, time
signal.signal(signal.SIGINT, signal.SIG_IGN)
def conv2d_output_size(*a, **k): time.sleep(60)
""",
    "a segmentation fault": "def conv2d_output_size(*a, **k):\n    import ctypes; ctypes.string_at(0)",
    "a segmentation fault in the cell": "import ctypes; ctypes.string_at(0)",
    "a recursion that kills the interpreter": """
import sys
def conv2d_output_size(*a, **k):
    sys.setrecursionlimit(10**9)
    class A:
        def __getattribute__(self, name): return getattr(self, name)
    return A().x
""",
    "30 GB": "def conv2d_output_size(*a, **k): return int(np.ones(30 << 27).sum())",
    "100 MB of output in the function": "def conv2d_output_size(*a, **k):\n    for _ in range(100): print('x' * 2**20)",
    "a fork bomb of 200": """
import os, time
def conv2d_output_size(*a, **k):
    for _ in range(200):
        if os.fork() == 0:
            time.sleep(20); os._exit(0)
""",
}

HARMLESS = {
    "right": SIZE,
    "right, by a lambda": "conv2d_output_size = lambda size, kernel_size, stride=1, padding=0: (size + 2 * padding - kernel_size) // stride + 1",
    "right, with prints and warnings": SIZE.replace(
        "    return", "    print('2'); import warnings; warnings.warn('!'); np.log(-1.0)\n    return"
    ),
    "right, with 100 MB of output in the cell": SIZE + "for _ in range(100): print('x' * 2**20)",
    "right, with 100 MB written to the descriptor": SIZE + "import os\nfor _ in range(100): os.write(1, b'x' * 2**20)",
    "right, with a trace function": SIZE + "import sys; sys.settrace(lambda *a: None)",
    "right, with a thread that stays": SIZE
    + "import threading, time; threading.Thread(target=lambda: [time.sleep(0.01) for _ in range(3000)]).start()",
    "right, with a child that stays": SIZE
    + "import os, time\nif os.fork() == 0:\n    os.setsid(); time.sleep(30); os._exit(0)",
    "right, with a grandchild that stays": SIZE
    + "import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0: time.sleep(30)\n    os._exit(0)",
    "right, with a child that goes on": SIZE + "import os\nos.fork()",
    "right, with half an emoji": SIZE + "x = '\\ud83d'\nprint(repr(x))",
    "right, with magics at the top of its imports": "%matplotlib inline\n%config InlineBackend.figure_format = 'retina'\n"
    + "%load_ext autoreload\n%autoreload 2\n!ls\nfrom google.colab import drive\n"
    + "drive.mount('/content/drive')\nimport numpy as np, math as m"
    + SIZE
    + "m.pi",
    "right, with a figure in each call": SIZE.replace(
        "    return", "    import matplotlib.pyplot as plt; plt.figure(); plt.plot([size])\n    return"
    ),
    "right, with exit in the cell": SIZE + "exit()",
    "right, and the kernel kills all it sees": SIZE
    + "import os, signal\ntry: os.kill(-1, signal.SIGKILL)\nexcept OSError: pass",
    "no network": after_denial(
        "socket.create_connection(('127.0.0.1', 22), 1)",
        *(f"socket.socket({family})" for family in range(2, 46)),
        "socket.socket(socket.AF_UNIX).connect('SOCKET')",
        "socket.socket(socket.AF_UNIX).connect('\\0SOCKET')",
    ),
    "no file of the system": after_denial("open('/etc/passwd')", "open('/etc/shadow')", "open('/root/.bashrc')"),
    "no writing outside": after_denial(
        "open('/x', 'w')", "open('/usr/lib/x', 'w')", "open(np.__file__, 'a')", "open('/tmp/x', 'w')"
    ),
    "no symbolic link out": after_denial("(os.symlink('/etc/passwd', 'link'), open('link'))"),
    "no environment of staff": after_denial(
        "os.environ['STAFF_SECRET'] if 'STAFF_SECRET' in os.environ else open('/none')"
    ),
    "no environment by /proc": after_denial("open('/proc/1/environ').read()", "open('/proc/self/environ').read()"),
    "no environment of staff on the stack": """
import ctypes
end = ctypes.c_void_p.in_dll(ctypes.CDLL(None), '__libc_stack_end').value
words = ctypes.cast(end, ctypes.POINTER(ctypes.c_size_t))
found, i = [], words[0] + 2  # after the arguments and their end
while words[i]:
    found.append(ctypes.string_at(words[i]).decode())
    i += 1
names = {text.partition('=')[0] for text in found}
assert 'PATH' in names and 'STAFF_SECRET' not in names and 'not for students' not in str(found), found
"""
    + SIZE,
    "no limit, affinity or priority of another process": "import fcntl\n"
    + after_denial(
        "resource.prlimit(1, resource.RLIMIT_CPU, (1, 1))",
        "os.sched_setaffinity(1, {0})",
        "os.setpriority(os.PRIO_USER, 0, 19)",
        "fcntl.fcntl(0, fcntl.F_SETOWN, 1)",
        "fcntl.ioctl(0, 0x8901, (1).to_bytes(4, 'little'))",
    ),
    "no memory that outlives or that nobody counts": after_denial(
        "os.close(os.open('/none', 0)) if ctypes.CDLL(None).shmget(0, 4096, 0o1600) < 0 else None",
        "os.close(os.open('/none', 0)) if ctypes.CDLL(None).msgget(0, 0o1600) < 0 else None",
        "os.close(os.open('/none', 0)) if ctypes.CDLL(None).semget(0, 1, 0o1600) < 0 else None",
        "os.memfd_create('x')",
    ),
    "no end that looks like the machine's doing": """
import os, resource, signal
for end in (
    lambda: resource.setrlimit(resource.RLIMIT_CPU, (1, 1)),
    lambda: os.kill(os.getpid(), signal.SIGKILL),
    lambda: os.kill(0, signal.SIGTERM),
    lambda: os.kill(0, signal.SIGKILL),
    lambda: os.kill(-1, signal.SIGHUP),
    lambda: signal.pthread_kill(__import__('threading').get_ident(), signal.SIGHUP),
):
    try: end()
    except (OSError, ValueError): pass
"""
    + SIZE,
    "its own limits and affinity": "import os, resource\nos.sched_setaffinity(0, os.sched_getaffinity(0))\n"
    + "resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100)); resource.prlimit(0, resource.RLIMIT_NOFILE)"
    + SIZE,
    "no gradebook": after_denial("open('GRADEBOOK')", "open('GRADEBOOK', 'w')"),
    "no course on the path": after_denial("[open(p + '/pyproject.toml') for p in sys.path if p] and open('/none')"),
    "no file system of its own": after_denial(
        "os.close(os.open('/none', 0)) if ctypes.CDLL(None).mount(b'none', b'/home', b'tmpfs', 0, None) else None",
        "os.close(os.open('/none', 0)) if ctypes.CDLL(None).unshare(0x10000000) else None",
        "os.close(os.open('/none', 0)) if ctypes.CDLL(None).ptrace(0, 0, 0, 0) else None",
    ),
    "no higher limit": DENIED + "import resource\n"
    "def raise_it():\n    try: resource.setrlimit(resource.RLIMIT_AS, (1 << 50, 1 << 50))\n    except ValueError: raise OSError\n"
    "assert denied(raise_it)" + SIZE,
    "no root": "import os; assert os.getuid() != 0 and os.geteuid() != 0; assert not __import__('pathlib').Path('/proc').exists() or True"
    + SIZE,
    "no 1 GB of files": after_denial("[open(f'f{i}', 'wb').write(bytes(1 << 24)) for i in range(64)]"),
}

ROWS = [
    *((f"sealed: {name}", code, 0) for name, code in SEALED.items()),
    *((f"jailed: {name}", code, 0) for name, code in BREAKING.items()),
    *((f"harmless: {name}", code, 2) for name, code in HARMLESS.items()),
]


SELF_HARM = ("an input transformer", "an AST transformer", "frames forged on every descriptor")
"""Tricks that also break the student's own later cells."""


@pytest.fixture(scope="module")
def listening(tmp_path_factory):
    """The path of a socket of this machine's, and the name of another, to which everybody may connect."""
    path = tmp_path_factory.mktemp("listening") / "socket"
    with socket.socket(socket.AF_UNIX) as one, socket.socket(socket.AF_UNIX) as two:
        one.bind(str(path))
        two.bind(f"\0{path}")
        one.listen()
        two.listen()
        path.chmod(0o777)
        yield str(path)


@pytest.mark.parametrize("name, code, points", ROWS, ids=[row[0] for row in ROWS])
def test_a_submission_gets_what_its_numbers_deserve(level, execute, tmp_path, listening, name, code, points):
    if level == "limited" and name.endswith("no 1 GB of files"):
        pytest.skip(
            "the jail limited has a limit for one file, and none for all files together (jail/levels.py says so)"
        )
    (tmp_path / "gradebook.db").write_text("scores")
    os.chmod(tmp_path, 0o777)
    reference = str(Path(dltools.__file__).parent / "nn" / "convolution.py")
    places = {"REFERENCE": reference, "GRADEBOOK": f"{tmp_path}/gradebook.db", "SOCKET": listening}
    for word, place in places.items():
        code = code.replace(word, place)
    executed = execute(submission(code))
    shown = "\n".join(str(output)[:800] for cell in executed.cells for output in cell.outputs)
    assert scores(executed) == {"size": points, "count": 0 if name.endswith(SELF_HARM) else 2}, shown
    assert (tmp_path / "gradebook.db").read_text() == "scores"
