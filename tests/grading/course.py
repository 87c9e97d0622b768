"""A small course made by code, for tests of release and grading that need no figures: one unit, three exercises."""

from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
UNIT = "01-small"


def cell(name: str, **meta: object) -> str:
    flags = {"grade": False, "locked": False, "solution": False, "task": False, "schema_version": 3, "grade_id": name}
    text = ", ".join(
        f'"{key}": {str(value).lower() if isinstance(value, bool) else repr_json(value)}'
        for key, value in (flags | meta).items()
    )
    return f"# %% nbgrader={{{text}}}"


def repr_json(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)


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


def make_course(root: Path, authored: str = AUTHORED) -> Path:
    """A course's repository in `root` with the small unit authored, not yet released."""
    folder = root / "solutions" / UNIT
    folder.mkdir(parents=True)
    (folder / f"{UNIT}.py").write_text(authored, encoding="utf-8")
    (root / "nbgrader_config.py").write_bytes((REPOSITORY / "nbgrader_config.py").read_bytes())
    return root
