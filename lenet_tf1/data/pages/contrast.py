"""What the page reader's network sees of a picture: by how much each pixel differs from what is around it."""

import cv2
import numpy as np

WINDOW = 49  # pixels across that "around" means: a little more than the largest digit the network reads
FLOOR = 5.0  # of 255, added to what pixels around differ by, so that paper's grain is not made into writing
MOST = 4.0  # deviations; what differs by more is as sure


def local_contrast(grey: np.ndarray) -> np.ndarray:
    """(x - local mean) / (local deviation + FLOOR), clipped to -4..4.

    Light and shadows that change slowly are gone, and so is how dark the ink was.

    Parameters
    ----------
    grey : ndarray
        Uint8 [height, width].

    Returns
    -------
    ndarray
        Float32 [height, width].
    """
    x = grey.astype(np.float32)
    size = (WINDOW, WINDOW)
    mean = cv2.boxFilter(x, -1, size, borderType=cv2.BORDER_REFLECT_101)
    square = cv2.sqrBoxFilter(x, cv2.CV_32F, size, borderType=cv2.BORDER_REFLECT_101)
    deviation = np.sqrt(np.maximum(square - mean * mean, 0)) + FLOOR
    return np.clip((x - mean) / deviation, -MOST, MOST)
