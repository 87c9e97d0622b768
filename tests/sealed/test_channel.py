"""The channel: plain data crosses unchanged, everything else as a reference, and nonsense closes it."""

import contextlib
import json
import socket

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from dltools.grading.sealed.wire import channel
from dltools.grading.sealed.wire.channel import DTYPES, HEADER, Channel, Closed, Malformed, pack, unpack


class Shelf:
    """A table that keeps what is lent and finds it again."""

    def __init__(self):
        self.lent = []

    def lend(self, value):
        self.lent.append(value)
        return [len(self.lent) - 1]

    def find(self, reference):
        number = reference[0]
        if type(number) is not int or not 0 <= number < len(self.lent):
            raise Malformed("no such reference")
        return self.lent[number]


def there_and_back(value):
    shelf = Shelf()
    frame = pack(value, shelf)
    skeleton, size = HEADER.unpack_from(frame)
    assert len(frame) == HEADER.size + skeleton + size
    end = HEADER.size + skeleton
    return unpack(frame[HEADER.size : end], memoryview(frame)[end:], shelf)


def same(a, b):
    if type(a) is not type(b):
        return False
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    if isinstance(a, np.ndarray | np.generic):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    return a == b or (a != a and b != b)


scalars = st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.floats() | st.text() | st.binary(max_size=50)
keys = st.booleans() | st.integers() | st.text() | st.tuples(st.integers(), st.text())
arrays = st.sampled_from(list(DTYPES.values())).flatmap(
    lambda dtype: hnp.arrays(dtype, hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=3))
)
plain = st.recursive(
    scalars | st.complex_numbers() | arrays | st.slices(5) | st.frozensets(st.integers()) | st.just(Ellipsis),
    lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(keys, inner),
    max_leaves=20,
)


@settings(deadline=None)
@given(plain)
def test_plain_data_crosses_unchanged(value):
    assert same(value, there_and_back(value))


@pytest.mark.parametrize("value", [np.float32(1.5), np.int64(-3), np.bool_(True), np.float64(np.nan)])
def test_a_numpy_number_keeps_its_type(value):
    assert same(value, there_and_back(value))


@pytest.mark.parametrize("letter", ["a", "ä", "😀", "\ud83d"], ids=ascii)
def test_a_long_text_crosses_unchanged(letter):
    assert same([letter * 6_000_000], there_and_back([letter * 6_000_000]))


def test_a_generator_goes_on_where_it_was():
    rng = np.random.default_rng(3)
    rng.integers(7, dtype=np.uint32)
    copy = there_and_back(rng)
    assert copy is not rng
    assert same(copy.normal(size=5), rng.normal(size=5))


class Liar(np.ndarray):
    __eq__ = lambda self, other: np.True_  # noqa: E731


class OwnList(list):
    pass


STRANGE = [
    object(),
    len,
    np.zeros(2).view(Liar),
    np.array([object()]),
    np.zeros(1, "S3"),
    np.zeros(1, "i4,f4"),
    OwnList(),
]


@pytest.mark.parametrize("value", STRANGE, ids=lambda value: type(value).__name__)
def test_everything_else_stays_behind_as_a_reference(value):
    assert there_and_back(value) is value


def test_views_and_transposes_keep_their_values():
    x = np.arange(24.0).reshape(2, 3, 4)
    assert same(x.transpose(2, 0, 1)[::2].copy(), there_and_back(x.transpose(2, 0, 1)[::2]))


@pytest.mark.parametrize(
    "value", [np.zeros(10**8), ["x" * 10**7] * 9, [1.5] * 10**6 * 5, 10**5000], ids=["array", "text", "list", "digits"]
)
def test_a_value_too_large_is_refused_before_it_is_sent(value):
    with pytest.raises(Malformed):
        pack(value, Shelf())


def test_a_value_too_deep_is_refused():
    nested = []
    for _ in range(1000):
        nested = [nested]
    with pytest.raises(Malformed):
        pack(nested, Shelf())


