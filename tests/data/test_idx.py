"""The IDX format."""

import re

import numpy as np
import pytest

from nas.data.idx import decode, encode
from nas.errors import DataError

_WHOLE = encode(np.arange(24, dtype=np.uint8).reshape(4, 3, 2))


@pytest.mark.parametrize("shape", [(5,), (4, 3), (4, 3, 2), (0, 3)], ids=str)
def test_what_was_encoded_is_decoded(shape: tuple[int, ...]) -> None:
    array = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    decoded = decode(encode(array), source="a file")
    assert decoded.dtype == np.uint8
    np.testing.assert_array_equal(decoded, array)


def test_the_header_is_that_of_the_published_training_images() -> None:
    header = encode(np.zeros((60_000, 28, 28), np.uint8))[:16]
    assert header.hex(" ", 4) == "00000803 0000ea60 0000001c 0000001c"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "labels starts with nothing; an IDX file of bytes starts with 00 00 08."),
        (b"PK\3\4rest", "labels starts with 50 4b 03 04; an IDX file of bytes starts with 00 00 08."),
        (b"\0\0\x0d\1\0\0\0\0", "labels starts with 00 00 0d 01; an IDX file of bytes starts with 00 00 08."),
        (_WHOLE[:9], "labels ends inside its header, after 9 bytes of 16; fetch it again."),
        (_WHOLE[:-1], "labels has 39 bytes, but its header promises 40; fetch it again."),
        (b"\0\0\x08\x46" + b"\0\0\0\1" * 70 + b"\0", "labels has a header of 70 axes that no array can have; fetch it again."),
        (
            b"\0\0\x08\4" + b"\xff\xff\xff\xff" * 3 + bytes(4),
            "labels has a header of 4 axes that no array can have; fetch it again.",
        ),
        (_WHOLE + b"\0", "labels has 41 bytes, but its header promises 40; fetch it again."),
    ],
    ids=["empty", "a zip", "floats", "cut in the header", "cut in the values", "too many axes", "endless axes", "too long"],
)
def test_a_file_that_is_not_whole_is_refused_in_a_sentence(content: bytes, message: str) -> None:
    with pytest.raises(DataError, match=f"^{re.escape(message)}$"):
        decode(content, source="labels")
