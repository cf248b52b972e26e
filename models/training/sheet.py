"""Contact sheets: rows of pictures in one PNG."""

import cv2
import numpy as np


def sheet(pictures, columns, path, labels=None):
    """pictures: uint8 RGB [H,W,3] of one size."""
    h, w = pictures[0].shape[:2]
    rows = -(-len(pictures) // columns)
    out = np.full((rows * h, columns * w, 3), 255, np.uint8)
    for i, picture in enumerate(pictures):
        y, x = i // columns * h, i % columns * w
        out[y : y + h, x : x + w] = picture
        if labels:
            for k, line in enumerate(labels[i].split("\n")):
                for colour, width in (((0, 0, 0), 3), ((255, 255, 255), 1)):
                    cv2.putText(out, line, (x + 3, y + 11 + 11 * k), cv2.FONT_HERSHEY_SIMPLEX, 0.32, colour, width)
    cv2.imwrite(str(path), out[..., ::-1])


def to_pictures(tensor):
    """[-1,1] float [B,3,H,W] -> list of uint8 [H,W,3]."""
    x = ((tensor.clamp(-1, 1) + 1) * 127.5).detach().cpu().permute(0, 2, 3, 1).numpy()
    return list(x.astype(np.uint8))