# Hostile frames: whatever comes, the answer is a plain value or Malformed, and no other exception.

KINDS = list(channel.READERS)
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from([*DTYPES, "O", "<f8,O", "array", "list", "dict", "generator", "reference", "slice", "take"]),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=15,
)
tagged = st.recursive(
    json_values,
    lambda inner: st.tuples(
        st.sampled_from(KINDS),
        st.lists(inner, max_size=6),
    ).map(lambda pair: [pair[0], *pair[1]]),
    max_leaves=15,
)


@settings(deadline=None, max_examples=500)
@given(tagged, st.binary(max_size=64))
def test_a_hostile_skeleton_is_a_value_or_malformed(skeleton, buffers):
    with contextlib.suppress(Malformed):
        unpack(json.dumps(skeleton).encode(), memoryview(buffers), Shelf())


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=100), st.binary(max_size=64))
def test_bytes_at_random_are_malformed(skeleton, buffers):
    try:
        value = unpack(skeleton, memoryview(buffers), Shelf())
    except Malformed:
        return
    assert isinstance(value, int | float | str | bool | type(None))


@pytest.mark.parametrize(
    "skeleton",
    [
        b"[" * 100_000,
        b'["list",' * 50 + b"1" + b"]" * 50,
        b'["list"' + b",1" * 300_000 + b"]",
        b'["array","O",[1]]',
        b'["array","<f8",[-1]]',
        b'["array","<f8",[true]]',
        b'["array","<f8",[67108864,67108864]]',
        b'["array","<f8",[' + b"1," * 40 + b"1]]",
        b'["array","<f8",[1]]',
        b'["set",["list",1]]',
        b'["dict",[["list"],1]]',
        b'["generator",1,2,3]',
        b'["generator",1e3,2,0,0]',
        b'["inward",1]',
        b'{"a":1}',
        b"9" * 5000,
        b"\xff\xfe",
        b"",
    ],
    ids=lambda text: text[:30],
)
def test_a_known_attack_is_malformed(skeleton):
    with pytest.raises(Malformed):
        unpack(skeleton, memoryview(b""), Shelf())


def test_keys_that_collide_are_few():
    skeleton = json.dumps(["set", *(n * (2**61 - 1) for n in range(channel.MAX_ENTRIES + 1))]).encode()
    with pytest.raises(Malformed):
        unpack(skeleton, memoryview(b""), Shelf())


# The socket.


@pytest.fixture
def ends():
    ours, theirs = socket.socketpair()
    yield Channel(ours, Shelf()), theirs
    ours.close()
    theirs.close()


def test_a_frame_may_come_in_pieces(ends):
    ours, theirs = ends
    frame = pack({"x": np.arange(3)}, Shelf())
    theirs.sendall(frame[:11])
    with pytest.raises(TimeoutError):
        ours.receive(0.01)
    theirs.sendall(frame[11:] + pack(2, Shelf()))
    assert same(ours.receive(1), {"x": np.arange(3)})
    assert ours.receive(1) == 2


@pytest.mark.parametrize("header", [HEADER.pack(2**32 - 1, 0), HEADER.pack(2, 2**31), HEADER.pack(3, 0) + b"[1]"])
def test_an_oversized_or_malformed_frame_closes_the_channel(ends, header):
    ours, theirs = ends
    theirs.sendall(header + pack(1, Shelf()))
    with pytest.raises(Malformed):
        ours.receive(1)
    with pytest.raises(Closed):
        ours.receive(1)


def test_the_other_end_gone_is_said(ends):
    ours, theirs = ends
    theirs.close()
    with pytest.raises(Closed):
        ours.receive(1)


def test_an_end_that_does_not_read_cannot_hold_the_sender(ends):
    ours, _ = ends
    with pytest.raises(Closed):
        ours.send(np.zeros(4_000_000), seconds=0.2)
