"""Plain data over a socket between the trusted checker and a student's kernel.

The threat: the other end is hostile and sends whatever bytes it likes. So nothing here can run code: no pickle, no
`np.dtype(text)`, no class looked up by name. A frame is a JSON skeleton and the raw bytes of its arrays; numbers,
strings, lists, tuples, sets, dictionaries, slices, arrays of the dtypes below and the state of a numpy Generator cross
as copies. Everything else stays where it is, and crosses as an opaque reference that `Table` keeps.
Whatever is malformed, too large or too deep raises Malformed, and the channel is closed: there is no resuming.

What it cannot stop: lies. A decoded value is data of the right form, no more.
"""

import json
import math
import socket
import struct
import time
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from dltools.running.plain import Elsewhere, likeness

HEADER = struct.Struct("!II")
MAX_SKELETON = 4 << 20
MAX_BUFFERS = 64 << 20
LONG = 10_000
"""Characters from which on a text crosses beside the skeleton: a cell may hold 5 MB of constants, a picture too."""
MAX_NODES = 200_000
MAX_ENTRIES = 10_000
"""Of one set or dictionary: keys chosen to collide cost the square of their number."""
MAX_DEPTH = 40
MAX_NDIM = 32

SCALARS = (bool, int, float, str, type(None))
NUMBERS = "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64 complex64 complex128"
DTYPES = {np.dtype(name).str: np.dtype(name) for name in NUMBERS.split()}
"""The only dtypes that cross, by their exact text: a table, because np.dtype(text) parses what it is given."""


class Malformed(ValueError):
    """The other end sent something that is not a frame of plain data, or the value to send is too large for one."""


class Closed(ConnectionError):
    """The other end is gone."""


class Table(Protocol):
    """What becomes of a value that is not plain data: a reference goes out, and one that comes in is looked up."""

    def lend(self, value: Any) -> list[Any]: ...

    def find(self, reference: list[Any]) -> Any: ...


def pack(value: Any, table: Table) -> bytes:
    """The frame of a value; ValueError (Malformed) where it is too large or too deep."""
    buffers: list[bytes] = []
    try:
        skeleton = json.dumps(outward(value, table, buffers, 0), separators=(",", ":")).encode("ascii")
    except (ValueError, RuntimeError, MemoryError) as error:  # a number of 5,000 digits, a dictionary that changes
        raise Malformed(f"The value cannot be passed on: {error}") from None
    size = sum(map(len, buffers))
    if len(skeleton) > MAX_SKELETON or size > MAX_BUFFERS:
        raise Malformed(f"The value is too large to pass on: {len(skeleton) + size:,} bytes.")
    return b"".join([HEADER.pack(len(skeleton), size), skeleton, *buffers])


def outward(value: Any, table: Table, buffers: list[bytes], depth: int) -> Any:
    """The JSON skeleton of a value: scalars as they are, everything else a list that starts with its kind."""
    kind = type(value)  # exactly: a subclass may behave in other ways, so that it does not cross
    if kind is str and len(value) > LONG:
        return text_skeleton(value, buffers)
    if kind in SCALARS:
        return value
    if depth > MAX_DEPTH:
        raise Malformed(f"The value is nested more than {MAX_DEPTH} deep.")

    def inner(item: Any) -> Any:
        return outward(item, table, buffers, depth + 1)

    if kind in (list, tuple, set, frozenset):
        return [kind.__name__, *map(inner, value)]
    if kind is dict:
        return ["dict", *([inner(key), inner(item)] for key, item in value.items())]
    if kind is np.ndarray and value.dtype.str in DTYPES:
        return array_skeleton(value, buffers)
    if issubclass(kind, np.generic) and value.dtype.str in DTYPES:
        buffers.append(value.tobytes())
        return ["number", value.dtype.str]
    if kind is complex:
        return ["complex", value.real, value.imag]
    if kind is slice:
        return ["slice", inner(value.start), inner(value.stop), inner(value.step)]
    if kind is bytes:
        buffers.append(value)
        return ["bytes", len(value)]
    if value is Ellipsis:
        return ["ellipsis"]
    if kind is np.random.Generator and type(value.bit_generator) is np.random.PCG64:
        return generator_skeleton(value)
    like = likeness(value)  # of np.matrix, long double, subclasses; the value itself stays what it is
    return ["reference", *table.lend(value)] if like is None else ["lent", inner(like), *table.lend(value)]


