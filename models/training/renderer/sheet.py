"""A contact sheet: python -m models.training.renderer.sheet --out FILE --count 100 [--first SEED] [--skeleton]"""

import argparse

import numpy as np
from PIL import Image, ImageDraw

from .scene import SIZE, render

LIMBS = ((0, 1), (0, 2), (1, 3), (2, 4), (5, 6), (5, 7), (7, 9), (6, 8), (8, 10), (5, 11), (6, 12), (11, 12), (11, 13), (13, 15), (12, 14), (14, 16))


def with_skeleton(sample):
    picture = Image.fromarray(sample.image)
    draw = ImageDraw.Draw(picture)
    for person in sample.meta["persons"]:
        k = person["keypoints"]
        for a, b in LIMBS:
            draw.line([tuple(k[a][:2]), tuple(k[b][:2])], fill=(255, 60, 60) if b % 2 else (60, 60, 255))
        for x, y, v in k:
            draw.ellipse([x - 2, y - 2, x + 2, y + 2], fill={2: (0, 255, 0), 1: (255, 255, 0), 0: (255, 0, 0)}[v])
    return np.asarray(picture)


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--out", required=True)
    options.add_argument("--count", type=int, default=100)
    options.add_argument("--first", type=int, default=0)
    options.add_argument("--columns", type=int, default=10)
    options.add_argument("--skeleton", action="store_true")
    options.add_argument("--shrink", type=int, default=1)
    o = options.parse_args()
    rows = -(-o.count // o.columns)
    sheet = np.zeros((rows * SIZE, o.columns * SIZE, 3), np.uint8)
    for i in range(o.count):
        sample = render(o.first + i)
        y, x = (i // o.columns) * SIZE, (i % o.columns) * SIZE
        sheet[y : y + SIZE, x : x + SIZE] = with_skeleton(sample) if o.skeleton else sample.image
    picture = Image.fromarray(sheet)
    if o.shrink > 1:
        picture = picture.resize((picture.width // o.shrink, picture.height // o.shrink), Image.LANCZOS)
    picture.save(o.out, quality=85)


if __name__ == "__main__":
    main()
