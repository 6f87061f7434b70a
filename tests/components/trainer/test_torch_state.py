"""Checkpoints as PyTorch writes them, written here by hand; and files that ask for more than tensors."""

import io
import os
import pickle
import struct
import sys
import types
import zipfile
from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from components.base.errors import UserError
from components.trainer.torch_state import read_state

MAGIC = 0x1950A86A20F9469CFC6C
SYSTEM = {"protocol_version": 1001, "little_endian": True, "type_sizes": {"short": 2, "int": 4, "long": 4}}
NUMBERS = np.arange(12, dtype=np.float32)


class TorchNames(types.ModuleType):
    """Stands in for torch while a pickle is written: every name is a class of that name."""

    def __getattr__(self, name):
        return type(name, (), {"__module__": self.__name__})


@dataclass
class Storage:
    """What is written as a reference to a storage; `claimed` is the length that the pickle tells."""

    key: str
    values: np.ndarray
    kind: str = "FloatStorage"
    claimed: object = None
    tag: str = "storage"

    def reference(self, view):
        kind = getattr(sys.modules["torch"], self.kind)
        return (self.tag, kind, self.key, "cpu", len(self.values) if self.claimed is None else self.claimed, *view)


@dataclass
class Tensor:
    storage: object
    offset: object
    size: object
    stride: object
    function: str = "_rebuild_tensor_v2"

    def __reduce__(self):
        function = getattr(sys.modules["torch._utils"], self.function)
        return function, (self.storage, self.offset, self.size, self.stride, False, OrderedDict())


@dataclass
class Call:
    """Pickles as a call."""

    function: object
    arguments: tuple

    def __reduce__(self):
        return self.function, self.arguments


class Attributed(OrderedDict):
    """Pickles as an ordered dict with attributes, one of them in the way of a method."""

    def __reduce__(self):
        attributes = {"_metadata": OrderedDict({"": {"version": 1}}), "items": "not a method"}
        return OrderedDict, (), attributes, None, iter(dict.items(self))


def pickled(value, view=()):
    stream = io.BytesIO()

    class Pickler(pickle._Pickler):  # the one in Python looks names up late, so that stand-ins do
        def persistent_id(self, obj):
            return obj.reference(view) if isinstance(obj, Storage) else None

        def save_global(self, obj, name=None):
            self.write(pickle.GLOBAL + f"{obj.__module__}\n{obj.__name__}\n".encode())
            self.memoize(obj)

        dispatch = {**pickle._Pickler.dispatch, type: save_global, types.BuiltinFunctionType: save_global}

    with pytest.MonkeyPatch.context() as patch:
        for name in ("torch", "torch._utils"):
            patch.setitem(sys.modules, name, TorchNames(name))
        Pickler(stream, 2).dump(value)
    return stream.getvalue()


def as_stream(state, storages, system=SYSTEM):
    """Write as torch did before 1.6."""
    parts = [pickled(MAGIC), pickled(1001), pickled(system), pickled(state, view=(None,)), pickled([one.key for one in storages])]
    return b"".join([*parts, *(struct.pack("<q", len(one.values)) + one.values.tobytes() for one in storages)])


