# ruff: noqa: E501  (a line of a notebook is its own)
"""What notebooks use of IPython and ipykernel: a sealed kernel gives what a real one gives, run by nbclient.

Each row is a cell. It must end in both with the same error or none, and where it has a value, with the same value.
"""

import json
import os
import re

import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook
from submissions import UNIT

from dltools.grading.model import Limits
from dltools.running.ipc import use_ipc

LIMITS = Limits(cell_seconds=30, notebook_seconds=300, output_bytes=2_000_000)
PASSED_OVER = {
    "matplotlib inline": "%matplotlib inline\n1 + 1",
    "matplotlib notebook": "%matplotlib notebook\n1 + 1",
    "matplotlib widget": "%matplotlib widget\n1 + 1",
    "matplotlib ipympl": "%matplotlib ipympl\n1 + 1",
    "matplotlib tk": "%matplotlib tk\n1 + 1",
    "matplotlib qt": "%matplotlib qt5\n1 + 1",
    "matplotlib agg": "%matplotlib agg\n1 + 1",
    "matplotlib alone": "%matplotlib\n1 + 1",
    "matplotlib list": "%matplotlib --list\n1 + 1",
    "pylab": "%pylab inline\n1 + 1",
    "gui": "%gui qt\n1 + 1",
    "gui tk": "%gui tk\n1 + 1",
    "matplotlib.use tk": "import matplotlib\nmatplotlib.use('TkAgg')\n1 + 1",
    "matplotlib.use agg": "import matplotlib\nmatplotlib.use('agg')\nimport matplotlib.pyplot as plt\nplt.plot([1]); plt.show()\n1 + 1",
    "matplotlib.use nbagg": "import matplotlib\nmatplotlib.use('nbagg')\nimport matplotlib.pyplot as plt\nplt.plot([1]); plt.show(); plt.close()\n1 + 1",
    "switch_backend": "import matplotlib.pyplot as plt\nplt.switch_backend('QtAgg')\n1 + 1",
    "figure format": "%config InlineBackend.figure_format = 'retina'\n1 + 1",
    "figure formats": "from matplotlib_inline.backend_inline import set_matplotlib_formats\nset_matplotlib_formats('svg')\n1 + 1",
    "close_figures": "%config InlineBackend.close_figures = False\n1 + 1",
    "rc": "%config InlineBackend.rc = {'figure.dpi': 50}\n1 + 1",
    "print_figure_kwargs": "%config InlineBackend.print_figure_kwargs = {'bbox_inches': None}\n1 + 1",
    "back to inline": "%config InlineBackend.figure_format = 'png'\n%config InlineBackend.close_figures = True\n%matplotlib inline\n1 + 1",
    "Colab's drive": "from google.colab import drive\ndrive.mount('/content/drive')\n1 + 1",
    "Colab's files": "from google.colab import files, output\noutput.enable_custom_widget_manager()\n1 + 1",
    "Colab's data table": "%load_ext google.colab.data_table\n1 + 1",
    "Colab's module": "import google.colab\n1 + 1",
    "Colab's form": "#@title Setup { display-mode: 'form' }\n1 + 1",
}
"""What chooses a display, and Colab's own modules: passed over, whatever this machine's own kernel says."""

