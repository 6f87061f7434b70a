"""Read the state dict of a PyTorch checkpoint without PyTorch, and without running what a crafted file asks for.

`torch.save` writes a pickle, and a pickle can name any function to call. Here it may name tensors and an ordered dict alone; all else is
refused by name. Both containers of torch are read: the zip of version 1.6 and later, and the older stream of five pickles and raw storages
(torch/serialization.py: `_save`, `_legacy_save`).
"""

import io
import math
import pickle
import struct
import zipfile
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from components.base.errors import UserError

Array = npt.NDArray[Any]
_MAGIC: Final = 0x1950A86A20F9469CFC6C
_PROTOCOL: Final = 1001
_ZIP_START: Final = b"PK\x03\x04"
# Stand-ins are strings and tuples: a pickle can set attributes on what it is given, and these have none to set.
_DTYPES: Final[Mapping[str, str]] = {
    "HalfStorage": "<f2",
    "FloatStorage": "<f4",
    "DoubleStorage": "<f8",
    "CharStorage": "<i1",
    "ShortStorage": "<i2",
    "IntStorage": "<i4",
    "LongStorage": "<i8",
    "ByteStorage": "<u1",
    "BoolStorage": "|b1",
}
# What a truncated or crafted pickle makes the unpickler raise.
_BROKEN: Final = (
    pickle.UnpicklingError,
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    RecursionError,
    TypeError,
    ValueError,
)


class _Storage(NamedTuple):
    dtype: str
    key: str
    length: int


class _Tensor(NamedTuple):
    storage: _Storage
    offset: int
    size: tuple[int, ...]
    stride: tuple[int, ...]


class _RefusedError(Exception):
    """Why a file is not read; `read_state` adds which file."""


def read_state(path: Path) -> dict[str, Array]:
    """Read the tensors of a state dict.

    Args:
      path: a file that `torch.save(model.state_dict(), path)` wrote.
    Returns:
      Name to array, in the file's order; dtype and shape as saved (a scalar has shape ()), copied, in C order.
    Raises:
      UserError: the file cannot be read, is truncated, names anything but tensors, or has a tensor that reaches outside its storage.
    """
    try:
        content = path.read_bytes()
        state, storages = _read_zip(content) if content.startswith(_ZIP_START) else _read_stream(content)
        return {name: _array(name, tensor, storages) for name, tensor in _tensors(state).items()}
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}. Check the path and its permissions.") from error
    except _RefusedError as error:
        raise UserError(f"{path} is not read: {error}. Give a file of torch.save(model.state_dict(), path), or fetch it again.") from error


def _read_stream(content: bytes) -> tuple[Any, dict[str, memoryview]]:
    stream = io.BytesIO(content)
    if _unpickle(stream) != _MAGIC or _unpickle(stream) != _PROTOCOL:
        raise _RefusedError("it does not begin as a PyTorch checkpoint does")
    system = _unpickle(stream)
    if type(system) is not dict or system.get("little_endian") is not True:
        raise _RefusedError("it was not written on a little-endian machine")
    known: dict[str, _Storage] = {}
    state = _unpickle(stream, known)
    keys = _unpickle(stream)
    if type(keys) is not list or not all(type(key) is str for key in keys) or sorted(keys) != sorted(known):
        raise _RefusedError("its storages are not those that its tensors name")
    storages = {}
    position = stream.tell()
    for key in keys:
        size_bytes = known[key].length * np.dtype(known[key].dtype).itemsize
        start, position = position + 8, position + 8 + size_bytes
        if position > len(content):
            raise _RefusedError("it is truncated")
        if struct.unpack_from("<q", content, start - 8)[0] != known[key].length:
            raise _RefusedError(f"storage {key!r} is not of the length that its tensors name")
        storages[key] = memoryview(content)[start:position]
    return state, storages


