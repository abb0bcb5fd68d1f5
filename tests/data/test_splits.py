import dataclasses

import numpy as np

from lenet_tf1.data.splits import NO_CLASS, Dataset, Split


def split(n, label=0):
    return Split(np.zeros([n, 28, 28], np.uint8), np.full(n, label, np.uint8))


def test_the_digest_sees_every_pixel_and_label_that_training_looks_at():
    data = Dataset(split(9), split(3), split(2), classes=("0", "1"))
    assert data.digest() == Dataset(split(9), split(3), split(2), classes=("0", "1")).digest()
    digests = {data.digest()}
    for part in ("train", "validation"):
        pixel, label = split(len(getattr(data, part))), split(len(getattr(data, part)))
        pixel.images[-1, 27, 27] = 1
        label.labels[-1] = 1
        digests |= {dataclasses.replace(data, **{part: changed}).digest() for changed in (pixel, label)}
    assert len(digests) == 5
    assert dataclasses.replace(data, test=split(2, 1)).digest() == data.digest()


def test_what_is_of_no_class_is_not_labelled():
    some = split(4)
    assert some.labelled is some
    some.labels[1] = NO_CLASS
    some.images[2] = 7
    assert len(some.labelled) == 3
    assert (some.labelled.images[1] == 7).all()


def test_a_part_has_its_images_and_labels():
    part = Split(np.arange(5 * 784).reshape(5, 28, 28).astype(np.uint16), np.arange(5))[np.array([3, 1])]
    assert part.labels.tolist() == [3, 1]
    assert part.images[:, 0, 0].tolist() == [3 * 784, 784]
