"""Crop a radiograph to its centre, its body or its lungs, by profiles along its rows and columns."""

from typing import Final

import tensorflow as tf

_CENTRE: Final = 0.8  # share of each side that is kept
_GRID_PX: Final = 64  # the profiles are taken on a grid of this side
_DARK, _BRIGHT = 0.08, 0.995  # of the stretched range: what is beyond may be collimation, air or padding
_FILLED: Final = 0.25  # a row or column with a smaller share of tissue lies outside the body
_SMALLEST: Final = 0.4  # share of each side below which a box is not believed
_CONTRAST: Final = 0.06  # least difference between lungs and mediastinum, of the range
_MIDDLE: Final = (0.47, 0.5)  # where the middle of the lungs lies in a body, downwards and to the right
_ASTRAY: Final = 0.12  # farther from there a box is not believed
_MARGIN: Final = 0.05  # around the lungs, share of the body's sides


def crop(gray: tf.Tensor, how: str) -> tf.Tensor:
    """Cut a box out of an image.

    Args:
      gray: float32 [height_px, width_px, 1], any range.
      how: none, centre (the middle 80 % of each side), body (without collimation, air or padding along the borders) or lungs
        (a box around the lung fields; the body where none is found).
    Returns:
      float32 [box height_px, box width_px, 1].
    """
    if how == "none":
        return gray
    if how == "centre":
        rest = (1.0 - _CENTRE) / 2.0
        return _cut(gray, tf.constant([rest, rest, 1.0 - rest, 1.0 - rest]))
    body = body_box(gray)
    return _cut(gray, body) if how == "body" else _cut(gray, lung_box(gray, body)[0])


def body_box(gray: tf.Tensor) -> tf.Tensor:
    """Find the box of what is neither near black nor near white along the borders.

    Args:
      gray: float32 [height_px, width_px, 1], any range.
    Returns:
      float32 [4]: top, left, bottom and right, shares of the sides; 0, 0, 1, 1 where the box would be implausibly small.
    """
    small = _small(gray)
    tissue = tf.cast((small > _DARK) & (small < _BRIGHT), tf.float32)
    top, bottom = _extent(tf.reduce_mean(tissue, axis=1) >= _FILLED)
    left, right = _extent(tf.reduce_mean(tissue, axis=0) >= _FILLED)
    believed = (bottom - top >= _SMALLEST) & (right - left >= _SMALLEST)
    return tf.where(believed, tf.stack([top, left, bottom, right]), tf.constant([0.0, 0.0, 1.0, 1.0]))


def lung_box(gray: tf.Tensor, body: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Find a box around the lung fields: two dark valleys beside a bright spine, between bright shoulders and diaphragm.

    Args:
      gray: float32 [height_px, width_px, 1], any range.
      body: float32 [4], from `body_box`.
    Returns:
      float32 [4], the box in shares of the whole image's sides (the body where no plausible lungs are found), and whether they were.
    """
    small = _small(_cut(gray, body))
    columns = _smooth(tf.reduce_mean(small[_at(0.25) : _at(0.7)], axis=0))
    # In an image of the whole trunk the arms and the air beside it are dark as well: the valleys lie in the middle of each half.
    left_lung, right_lung = _lowest(columns, 0.12, 0.45), _lowest(columns, 0.55, 0.88)
    spine = tf.reduce_max(columns[_at(0.4) : _at(0.6)])
    left, right = _rise(columns, left_lung, -1), _rise(columns, right_lung, 1)
    lungs = tf.concat([small[:, left : left_lung + 4], small[:, right_lung - 3 : right + 1]], axis=1)
    rows = _smooth(tf.reduce_mean(lungs, axis=1))
    middle = _lowest(rows, 0.2, 0.65)
    top, bottom = _rise(rows, middle, -1), _rise(rows, middle, 1)
    edges = tf.cast(tf.stack([top, left, bottom + 1, right + 1]), tf.float32) / _GRID_PX
    edges = tf.clip_by_value(edges + tf.constant([-_MARGIN, -_MARGIN, _MARGIN, _MARGIN]), 0.0, 1.0)
    deep = spine - tf.maximum(columns[left_lung], columns[right_lung]) >= _CONTRAST
    centred = tf.reduce_all(tf.abs((edges[:2] + edges[2:]) / 2.0 - tf.constant(_MIDDLE)) <= _ASTRAY)
    found = deep & centred & tf.reduce_all(edges[2:] - edges[:2] >= _SMALLEST)
    origin, extent = tf.tile(body[:2], [2]), tf.tile(body[2:] - body[:2], [2])
    return tf.where(found, origin + edges * extent, body), found


def _cut(gray: tf.Tensor, box: tf.Tensor) -> tf.Tensor:
    size = tf.cast(tf.shape(gray)[:2], tf.float32)
    corners = tf.cast(tf.round(box * tf.tile(size, [2])), tf.int32)
    return gray[corners[0] : corners[2], corners[1] : corners[3]]


def _small(gray: tf.Tensor) -> tf.Tensor:
    """Reduce to the grid, and stretch from the second to the 98th percentile: float32 [grid, grid], range [0, 1]."""
    small = tf.image.resize(gray, [_GRID_PX, _GRID_PX], method="area")[..., 0]
    ordered = tf.sort(tf.reshape(small, [-1]))
    count = _GRID_PX * _GRID_PX
    low, high = ordered[count // 50], ordered[count - 1 - count // 50]
    return tf.clip_by_value((small - low) / tf.maximum(high - low, 1e-6), 0.0, 1.0)


def _extent(inside: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Bound the places that are inside: first and one past the last, shares of the side."""
    first = tf.argmax(inside)
    last = _GRID_PX - tf.argmax(tf.reverse(inside, [0]))
    return tf.cast(first, tf.float32) / _GRID_PX, tf.cast(last, tf.float32) / _GRID_PX


def _at(share: float) -> int:
    return round(share * _GRID_PX)


def _smooth(profile: tf.Tensor) -> tf.Tensor:
    padded = tf.pad(profile, [[2, 2]], "SYMMETRIC")
    return tf.add_n([padded[shift : shift + _GRID_PX] for shift in range(5)]) / 5.0


def _lowest(profile: tf.Tensor, start: float, stop: float) -> tf.Tensor:
    return tf.argmin(profile[_at(start) : _at(stop)], output_type=tf.int32) + _at(start)


def _rise(profile: tf.Tensor, valley: tf.Tensor, direction: int) -> tf.Tensor:
    """Go from a valley to where the profile has risen half way to its highest on that side; to the end where nothing rises."""
    places = tf.range(_GRID_PX)
    beyond = places <= valley if direction < 0 else places >= valley
    bottom = profile[valley]
    half = (bottom + tf.reduce_max(tf.where(beyond, profile, bottom))) / 2.0
    risen = beyond & (profile >= half) & (half - bottom >= _CONTRAST / 2.0)
    if direction < 0:
        return tf.reduce_max(tf.where(risen, places, 0))
    return tf.reduce_min(tf.where(risen, places, _GRID_PX - 1))