SAME = {
    # values and displays
    "a value": "6 * 7",
    "a semicolon": "6 * 7;",
    "underscore": "41 + 1",
    "the last value": "_ + 1",
    "Out": "type(Out).__name__, type(In).__name__",
    "display": "display(1, 'a')",
    "display of HTML": "from IPython.display import HTML, Markdown, Math, SVG, Image, JSON, Javascript, Audio, IFrame\ndisplay(HTML('<b>x</b>'), Markdown('*x*'), Math('x'))",
    "a handle": "h = display(1, display_id=True)\nh.update(2)\ntype(h).__name__",
    "update_display": "from IPython.display import update_display\nupdate_display(3, display_id=h.display_id)\n1",
    "clear_output": "from IPython.display import clear_output\nprint(1)\nclear_output()\nprint(2)",
    "clear_output waits": "print(1)\nclear_output(wait=True)\nprint(2)",
    "clear_output waits in vain": "print(1)\nclear_output(wait=True)",
    "javascript": "display(Javascript('1'))\n1",
    "a picture": "import numpy as np, matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()",
    "a picture without show": "plt.plot([1, 2]);\n3",
    "two figures": "plt.figure(); plt.plot([1]); plt.figure(); plt.plot([2]);\n1",
    "a representation that raises": "class A:\n    def __repr__(self): raise ValueError('x')\nA()",
    "a representation in HTML": "class B:\n    def _repr_html_(self): return '<b>b</b>'\n    def __repr__(self): return 'b'\nB()",
    "a representation that displays": "class C:\n    def _ipython_display_(self): print('shown')\nC()",
    "a formatter": "get_ipython().display_formatter.formatters['text/plain'].for_type(set, lambda x, p, c: p.text('a set'))\n{1}",
    "precision": "%precision 3\n3.14159265",
    "precision again": "%precision %r\n3.14159265",
    "pprint": "%pprint\n1",
    "xmode": "%xmode Plain\n1",
    "xmode back": "%xmode Context\n1",
    "automagic": "%automagic\n1",
    "automagic again": "%automagic\n1",
    "a magic without percent": "xmode Context",
    "autocall": "%autocall 0\n1",
    "ast_node_interactivity": "get_ipython().ast_node_interactivity = 'all'\n1",
    "ast_node_interactivity back": "1\n2\nget_ipython().ast_node_interactivity = 'last_expr'",
    "reprs of warnings": "import warnings\nwarnings.warn('x')\n1",
    # streams and input
    "print to stderr": "import sys\nprint('x', file=sys.stderr)\n1",
    "write": "sys.stdout.write('abc\\n')",
    "write a number": "sys.stdout.write(5)",
    "writelines": "sys.stdout.writelines(['a', 'b'])\nsys.stdout.flush()",
    "isatty": "sys.stdout.isatty(), sys.stdout.writable(), sys.stdout.encoding.lower()",
    "fileno": "isinstance(sys.stdout.fileno(), int)",
    "faulthandler": "import faulthandler\nfaulthandler.enable()\n1",
    "no buffer": "sys.stdout.buffer.write(b'x')",
    "a carriage return": "print('50 %', end='\\r'); print('100 %')",
    "input": "input('name? ')",
    "getpass": "import getpass\ngetpass.getpass()",
    "stdin": "sys.stdin.read()",
    "redirect": "import contextlib, io\nwith contextlib.redirect_stdout(io.StringIO()) as s: print('x')\ns.getvalue()",
    "logging": "import logging\nlogging.warning('x'); logging.getLogger().setLevel(10)\n1",
    "a breakpoint": "def broken():\n    breakpoint()\n1",
    # time and code magics
    "time": "%time x = 1\nx",
    "time a cell": "%%time\ny = 2\ny",
    "timeit": "%timeit -n1 -r1 1 + 1",
    "timeit a cell": "%%timeit -n1 -r1\n1 + 1",
    "timeit's result": "r = %timeit -o -q -n1 -r1 1\ntype(r).__name__",
    "capture": "%%capture out\nprint('x')\ndisplay(1)\nplt.plot([1]); plt.show()",
    "captured": "out.stdout, len(out.outputs)",
    "capture_output": "from IPython.utils.capture import capture_output\nwith capture_output() as c: print('x'); display(1)\nc.stdout",
    "prun": "%prun -q 1 + 1",
    "prun a cell": "%%prun -q\n1 + 1",
    "writefile": "%%writefile helper_a.py\nVALUE = 5\nif __name__ == '__main__':\n    ran = True",
    "import what was written": "import helper_a\nhelper_a.VALUE",
    "run": "%run helper_a.py\nran, VALUE",
    "load_ext": "%load_ext autoreload\n%autoreload 2\n1",
    "autoreload": "import pathlib, helper_a\npathlib.Path('helper_a.py').write_text('VALUE = 60')\n1",
    "reload_ext": "%reload_ext autoreload\n1",
    "an extension that is not there": "%load_ext no_such_extension",
    "a magic that is not there": "%no_such_magic",
    "a cell magic that is not there": "%%no_such_magic\n1",
    "load": "%load helper_a.py",
    "store": "%store",
    "macro": "%macro -q m 1\n1",
    "who": "%who_ls int",
    "whos": "%whos",
    "reset_selective": "%reset_selective -f ^nothing$\n1",
    "xdel": "zz = 1\n%xdel zz\n'zz' in globals()",
    "pinfo": "np.sum?",
    "pinfo2": "np.sum??",
    "psearch": "np.su*?",
    "pdoc": "%pdoc np.sum",
    "psource": "%psource helper_a",
    "history": "%history -l 1",
    "recall": "%recall 1",
    "notebook": "%notebook saved.ipynb",
    "alias": "%alias hello echo hello\n1",
    "hello": "%hello",
    "env": "%env COURSE=dl\nimport os\nos.environ['COURSE']",
    "set_env": "%set_env COURSE dl2\nos.environ['COURSE']",
    "mkdir and cd": "os.makedirs('inner', exist_ok=True)\n%cd inner\n%cd ..\nos.path.basename(os.getcwd()) != 'inner'",
    "a folder that is gone": "import tempfile\nhere = os.getcwd()\nwith tempfile.TemporaryDirectory() as f: os.chdir(f)\n1",
    "in a folder that is gone": "plt.plot([1]); plt.show()\n2",
    "back from it": "os.chdir(here)\nos.path.isdir('.')",
    "cd to nowhere": "%cd /no/such/folder\n1",
    "bookmark": "%bookmark -l",
    "config": "%config IPCompleter.greedy = True\n1",
    "config of nothing": "%config NoSuchThing.x = 1",
    "lsmagic": "%lsmagic\n1",
    "quickref": "%quickref",
    "html": "%%html\n<b>x</b>",
    "javascript cell": "%%javascript\n1",
    "latex": "%%latex\n$x$",
    "markdown": "%%markdown\n*x*",
    "svg": "%%svg\n<svg/>",
    "clear": "%clear",
    "edit": "%edit nothing_there.py",
    "autosave": "%autosave 60",
    "subshell": "%subshell",
    "debug": "%debug",
    "pdb": "%pdb off\n1",
    "tb": "%tb",
    "code_wrap": "%code_wrap --list",
    # shell
    "shell": "!echo shell",
    "shell's variable": "name = 'world'\n!echo {name} $name",
    "shell's value": "words = !echo a b\nwords",
    "shell that fails": "!false\n_exit_code",
    "a command that is not there": "!no_such_command\n_exit_code",
    "in the background": "!sleep 1 &",
    "shell twice": "!!echo twice",
    "sx": "%sx echo sx",
    "getoutput": "get_ipython().getoutput('echo got')",
    "ls": "files = !ls helper_a.py\nfiles",
    "os.system": "os.system('true')",
    "subprocess": "import subprocess\nsubprocess.run(['echo', 'x'], capture_output=True, text=True).stdout",
    "subprocess to stdout": "subprocess.run(['true'], stdout=sys.stdout).returncode",
    "bash": "%%bash\necho bash",
    "bash that fails": "%%bash\nexit 3",
    "sh": "%%sh\necho sh",
    "script": "%%script bash\necho script",
    "bash's output": "%%bash --out said\necho said",
    "said": "said",
    "python": "%%python\nprint('python')",
    "pip": "%pip --version",
    "conda": "%conda --version",
    # asyncio
    "await": "import asyncio\nawait asyncio.sleep(0.01)\n1",
    "async for": "async def steps():\n    yield 1\n[x async for x in steps()]",
    "async with": "lock = asyncio.Lock()\nasync with lock: pass\n1",
    "a running loop": "asyncio.get_running_loop().is_running(), asyncio.get_event_loop().is_running()",
    "asyncio.run": "async def two(): return 2\nasyncio.run(two())",
    "run_until_complete": "asyncio.get_event_loop().run_until_complete(two())",
    "a task": "task = asyncio.create_task(two())\n1",
    "the task": "await task",
    "gather": "await asyncio.gather(two(), two())",
    "an error in await": "async def bad(): raise ValueError('x')\nawait bad()",
    "autoawait": "%autoawait",
    "to_thread": "await asyncio.to_thread(lambda: 5)",
    # events, hooks, transformers
    "events": "seen = []\nip = get_ipython()\nhook = lambda *a: seen.append(1)\nip.events.register('pre_run_cell', hook)\n1",
    "events seen": "len(seen)",
    "events gone": "ip.events.unregister('pre_run_cell', hook)\n1",
    "post_execute": "after = lambda: None\nip.events.register('post_execute', after)\nip.events.unregister('post_execute', after)\n1",
    "an event that is not there": "ip.events.register('no_such_event', after)",
    "set_custom_exc": "def handler(shell, kind, value, tb, tb_offset=None): print('handled', kind.__name__)\nip.set_custom_exc((LookupError,), handler)\n1",
    "handled": "[][0]",
    "set_custom_exc gone": "ip.set_custom_exc((), None)\n1",
    "excepthook": "sys.excepthook is not None",
    "displayhook": "sys.displayhook(5)",
    "an own magic": "from IPython.core.magic import register_line_magic, register_cell_magic, register_line_cell_magic\n@register_line_magic\ndef own(line): return line\n%own abc",
    "an own cell magic": "@register_cell_magic\ndef skip(line, cell): return None\n1",
    "skipped": "%%skip\n1 / 0",
    "an input transformer": "keep = lambda lines: lines\nip.input_transformers_cleanup.append(keep)\n1",
    "an input transformer gone": "ip.input_transformers_cleanup.remove(keep)\n1",
    "set_hook": "ip.set_hook('synchronize_with_editor', lambda *a: None)\n1",
    "set_next_input": "ip.set_next_input('1')\n1",
    "run_cell": "ip.run_cell('1 + 1').result",
    "run_line_magic": "ip.run_line_magic('time', '1')",
    "magic": "ip.find_line_magic('time') is not None",
    "ex": "ip.ex('qq = 3')\nqq",
    "ev": "ip.ev('qq + 1')",
    "push": "ip.push({'pushed': 9})\npushed",
    "user_ns": "ip.user_ns['pushed']",
    "history_manager": "len(ip.history_manager.input_hist_raw) > 1",
    "execution_count": "isinstance(ip.execution_count, int)",
    "shell's class": "ip.__class__.__mro__[-1].__name__, 'ZMQInteractiveShell' in [c.__name__ for c in type(ip).__mro__]",
    "config has IPKernelApp": "'IPKernelApp' in ip.config",
    "colors": "ip.colors = 'nocolor'\n1",
    "complete": "'pushed' in ip.complete('push')[1]",
    # the kernel, comms, widgets
    "kernel": "ip.kernel.implementation, ip.kernel.shell is ip",
    "kernel's parent": "isinstance(ip.kernel.get_parent(), dict), isinstance(ip.get_parent(), dict)",
    "the request": "sorted(ip.get_parent()), ip.get_parent()['header']['msg_type'], ip.get_parent() == ip.kernel.get_parent()",
    "a request for each cell": "request = ip.get_parent()['header']['msg_id']",
    "another request": "ip.get_parent()['header']['msg_id'] != request",
    "training": "from dltools.nn import mse_loss\nfrom dltools.training import SGD, Linear, fit\nrng = np.random.default_rng(0)\nnet = Linear(2, 1, rng)\nx = rng.normal(size=(8, 2))\nlen(fit(net, mse_loss, SGD(net, 0.1), x, x[:, :1], 3, 4, rng).train_loss)",
    "kernel's comms": "ip.kernel.comm_manager.register_target('target', lambda comm, message: None)\n1",
    "kernel's session": "ip.kernel.session.send(ip.kernel.iopub_socket, 'stream', {'name': 'stdout', 'text': ''}) is not None",
    "a comm": "from comm import create_comm, get_comm_manager\nc = create_comm(target_name='x', data={'a': 1})\nc.on_msg(print); c.send({'b': 2}); c.close()\n1",
    "ipykernel's comm": "from ipykernel.comm import Comm\nComm(target_name='x', show_warning=False).send({})\n1",
    "display_pub": "ip.display_pub.publish({'text/plain': 'p'})\n1",
    "display hooks": "def seen_hook(message): return message\nip.display_pub.register_hook(seen_hook)\nip.display_pub.unregister_hook(seen_hook)",
    "widgets": "import ipywidgets as w\ns = w.IntSlider(value=2)\ns.value = 3\ns.observe(print, 'value')\ns.value",
    "a widget shown": "display(s)\n1",
    "interact": "@w.interact(a=3)\ndef g(a): print(a)",
    "interactive": "type(w.interactive(lambda a: a, a=3)).__name__",
    "an output widget": "o = w.Output()\nwith o: pass\n1",
    "captured in a widget": "@o.capture()\ndef shout(): return 5\nshout()",
    "a progress bar": "b = w.IntProgress(max=3)\nfor i in range(3): b.value += 1\nb.value",
    "a button": "k = w.Button()\nk.on_click(lambda b: None)\nk.click()\n1",
    "GridspecLayout": "w.HBox([w.VBox([s])]).children[0].children[0].value",
    # Python as in a notebook
    "main": "__name__",
    "file": "__file__",
    "get_ipython": "type(get_ipython()).__name__ != ''",
    "inspect": "import inspect\ndef source_of_me(): return 1\ninspect.getsource(source_of_me)",
    "threads": "import threading\nt = threading.Thread(target=lambda: None); t.start(); t.join()\n1",
    "sleep": "import time\ntime.sleep(0.01)",
    "a dataclass": "from dataclasses import dataclass\n@dataclass\nclass D: x: int\nD(1)",
    "pickle": "import pickle\npickle.loads(pickle.dumps(D(2))).x",
    "multiprocessing": "import multiprocessing\nwith multiprocessing.Pool(2) as p: r = p.map(abs, [-1, -2])\nr",
    "a pool of threads": "from concurrent.futures import ThreadPoolExecutor, ProcessPoolExecutor\nwith ThreadPoolExecutor(2) as p: r = list(p.map(abs, [-1, -2]))\nr",
    "a pool of processes": "with ProcessPoolExecutor(2) as p: r = list(p.map(abs, [-1, -2]))\nr",
    "a queue and a lock": "q = multiprocessing.Queue(); q.put(1); l = multiprocessing.Lock()\nq.get()",
    "a manager": "with multiprocessing.Manager() as manager:\n    d = manager.dict(); d['a'] = 1\n    r = dict(d)\nr",
    "a manager's queue and a pool": "with multiprocessing.Manager() as manager, multiprocessing.Pool(2) as p:\n    q = manager.Queue(); p.map(q.put, [1, 2])\n    r = sorted([q.get(), q.get()])\nr",
    "a pool of servers": "with multiprocessing.get_context('forkserver').Pool(2) as p: r = p.map(abs, [-1, -2])\nr",
    "a spawned pool": "with multiprocessing.get_context('spawn').Pool(2) as p: r = p.map(abs, [-1, -2])\nr",
    "a listener": "from multiprocessing.connection import Client, Listener\nwith Listener() as l, Client(l.address) as c, l.accept() as a:\n    a.send('x'); r = c.recv()\nr",
    "shared memory": "from multiprocessing import shared_memory\nm = shared_memory.SharedMemory(create=True, size=1000); m.close(); m.unlink()\n1",
    "joblib": "from joblib import Parallel, delayed\nParallel(n_jobs=2)(delayed(abs)(-i) for i in range(3))",
    "joblib's threads": "Parallel(n_jobs=2, prefer='threads')(delayed(abs)(-i) for i in range(3))",
    "joblib's large arrays": "Parallel(n_jobs=2)(delayed(np.sum)(np.ones(300_000)) for i in range(2))",
    "joblib's memory": "from joblib import Memory\nMemory('cache', verbose=0).cache(abs)(-3)",
    "tempfile": "import tempfile\nwith tempfile.NamedTemporaryFile() as f: f.write(b'x')\n1",
    "home": "os.path.isdir(os.path.expanduser('~'))",
    "nproc": "os.cpu_count() > 0",
    "locale": "'ä'.encode() and open('ä.txt', 'w').write('ä')",
    "a time zone": "import datetime, zoneinfo\nstr(datetime.datetime(2024, 7, 1, tzinfo=zoneinfo.ZoneInfo('Europe/Berlin')).utcoffset())",
    "argv": "isinstance(sys.argv, list)",
    "argparse": "import argparse\nargparse.ArgumentParser().parse_args([])",
    "urllib": "import urllib.request\n1",
    "seed": "np.random.seed(3)\nfloat(np.random.rand())",
    "seterr": "old = np.seterr(all='ignore')\n1",
    "a syntax error": "def (:",
    "an indentation error": "  x = 1\n y = 2",
    "a name that is not there": "no_such_name",
    "an assertion": "assert 1 == 2, 'no'",
    "an import that is not there": "import no_such_package",
    "SystemExit": "raise SystemExit(1)",
    "sys.exit": "sys.exit('enough')",
    "KeyboardInterrupt": "raise KeyboardInterrupt",
    "a group of errors": "raise ExceptionGroup('two', [ValueError(1), TypeError(2)])",
    "unraisable": "class U:\n    def __del__(self): raise ValueError\nu = U(); del u\n1",
    "del": "del no_such_name",
    "unicode": "π = 3.14; naïve = 'ñ€😀'\nnaïve",
    "a cell of comments": "# nothing",
    "tabs": "if True:\n\tx = 5\nx",
    "a long line": "len('" + "x" * 5000 + "')",
    "the end": "1 + 1",
}
ELSEWHERE = ("pastebin", "rerun", "pip", "uv", "cat")
"""Magics not run without arguments: one sends a cell to a public server, one runs itself, the others wait."""
MAGICS = "import json\nprint(json.dumps({kind: sorted(table) for kind, table in get_ipython().magics_manager.lsmagic().items()}))"