def as_zip(state, storages, compression=zipfile.ZIP_STORED, byteorder=b"little"):
    """Write as torch does since 1.6."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as archive:
        archive.writestr("model/data.pkl", pickled(state))
        archive.writestr("model/byteorder", byteorder)
        for one in storages:
            archive.writestr(f"model/data/{one.key}", one.values.tobytes())
        archive.writestr("model/version", b"3\n")
    return stream.getvalue()


@pytest.fixture(params=[as_stream, as_zip])
def written(request):
    return request.param


@pytest.fixture
def read(tmp_path):
    def read_content(content):
        (tmp_path / "model.pth").write_bytes(content)
        return read_state(tmp_path / "model.pth")

    return read_content


def an_ordinary_file(written):
    floats, whole = Storage("101", NUMBERS), Storage("202", np.array([7]), "LongStorage")
    state = OrderedDict(first=Tensor(floats, 0, (3, 4), (4, 1)), seen=Tensor(whole, 0, (), ()))
    return written(state, [floats, whole])


def test_tensors_come_as_they_were_saved(written, read):
    found = read(an_ordinary_file(written))
    assert list(found) == ["first", "seen"]
    np.testing.assert_array_equal(found["first"], NUMBERS.reshape(3, 4))
    assert found["first"].dtype == np.float32
    assert (found["seen"].shape, found["seen"].dtype, int(found["seen"])) == ((), np.int64, 7)


def test_views_share_a_storage_by_offset_and_stride(written, read):
    floats = Storage("1", NUMBERS)
    state = {
        "transposed": Tensor(floats, 0, (4, 3), (1, 4)),
        "column": Tensor(floats, 2, (3,), (4,)),
        "empty": Tensor(floats, 12, (0, 5), (5, 1)),
    }
    found = read(written(state, [floats]))
    np.testing.assert_array_equal(found["transposed"], NUMBERS.reshape(3, 4).T)
    np.testing.assert_array_equal(found["column"], [2, 6, 10])
    assert found["empty"].shape == (0, 5)
    assert all(array.flags.c_contiguous and array.flags.owndata and array.flags.writeable for array in found.values())


@pytest.mark.parametrize(
    ("kind", "dtype"),
    [
        ("HalfStorage", "f2"),
        ("DoubleStorage", "f8"),
        ("CharStorage", "i1"),
        ("ShortStorage", "i2"),
        ("IntStorage", "i4"),
        ("ByteStorage", "u1"),
        ("BoolStorage", "?"),
    ],
)
def test_each_type_has_its_dtype(written, read, kind, dtype):
    values = np.array([1, 0, 1], dtype)
    storage = Storage("1", values, kind)
    found = read(written({"a": Tensor(storage, 0, (3,), (1,))}, [storage]))["a"]
    assert found.dtype == values.dtype
    np.testing.assert_array_equal(found, values)


def test_the_metadata_that_torch_hangs_on_its_dict_is_passed_over(written, read):
    state = Attributed(a=Tensor(Storage("1", NUMBERS), 0, (12,), (1,)))
    np.testing.assert_array_equal(read(written(state, [Storage("1", NUMBERS)]))["a"], NUMBERS)


@pytest.mark.parametrize("place", ["value", "alone", "key"])
def test_a_call_is_refused_by_name_and_nothing_runs(written, read, tmp_path, place):
    marker = tmp_path / "ran"
    call = Call(os.system, (f"touch {marker}",))
    state = {"value": {"a": call}, "alone": call, "key": {"a": Tensor(call, 0, (1,), (1,))}}[place]
    content = written(state, [])
    with pytest.raises(UserError, match=r"it asks for posix\.system"):
        read(content)
    assert not marker.exists()
    assert b"touch" in content


@pytest.mark.parametrize(("function", "name"), [(eval, r"builtins\.eval"), (getattr, r"builtins\.getattr")])
def test_other_functions_are_refused(written, read, function, name):
    with pytest.raises(UserError, match=f"it asks for {name}"):
        read(written({"a": Call(function, ("1",))}, []))


def test_other_names_of_torch_are_refused(written, read):
    storage = Storage("1", NUMBERS)
    with pytest.raises(UserError, match=r"it asks for torch\._utils\._rebuild_parameter"):
        read(written({"a": Tensor(storage, 0, (12,), (1,), "_rebuild_parameter")}, [storage]))


def test_a_type_without_a_dtype_is_refused(written, read):
    storage = Storage("1", NUMBERS, "BFloat16Storage")
    with pytest.raises(UserError, match=r"it asks for torch\.BFloat16Storage"):
        read(written({"a": Tensor(storage, 0, (12,), (1,))}, [storage]))


@pytest.mark.parametrize(
    ("offset", "size", "stride"),
    [(1, (12,), (1,)), (0, (13,), (1,)), (0, (3, 4), (5, 1)), (0, (2,), (12,)), (13, (), ()), (0, (10**9,), (0,)), (0, (3, 4), (1,))],
    ids=str,
)
def test_a_tensor_cannot_reach_outside_its_storage(written, read, offset, size, stride):
    storages = [Storage("1", NUMBERS), Storage("2", NUMBERS + 100)]
    state = {"a": Tensor(storages[0], offset, size, stride), "b": Tensor(storages[1], 0, (12,), (1,))}
    with pytest.raises(UserError, match="tensor a reaches outside its storage"):
        read(written(state, storages))


@pytest.mark.parametrize(
    ("offset", "size", "stride"), [(-1, (2,), (1,)), (11, (12,), (-1,)), (0, (-1,), (1,)), (0, (1.0,), (1,)), (True, (1,), (1,))], ids=str
)
def test_sizes_are_whole_numbers(written, read, offset, size, stride):
    storage = Storage("1", NUMBERS)
    with pytest.raises(UserError, match="no whole number"):
        read(written({"a": Tensor(storage, offset, size, stride)}, [storage]))


def test_a_shape_beyond_arrays_is_refused(written, read):
    storage = Storage("1", NUMBERS)
    with pytest.raises(UserError, match="shape that no array has"):
        read(written({"a": Tensor(storage, 0, (1,) * 70, (1,) * 70)}, [storage]))


@pytest.mark.parametrize(("claimed", "why"), [(11, "not of the length"), (10**15, "truncated|not of the length"), ("12", "whole number")])
def test_a_storage_has_the_length_that_is_told(written, read, claimed, why):
    storage = Storage("1", NUMBERS, claimed=claimed)
    with pytest.raises(UserError, match=why):
        read(written({"a": Tensor(storage, 0, (1,), (1,))}, [storage]))


def test_a_storage_is_described_in_one_way(written, read):
    state = {"a": Tensor(Storage("1", NUMBERS), 0, (1,), (1,)), "b": Tensor(Storage("1", NUMBERS, "IntStorage"), 0, (1,), (1,))}
    with pytest.raises(UserError, match="in two ways"):
        read(written(state, [Storage("1", NUMBERS)]))


@pytest.mark.parametrize("storage", [Storage("1", NUMBERS, tag="module"), "1", None], ids=str)
def test_a_tensor_has_a_storage(written, read, storage):
    with pytest.raises(UserError, match=r"not a plain storage|without a storage"):
        read(written({"a": Tensor(storage, 0, (1,), (1,))}, [Storage("1", NUMBERS)]))


@pytest.mark.parametrize("state", [{"epoch": 3}, {"state_dict": {}}, [1, 2], {3: Tensor(Storage("1", NUMBERS), 0, (1,), (1,))}], ids=str)
def test_other_things_than_a_state_dict_are_refused(written, read, state):
    storages = [Storage("1", NUMBERS)] if 3 in state else []
    with pytest.raises(UserError, match="flat dict of names and tensors"):
        read(written(state, storages))


def test_a_truncated_file_is_refused_wherever_it_ends(written, read):
    content = an_ordinary_file(written)
    for end in range(len(content) - 1):
        with pytest.raises(UserError, match=r"model\.pth is not read: .* or fetch it again\.$"):
            read(content[:end])


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True, deadline=None)
@given(changes=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=4))
def test_a_damaged_file_gives_arrays_or_one_kind_of_error(written, read, changes):
    content = bytearray(an_ordinary_file(written))
    for place, value in changes:
        content[int(place * len(content))] = value
    try:
        found = read(bytes(content))
    except UserError:
        return
    assert all(isinstance(array, np.ndarray) for array in found.values())


def test_the_storages_of_a_stream_are_those_of_its_tensors(read):
    storage = Storage("1", NUMBERS)
    with pytest.raises(UserError, match="not those that its tensors name"):
        read(as_stream({"a": Tensor(storage, 0, (1,), (1,))}, [Storage("2", NUMBERS)]))


def test_big_endian_files_are_refused(read):
    storage = Storage("1", NUMBERS)
    state = {"a": Tensor(storage, 0, (12,), (1,))}
    for content in (as_stream(state, [storage], {**SYSTEM, "little_endian": False}), as_zip(state, [storage], byteorder=b"big")):
        with pytest.raises(UserError, match="little-endian"):
            read(content)


def test_compressed_members_are_refused(read):
    zeros = Storage("1", np.zeros(10_000, np.float32))
    with pytest.raises(UserError, match="compressed members"):
        read(as_zip({"a": Tensor(zeros, 0, (1,), (1,))}, [zeros], zipfile.ZIP_DEFLATED))


@pytest.mark.parametrize("content", [b"", b"not a checkpoint", pickle.dumps({"a": 1}, 2), b"PK\x03\x04"], ids=str)
def test_other_files_are_refused(read, content):
    with pytest.raises(UserError, match="is not read"):
        read(content)


def test_a_missing_file_is_a_user_error(tmp_path):
    with pytest.raises(UserError, match="cannot be read"):
        read_state(tmp_path / "missing.pth")
