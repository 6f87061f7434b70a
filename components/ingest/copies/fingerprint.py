"""Take the fingerprint of a radiograph: what is kept of it to find its copies."""

import hashlib
import struct
import zlib
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from components.ingest.copies import descriptors
from components.ingest.copies.contrast import LONGER_SIDE_PX, even_out, shrink
from components.ingest.copies.keypoints import find_keypoints
from components.ingest.copies.perceptual_hash import HASH_BYTES, perceptual_hash

MAX_KEYPOINTS = 80
_MAGIC = b"CXRF"
_VERSION = 1
_DIGEST_BYTES = 8
_STEPS_PER_PX = 64
_HEADER = struct.Struct(f"<4sBBHH{_DIGEST_BYTES}s{HASH_BYTES}s")
_CHECKSUM = struct.Struct("<I")
_BYTES_PER_KEYPOINT = 4 + descriptors.LENGTH // 2


@dataclass(frozen=True, eq=False)
class Fingerprint:
    """What is kept of a radiograph; two of the same pixels are the same.

    Attributes:
      height: of the frame in which the keypoints lie, pixels, range [1, 256].
      width: as height; the longer of both is 256.
      digest: first 8 bytes of SHA-256 of the size and the pixels; a radiograph without keypoints is known by nothing else.
      look: uint8 [16], the perceptual hash.
      places: uint16 [n, 2], x and y of keypoints in 1/64 pixel of the frame, n at most 80, the strongest first.
      packed: uint8 [n, 64], descriptors of the keypoints, two numbers of 4 bits in a byte.
    """

    height: int
    width: int
    digest: bytes
    look: npt.NDArray[np.uint8]
    places: npt.NDArray[np.uint16]
    packed: npt.NDArray[np.uint8]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Fingerprint) and self.to_bytes() == other.to_bytes()

    def __hash__(self) -> int:
        return hash(self.digest)

    @property
    def positions(self) -> npt.NDArray[np.float32]:
        """float32 [n, 2], x and y of the keypoints, pixels of the frame."""
        return self.places.astype(np.float32) / _STEPS_PER_PX

    @property
    def descriptors(self) -> npt.NDArray[np.uint8]:
        """uint8 [n, 128], range [0, 15]."""
        return descriptors.unpack(self.packed)

    def to_bytes(self) -> bytes:
        """Write as at most 5,478 bytes, the same on every machine and with a checksum."""
        header = _HEADER.pack(_MAGIC, _VERSION, len(self.places), self.height, self.width, self.digest, self.look.tobytes())
        data = header + self.places.astype("<u2").tobytes() + self.packed.tobytes()
        return data + _CHECKSUM.pack(zlib.crc32(data))

    @classmethod
    def from_bytes(cls, data: bytes) -> "Fingerprint":
        """Read what `to_bytes` wrote.

        Raises:
          ValueError: the data are of another kind or version, end early, or fail their checksum.
        """
        if len(data) < _HEADER.size + _CHECKSUM.size:
            raise ValueError(f"a fingerprint has at least {_HEADER.size + _CHECKSUM.size} bytes, not {len(data)}")
        magic, version, count, height, width, digest, look = _HEADER.unpack_from(data)
        if magic != _MAGIC:
            raise ValueError("these bytes are not a fingerprint")
        if version != _VERSION:
            raise ValueError(f"a fingerprint of version {version}; this code reads version {_VERSION}")
        size = _HEADER.size + count * _BYTES_PER_KEYPOINT + _CHECKSUM.size
        if len(data) != size:
            raise ValueError(f"a fingerprint of {count} keypoints has {size} bytes, not {len(data)}")
        if zlib.crc32(data[: -_CHECKSUM.size]) != _CHECKSUM.unpack_from(data, size - _CHECKSUM.size)[0]:
            raise ValueError("the fingerprint fails its checksum")
        places = np.frombuffer(data, "<u2", 2 * count, _HEADER.size).astype(np.uint16).reshape(count, 2)
        packed = np.frombuffer(data, np.uint8, count * descriptors.LENGTH // 2, _HEADER.size + 4 * count)
        return cls(height, width, digest, np.frombuffer(look, np.uint8), places, packed.reshape(count, descriptors.LENGTH // 2))


def take_fingerprint(pixels: npt.NDArray[np.uint8]) -> Fingerprint:
    """Take the fingerprint of a radiograph.

    Args:
      pixels: uint8 [height_px, width_px], 0 black.
    Returns:
      The same for the same pixels; few or no keypoints where the radiograph shows little.
    Raises:
      ValueError: the pixels are no gray image of 8 bits.
    """
    if pixels.dtype != np.uint8 or pixels.ndim != 2 or pixels.size == 0:
        raise ValueError(f"a fingerprint is taken of uint8 [height_px, width_px], not of {pixels.dtype} {list(pixels.shape)}")
    # OpenCV's own threads would fight with those of the caller, who works on many radiographs at once.
    cv2.setNumThreads(1)
    pixels = np.ascontiguousarray(pixels)
    digest = hashlib.sha256(f"{pixels.shape[0]}x{pixels.shape[1]}/".encode() + pixels.tobytes()).digest()[:_DIGEST_BYTES]
    small = shrink(pixels)
    even = even_out(small)
    keypoints = find_keypoints(even, MAX_KEYPOINTS)
    places = np.rint(np.clip(keypoints[:, :2], 0, LONGER_SIDE_PX) * _STEPS_PER_PX).astype(np.uint16)
    packed = descriptors.pack(descriptors.describe(even, keypoints))
    return Fingerprint(small.shape[0], small.shape[1], digest, perceptual_hash(small), places, packed)
