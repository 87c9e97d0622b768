"""A small course made by code, for tests of release and grading that need no figures: one unit, three exercises."""

import json
from pathlib import Path

from dltools.release import authored

REPOSITORY = Path(__file__).resolve().parents[2]
UNIT = "01-small"
EXERCISES = ("conv2d_output_size", "conv2d_parameter_count", "conv2d_forward")


def cell(name: str, **meta: object) -> str:
    """The head of a py:percent cell with nbgrader's metadata."""
    flags = {"grade": False, "locked": False, "solution": False, "task": False, "schema_version": 3, "grade_id": name}
    return f"# %% nbgrader={json.dumps(flags | meta)}"


AUTHORED = f'''# %% [markdown]
# # A small unit
#
# Three functions of the unit on convolution.

# %%
import numpy as np

from dltools.checks import check

# %% [markdown]
# ## Size of the output

{cell("conv2d_output_size", solution=True)}
def conv2d_output_size(size, kernel_size, stride=1, padding=0):
    """How many places the filter has."""
    ### BEGIN SOLUTION
    return (size - kernel_size + 2 * padding) // stride + 1
    ### END SOLUTION

{cell("check_conv2d_output_size", grade=True, locked=True, points=2)}
check(conv2d_output_size)

{cell("conv2d_parameter_count", solution=True)}
def conv2d_parameter_count(in_channels, out_channels, kernel_size):
    """How many numbers are learned."""
    ### BEGIN SOLUTION
    return (kernel_size * kernel_size * in_channels + 1) * out_channels
    ### END SOLUTION

{cell("check_conv2d_parameter_count", grade=True, locked=True, points=2)}
check(conv2d_parameter_count)

# %% [markdown]
# ## The layer

{cell("conv2d_forward", solution=True)}
def conv2d_forward(x, weight, bias, stride=1, padding=0):
    """Cross-correlation of x (N, C, H, W) with weight (K, C, FH, FW)."""
    ### BEGIN SOLUTION
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, weight.shape[2:], axis=(2, 3))
    out = np.einsum("nchwij,kcij->nkhw", windows[:, :, ::stride, ::stride], weight)
    return (out + bias[:, None, None]).astype(x.dtype), None
    ### END SOLUTION

{cell("check_conv2d_forward", grade=True, locked=True, points=8)}
check(conv2d_forward)

# %%
print("the end")
'''


def make_course(root: Path, text: str = AUTHORED) -> Path:
    """A course's repository in `root` with the small unit: authored and paired, neither executed nor released."""
    folder = root / "solutions" / UNIT
    folder.mkdir(parents=True)
    source = folder / f"{UNIT}.py"
    source.write_text(text, encoding="utf-8")
    authored.write(authored.from_py(source), source.with_suffix(".ipynb"))
    (folder / "data").mkdir()
    (folder / "data" / "words.csv").write_text("to be", encoding="utf-8")
    (root / "nbgrader_config.py").write_bytes((REPOSITORY / "nbgrader_config.py").read_bytes())
    return root


class Answers:
    """Writes notebooks as students hand them in: the released one with some cells answered."""

    def __init__(self, root: Path, unit: str = UNIT) -> None:
        self.authored = authored.read(root / "solutions" / unit / f"{unit}.ipynb")

    def solution(self, name: str) -> str:
        return next(cell.source for cell in self.authored.cells if cell.id == name)

    def released(self) -> dict:
        """The notebook before any answer."""
        notebook = json.loads(json.dumps(self.authored))
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code":
                cell.update(outputs=[], execution_count=None)
            begin = cell["source"].find("    ### BEGIN SOLUTION")
            if begin >= 0:
                cell["source"] = cell["source"][:begin] + "    # YOUR CODE HERE\n    raise NotImplementedError()"
        return notebook

    def notebook(self, right: tuple[str, ...] = (), **cells: str) -> dict:
        """With the solution in the cells named in `right`, and the given text in others."""
        notebook = self.released()
        sources = {name: self.solution(name) for name in right} | cells
        for cell in notebook["cells"]:
            cell["source"] = sources.get(cell["id"], cell["source"])
        return notebook

    def perfect(self) -> dict:
        return self.notebook(EXERCISES)