def run_real(sources, folder):
    """The cells in a real kernel."""
    notebook = new_notebook(cells=[new_code_cell(source) for source in sources])
    client = NotebookClient(notebook, allow_errors=True, timeout=60, resources={"metadata": {"path": str(folder)}})
    use_ipc(client, str(folder))
    client.execute(env={name: text for name, text in os.environ.items() if name != "PYTEST_CURRENT_TEST"})
    return notebook.cells


def ending(cell):
    """The name of the error that ended the cell, or None, the text of its value, and how many pictures it shows."""
    names = [output.ename for output in cell.outputs if output.output_type == "error"]
    values = [output.data.get("text/plain", "") for output in cell.outputs if output.output_type == "execute_result"]
    pictures = sum("image/png" in output.get("data", {}) for output in cell.outputs)
    return names[-1] if names else None, re.sub("0x[0-9a-f]+", "0x", values[-1]) if values else None, pictures


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    """How each row ends in a real kernel."""
    return dict(zip(SAME, map(ending, run_real(SAME.values(), tmp_path_factory.mktemp("real")))))


@pytest.fixture(scope="module")
def ours(sealed):
    rows = {**SAME, **PASSED_OVER}
    return dict(zip(rows, map(ending, run_ours(sealed, rows.values()))))


def run_ours(sealed, sources):
    """The cells in a sealed kernel."""
    notebook = new_notebook(cells=[new_code_cell(source) for source in sources])
    return sealed.execute(notebook, unit=UNIT, seed=1, limits=LIMITS).cells


@pytest.mark.parametrize("name", PASSED_OVER)
def test_what_only_chooses_a_display_is_passed_over(ours, name):
    assert ours[name][:2] == (None, "2")


@pytest.mark.parametrize("name", SAME)
def test_a_cell_ends_as_in_a_real_kernel(real, ours, name):
    assert ours[name] == real[name]


def test_every_magic_of_a_real_kernel_ends_as_there(sealed, tmp_path):
    magics = json.loads(run_real([MAGICS], tmp_path)[0].outputs[0].text)
    rows = [f"%{name}" for name in magics["line"] if name not in ELSEWHERE]
    rows += [f"%%{name}\n1" for name in magics["cell"] if name not in ELSEWHERE]
    real, ours = (list(map(ending, cells)) for cells in (run_real(rows, tmp_path), run_ours(sealed, rows)))
    assert {row: o for row, o, r in zip(rows, ours, real) if o[0] != r[0]} == {}
    assert len(rows) > 100
