"""The plain executor: what a cell does to its kernel costs that cell and no other."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from nbformat.v4 import new_code_cell, new_notebook

from dltools.grading.model import Limits
from dltools.grading.plain import execute

CELLS = {
    "value": "value = 41",
    "seed": "import os; print(os.environ['DLTOOLS_SEED'])",
    "fails": "1 / 0",
    "dies": "import os; os._exit(1)",
    "after_death": "print(value + 1)",
    "endless": "while True: pass",
    "after_endless": "print(value + 2)",
    "stubborn": "while True:\n    try:\n        while True: pass\n    except KeyboardInterrupt:\n        pass",
    "floods": "for _ in range(2000): print('x' * 1000)",
    "last": "value + 3",
}


def test_each_cell_pays_for_itself() -> None:
    notebook = new_notebook(cells=[new_code_cell(source, id=name) for name, source in CELLS.items()])
    executed = execute(notebook, Limits(cell_seconds=6, notebook_seconds=500, output_bytes=500_000), seed=17)
    cells = {cell["id"]: cell for cell in executed["cells"]}
    errors = {name: [out["ename"] for out in cell["outputs"] if "ename" in out] for name, cell in cells.items()}
    text = {name: "".join(out.get("text", "") for out in cell["outputs"]) for name, cell in cells.items()}
    assert text["seed"] == "17\n"
    assert errors["fails"] == ["ZeroDivisionError"]
    assert errors["dies"] == ["KernelDied"]
    assert text["after_death"] == "42\n"
    assert errors["endless"][-1] == "CellTimeout"
    assert text["after_endless"] == "43\n"
    assert errors["stubborn"][-1] == "CellTimeout"
    assert len(text["floods"]) < 600_000
    assert "the rest of the output is left out" in text["floods"]
    assert notebook.cells[0].get("outputs") == []


def test_the_caller_may_have_an_event_loop() -> None:
    async def caller() -> list:
        notebook = new_notebook(cells=[new_code_cell("open('data/words.txt').read()")])
        return execute(notebook, Limits(), seed=0, files={"data/words.txt": b"to be"})["cells"][0]["outputs"]

    with ThreadPoolExecutor(1) as thread:
        (output,) = thread.submit(asyncio.run, caller()).result()
    assert output["data"]["text/plain"] == "'to be'"
