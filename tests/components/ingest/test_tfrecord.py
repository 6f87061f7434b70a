import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.ingest.example import DamagedExampleError, decode_example, encode_example
from components.ingest.tfrecord import DamagedRecordError, count_records, read_record, read_record_at, write_record

VALUES = st.one_of(st.binary(max_size=300), st.text(max_size=50), st.integers(0, 2**63 - 1))


def test_records_come_back():
    file = io.BytesIO()
    offsets = [write_record(file, data) for data in (b"", b"one", b"x" * 70_000)]
    assert offsets == [0, 16, 35]
    file.seek(0)
    assert [read_record(file) for _ in range(4)] == [b"", b"one", b"x" * 70_000, None]
    assert read_record_at(file, 16) == b"one"
    with pytest.raises(DamagedRecordError):
        read_record_at(file, file.getbuffer().nbytes)


@pytest.mark.parametrize("position", range(21))
def test_every_flipped_byte_is_seen(position):
    file = io.BytesIO()
    write_record(file, b"payl\0")
    damaged = bytearray(file.getvalue())
    damaged[position] ^= 1
    with pytest.raises(DamagedRecordError):
        read_record(io.BytesIO(damaged))


@pytest.mark.parametrize("length", range(1, 21))
def test_every_early_end_is_seen(length, tmp_path):
    file = io.BytesIO()
    write_record(file, b"payl\0")
    with pytest.raises(DamagedRecordError):
        read_record(io.BytesIO(file.getvalue()[:length]))
    (tmp_path / "part").write_bytes(file.getvalue()[:length])
    with pytest.raises(DamagedRecordError):
        count_records(tmp_path / "part", check_data=False)


def test_tensorflow_reads_the_same(tmp_path):
    import tensorflow as tf

    path = tmp_path / "part.tfrecord"
    with path.open("wb") as file:
        for data in (b"one", b"", b"three" * 1000):
            write_record(file, data)
    assert [record.numpy() for record in tf.data.TFRecordDataset(str(path))] == [b"one", b"", b"three" * 1000]
    assert count_records(path) == count_records(path, check_data=False) == 3
    with tf.io.TFRecordWriter(str(tmp_path / "theirs")) as writer:
        for data in (b"one", b"", b"three" * 1000):
            writer.write(data)
    assert (tmp_path / "theirs").read_bytes() == path.read_bytes()


@given(st.dictionaries(st.text(max_size=20), VALUES, max_size=6))
def test_examples_are_what_protocol_buffers_make_of_them(features):
    import tensorflow as tf

    expected = tf.train.Example()
    expected.features.SetInParent()
    for name, value in features.items():
        if isinstance(value, int):
            expected.features.feature[name].int64_list.value.append(value)
        else:
            expected.features.feature[name].bytes_list.value.append(value.encode() if isinstance(value, str) else value)
    data = encode_example(features)
    assert tf.train.Example.FromString(data) == expected
    assert encode_example(dict(reversed(features.items()))) == data


LISTS = st.one_of(
    st.lists(st.binary(max_size=20), min_size=1, max_size=4),
    st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=4),
    st.lists(st.floats(width=32, allow_nan=False), min_size=1, max_size=4),
)


@given(st.dictionaries(st.text(max_size=20), LISTS, max_size=6))
def test_lists_are_what_protocol_buffers_make_of_them_and_come_back(features):
    import tensorflow as tf

    data = encode_example(features)
    read = tf.train.Example.FromString(data).features.feature
    assert set(read) == set(features)
    for name, values in features.items():
        kind = read[name]
        assert list(kind.bytes_list.value or kind.int64_list.value or kind.float_list.value) == values
    assert decode_example(data) == features


def test_an_empty_list_is_no_feature():
    assert encode_example({"boxes": [], "id": "x"}) == encode_example({"id": "x"})


@given(st.binary(max_size=60))
def test_other_bytes_are_damaged_or_read(data):
    try:
        decode_example(data)
    except DamagedExampleError:
        return