def text_skeleton(text: str, buffers: list[bytes]) -> list[Any]:
    """The skeleton of a long text; its bytes go to the buffers."""
    buffers.append(text.encode("utf-8", "surrogatepass"))
    return ["text", len(buffers[-1])]


def generator_skeleton(generator: np.random.Generator) -> list[Any]:
    """The skeleton of a generator: where it stands."""
    state: dict[str, Any] = dict(generator.bit_generator.state)
    return ["generator", *state["state"].values(), state["has_uint32"], state["uinteger"]]


def array_skeleton(array: np.ndarray, buffers: list[bytes]) -> list[Any]:
    """The skeleton of an array; its bytes go to the buffers."""
    if array.nbytes > MAX_BUFFERS:
        raise Malformed(f"The array is too large to pass on: {array.nbytes:,} bytes.")
    buffers.append(array.tobytes())
    return ["array", array.dtype.str, list(array.shape)]


class Reader:
    """Builds the value of one frame, counting as it goes."""

    def __init__(self, table: Table, buffers: memoryview):
        self.table = table
        self.buffers = buffers
        self.nodes = 0

    def inward(self, node: Any, depth: int = 0) -> Any:
        self.nodes += 1
        if self.nodes > MAX_NODES or depth > MAX_DEPTH:
            raise Malformed("The frame holds too many values, or too deep ones.")
        if type(node) in SCALARS:
            return node
        if type(node) is not list or not node or type(node[0]) is not str:
            raise Malformed("The frame holds something that is no value.")
        kind, rest = node[0], node[1:]
        read = READERS.get(kind)
        if read is None:
            raise Malformed("The frame holds a value of no known kind.")
        return read(self, rest, depth + 1)

    def few(self, nodes: list[Any]) -> list[Any]:
        if len(nodes) > MAX_ENTRIES:
            raise Malformed("The frame holds too large a set or dictionary.")
        return nodes

    def take(self, size: int) -> memoryview:
        if type(size) is not int or not 0 <= size <= len(self.buffers):
            raise Malformed("The frame's bytes do not match its skeleton.")
        taken, self.buffers = self.buffers[:size], self.buffers[size:]
        return taken


def read_list(reader: Reader, nodes: list[Any], depth: int) -> list[Any]:
    return [reader.inward(node, depth) for node in nodes]


def read_dict(reader: Reader, nodes: list[Any], depth: int) -> dict[Any, Any]:
    return {reader.inward(key, depth): reader.inward(item, depth) for key, item in reader.few(nodes)}


def read_array(reader: Reader, nodes: list[Any], depth: int) -> np.ndarray:
    dtype, shape = nodes
    kind = DTYPES[dtype]
    if len(shape) > MAX_NDIM or any(type(n) is not int or not 0 <= n <= MAX_BUFFERS for n in shape):
        raise Malformed("The frame holds an array of an impossible shape.")
    size = math.prod(shape) * kind.itemsize
    return np.frombuffer(reader.take(size), kind).reshape(shape).copy()


def read_number(reader: Reader, nodes: list[Any], depth: int) -> np.generic:
    (dtype,) = nodes
    return np.frombuffer(reader.take(DTYPES[dtype].itemsize), DTYPES[dtype])[0]  # type: ignore[no-any-return]


def read_bytes(reader: Reader, nodes: list[Any], depth: int) -> bytes:
    (size,) = nodes
    return bytes(reader.take(size))


def read_text(reader: Reader, nodes: list[Any], depth: int) -> str:
    return read_bytes(reader, nodes, depth).decode("utf-8", "surrogatepass")


def read_complex(reader: Reader, nodes: list[Any], depth: int) -> complex:
    real, imag = nodes
    if type(real) is not float or type(imag) is not float:
        raise Malformed("The frame holds a complex number without numbers.")
    return complex(real, imag)


def read_slice(reader: Reader, nodes: list[Any], depth: int) -> slice:
    start, stop, step = (reader.inward(part, MAX_DEPTH) for part in nodes)
    return slice(start, stop, step)


def read_ellipsis(reader: Reader, nodes: list[Any], depth: int) -> Any:
    () = nodes
    return Ellipsis