def _read_zip(content: bytes) -> tuple[Any, dict[str, memoryview]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            # torch never compresses; what is stored plainly cannot unpack to more than the file itself.
            if any(member.compress_type != zipfile.ZIP_STORED for member in archive.infolist()):
                raise _RefusedError("it holds compressed members, which PyTorch does not write")
            folders = [name.removesuffix("data.pkl") for name in archive.namelist() if name.endswith("/data.pkl")]
            if len(folders) != 1:
                raise _RefusedError("it holds no data.pkl, or several")
            folder = folders[0]
            if f"{folder}byteorder" in archive.namelist() and archive.read(f"{folder}byteorder") != b"little":
                raise _RefusedError("it was not written on a little-endian machine")
            known: dict[str, _Storage] = {}
            state = _unpickle(io.BytesIO(archive.read(f"{folder}data.pkl")), known)
            return state, {key: memoryview(archive.read(f"{folder}data/{key}")) for key in known}
    except (zipfile.BadZipFile, RuntimeError, *_BROKEN) as error:  # RuntimeError: encrypted
        raise _RefusedError(f"its zip is truncated or damaged ({error})") from error


def _unpickle(stream: io.BytesIO, storages: dict[str, _Storage] | None = None) -> Any:
    try:
        return _Unpickler(stream, {} if storages is None else storages).load()
    except _BROKEN as error:
        raise _RefusedError(f"it is truncated or damaged ({type(error).__name__}: {error})") from error


class _Unpickler(pickle.Unpickler):
    """Admits an ordered dict and the stand-ins of tensors, and collects their storages."""

    def __init__(self, stream: io.BytesIO, storages: dict[str, _Storage]):
        super().__init__(stream)
        self._storages = storages

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _REBUILD
        if module == "torch" and name in _DTYPES:
            return _DTYPES[name]
        raise _RefusedError(f"it asks for {module}.{name}, which no tensor needs")

    def persistent_load(self, reference: Any) -> _Storage:
        """Note a storage: ("storage", type, key, device, number of elements), in old files with None behind."""
        kind, dtype, key, _, count, *view = reference
        if kind != "storage" or dtype not in _DTYPES.values() or type(key) is not str or any(part is not None for part in view):
            raise _RefusedError("it refers to something that is not a plain storage")
        storage = _Storage(dtype, key, _whole(count))
        if self._storages.setdefault(key, storage) != storage:
            raise _RefusedError(f"it describes storage {key!r} in two ways")
        return storage


class _Rebuild:
    """Stands in for torch._utils._rebuild_tensor_v2."""

    __slots__ = ()

    def __call__(self, storage: Any, offset: Any, size: Any, stride: Any, *_: Any) -> _Tensor:
        if type(storage) is not _Storage:
            raise _RefusedError("it has a tensor without a storage")
        return _Tensor(storage, _whole(offset), tuple(map(_whole, size)), tuple(map(_whole, stride)))


_REBUILD: Final = _Rebuild()


def _whole(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise _RefusedError("it has a size, stride or offset that is no whole number")
    return value


def _tensors(state: Any) -> Mapping[str, _Tensor]:
    if isinstance(state, dict):
        # dict.items, because a pickle can hang an attribute "items" on an ordered dict.
        items = list(dict.items(state))
        if all(type(name) is str and type(value) is _Tensor for name, value in items):
            return dict(items)
    raise _RefusedError("it holds other things than a flat dict of names and tensors")


def _array(name: str, tensor: _Tensor, storages: Mapping[str, memoryview]) -> Array:
    storage, offset, size, stride = tensor
    item_bytes = np.dtype(storage.dtype).itemsize
    buffer = storages[storage.key]
    if buffer.nbytes != storage.length * item_bytes:
        raise _RefusedError(f"storage {storage.key!r} is not of the length that its tensors name")
    elements = math.prod(size)
    last = offset + sum((n - 1) * step for n, step in zip(size, stride, strict=False)) if elements else offset - 1
    # More elements than the storage has would need a stride of 0, with which a small file could ask for any amount of memory.
    if len(size) != len(stride) or last >= storage.length or elements > storage.length:
        raise _RefusedError(f"tensor {name} reaches outside its storage")
    try:
        return np.ndarray(size, storage.dtype, buffer, offset * item_bytes, [step * item_bytes for step in stride]).copy()
    except (ValueError, OverflowError) as error:
        raise _RefusedError(f"tensor {name} has a shape that no array has ({error})") from error
