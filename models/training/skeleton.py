"""The hint picture: COCO-17 poses drawn the way the adapter has learnt to read them (OpenCV lines and discs)."""

import cv2
import numpy as np

LIMBS = [
    (0, 1), (0, 2), (1, 3), (2, 4), (3, 5), (4, 6), (5, 7), (6, 8),
    (7, 9), (8, 10), (5, 11), (6, 12), (11, 13), (12, 14), (13, 15), (14, 16),
]  # fmt: skip
# The colour of limb i is trunc(255 * HLS(0.01 + i / 16, lightness .6, saturation .65)), RGB.
COLOURS = [
    (219, 94, 86), (219, 144, 86), (219, 194, 86), (194, 219, 86), (145, 219, 86), (95, 219, 86),
    (86, 219, 127), (86, 219, 177), (86, 211, 219), (86, 161, 219), (86, 111, 219), (111, 86, 219),
    (160, 86, 219), (210, 86, 219), (219, 86, 178), (219, 86, 128),
]  # fmt: skip
# Left and right swapped: what a mirrored picture shows.
MIRROR = [0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13, 16, 15]


def line_width(size):
    """Upstream draws 10 pixels wide at 512; `size` is the short side in pixels."""
    return max(1, round(10 * size / 512))


def draw_skeleton(persons, size, window=None):
    """persons: lists of 17 (x, y, confidence) in pixels -> uint8 RGB [size, size, 3].

    A joint counts when its confidence is above 0.05; later edges lie over earlier ones. `window` (height, width)
    draws into another frame at the line width of `size`."""
    picture = np.zeros((*(window or (size, size)), 3), np.uint8)
    width = line_width(size)
    radius = width // 2
    for person in persons:
        for (a, b), colour in zip(LIMBS, COLOURS):
            (xa, ya, ca), (xb, yb, cb) = person[a], person[b]
            if ca > 0.05 and cb > 0.05:
                pa, pb = (int(xa), int(ya)), (int(xb), int(yb))
                cv2.line(picture, pa, pb, colour, width)
                cv2.circle(picture, pa, radius, colour, -1)
                cv2.circle(picture, pb, radius, colour, -1)
    return picture
