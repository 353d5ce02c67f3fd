"""The 1,797 handwritten digits that come with scikit-learn."""

import numpy as np

from nas.data.dataset import Dataset
from nas.data.source import Part, Source, make_dataset


def fetch() -> Dataset:
    """Grey images of 8×8 pixels, whose 17 shades from 0 to 16 become 0 to 255; test and validation images are drawn.

    Source: `sklearn.datasets.load_digits`, the test part of E. Alpaydin and C. Kaynak's "Optical Recognition of Handwritten
    Digits" (1998).
    """
    from sklearn.datasets import load_digits

    images, labels = np.asarray(load_digits().images), np.asarray(load_digits().target)
    train = Part(images, labels, "the images of digits", "the labels of digits")
    return make_dataset(Source(train=train, words="scikit-learn's load_digits"))
