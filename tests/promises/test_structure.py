"""No picture of up to 16 MiB takes long, however it is made: its work is bounded by its bytes and its pixels.

Time is the processor time of the thread that decodes: what else the machine does counts for nothing.
"""

import time
from contextlib import suppress

import hostile
import numpy as np
import pytest

from lenet_tf1.base.errors import InputError
from lenet_tf1.data import containers, images

SECONDS = 3.0  # of processor time, to decode it,
READ_SECONDS = 4.0  # and to read it as well, of all threads: within 5 seconds on two cores that others use too


def decode(data):
    """The processor time that it takes, and whether it was a picture."""
    start = time.thread_time()
    try:
        grey = images.decode(data)
        assert grey.dtype == np.uint8
        assert grey.size <= images.MAX_PIXELS
        return time.thread_time() - start, True
    except InputError as error:
        assert "\n" not in str(error)
        return time.thread_time() - start, False


def work(data):
    """What of the file is left for decoders to do, or None if it was refused: counted here in other ways."""
    try:
        left = containers.reduce(data).data
    except InputError:
        return None
    if left.startswith(b"\x89PNG"):
        return left.count(b"IDAT")
    return left.count(b"\xff\xda") if left.startswith(b"\xff\xd8") else 0


@pytest.fixture(scope="module", params=[hostile.known, pytest.param(hostile.known_too, marks=pytest.mark.full)])
def known(request):
    return request.param()


@pytest.mark.full  # the next one decodes them, too
@pytest.mark.filterwarnings("ignore::Warning:PIL")
def test_what_is_known_to_take_long(known, capsys):
    times = {}
    for name, data in known.items():
        assert len(data) <= hostile.MOST_BYTES, name
        times[name], _ = decode(data)
        assert times[name] < SECONDS, name
    slowest = max(times, key=times.__getitem__)
    with capsys.disabled():
        print(f"\n{len(times)} structures, the slowest, {slowest}, took {times[slowest]:.2f} s of processor time")


@pytest.mark.filterwarnings("ignore::Warning:PIL")
def test_reading_what_is_known_to_take_long(known, recognizer, capsys):
    """Of all threads, those of TensorFlow too."""
    recognizer.read(np.full([100, 100], 255, np.uint8))  # which opens the page reader
    times = {}
    for name, data in known.items():
        start = time.process_time()
        with suppress(InputError):
            recognizer.read(images.decode(data))
        times[name] = time.process_time() - start
        assert times[name] < READ_SECONDS, name
    slowest = max(times, key=times.__getitem__)
    with capsys.disabled():
        print(f"\n{len(times)} structures read, the slowest, {slowest}, took {times[slowest]:.2f} s of processor time")


@pytest.mark.filterwarnings("ignore::Warning:PIL")
@pytest.mark.parametrize("cases", [400, pytest.param(10_000, marks=pytest.mark.full)])
def test_any_structure(cases, capsys):
    rng = np.random.default_rng(cases)
    read, slowest = 0, 0.0
    for case in range(cases):
        data = hostile.made(rng)
        assert (work(data) or 0) <= containers.MOST_CHUNKS, case
        seconds, is_picture = decode(data)
        assert seconds < SECONDS, case
        read, slowest = read + is_picture, max(slowest, seconds)
    assert cases / 10 < read < cases  # harmless ones, and others
    with capsys.disabled():
        print(f"\n{cases:,} structures: {read:,} read, {cases - read:,} refused; the slowest took {slowest:.2f} s")