def read_generator(reader: Reader, nodes: list[Any], depth: int) -> np.random.Generator:
    state, inc, has_uint32, uinteger = nodes
    if any(type(n) is not int or not 0 <= n < 1 << 128 for n in nodes):
        raise Malformed("The frame holds a generator whose state is no number.")
    bits = np.random.PCG64(0)
    words: Any = {"state": state, "inc": inc}
    bits.state = {"bit_generator": "PCG64", "state": words, "has_uint32": has_uint32, "uinteger": uinteger}
    return np.random.Generator(bits)


def read_reference(reader: Reader, nodes: list[Any], depth: int) -> Any:
    return reader.table.find(nodes)


def read_lent(reader: Reader, nodes: list[Any], depth: int) -> Any:
    """A reference beside the plain data that the value is underneath."""
    like, *reference = nodes
    value, data = reader.table.find(reference), reader.inward(like, MAX_DEPTH)
    if isinstance(value, Elsewhere):
        value.likeness = data
    return value


READERS: dict[str, Callable[[Reader, list[Any], int], Any]] = {
    "list": read_list,
    "tuple": lambda reader, nodes, depth: tuple(read_list(reader, nodes, depth)),
    "set": lambda reader, nodes, depth: set(read_list(reader, reader.few(nodes), depth)),
    "frozenset": lambda reader, nodes, depth: frozenset(read_list(reader, reader.few(nodes), depth)),
    "dict": read_dict,
    "array": read_array,
    "number": read_number,
    "bytes": read_bytes,
    "text": read_text,
    "complex": read_complex,
    "slice": read_slice,
    "ellipsis": read_ellipsis,
    "generator": read_generator,
    "reference": read_reference,
    "lent": read_lent,
}
"""What a frame may hold, by the kind that its sender wrote: nothing else is ever looked up by that word."""


def unpack(skeleton: bytes, buffers: memoryview, table: Table) -> Any:
    """The value of a frame; Malformed whatever is wrong with it."""
    try:
        reader = Reader(table, buffers)
        value = reader.inward(json.loads(skeleton))
        if len(reader.buffers):
            raise Malformed("The frame has bytes to spare.")
        return value
    except Malformed:
        raise
    except (TypeError, ValueError, LookupError, OverflowError, RecursionError, MemoryError) as error:
        raise Malformed(f"The frame cannot be read: {type(error).__name__}.") from None


class Channel:
    """Frames over a connected socket, each way one at a time, with a time limit.

    Raises Closed when the other end is gone, TimeoutError when it is late, Malformed when it talks nonsense; the
    channel is closed after Malformed and after a frame that could not be sent whole.
    """

    def __init__(self, sock: socket.socket, table: Table):
        self.sock = sock
        self.table = table
        self.arrived = bytearray()

    def send(self, value: Any, seconds: float | None = None) -> None:
        frame = pack(value, self.table)
        try:
            self.sock.settimeout(seconds)
            self.sock.sendall(frame)
        except BaseException as error:
            self.close()
            raise Closed("The other end takes no more.") if isinstance(error, OSError) else error from None

    def receive(self, seconds: float | None = None) -> Any:
        """The next value; one that is only half here after `seconds` is kept and goes on with the next call."""
        deadline = None if seconds is None else time.monotonic() + seconds
        self.fill(HEADER.size, deadline)
        skeleton, buffers = HEADER.unpack_from(self.arrived)
        try:
            if skeleton > MAX_SKELETON or buffers > MAX_BUFFERS:
                raise Malformed(f"The frame is too large: {skeleton + buffers:,} bytes.")
            self.fill(HEADER.size + skeleton + buffers, deadline)
            start, end = HEADER.size, HEADER.size + skeleton
            frame, self.arrived = self.arrived, bytearray()
            return unpack(bytes(frame[start:end]), memoryview(frame)[end:], self.table)
        except Malformed:
            self.close()
            raise

    def fill(self, size: int, deadline: float | None) -> None:
        """Wait until `size` bytes of the frame are here; never read beyond it."""
        while (missing := size - len(self.arrived)) > 0:
            try:
                self.sock.settimeout(None if deadline is None else max(1e-3, deadline - time.monotonic()))
                piece = self.sock.recv(min(missing, 1 << 20))
            except TimeoutError:
                raise
            except OSError:
                piece = b""
            if not piece:
                raise Closed("The other end is gone.")
            self.arrived += piece

    def close(self) -> None:
        self.arrived.clear()
        self.sock.close()
