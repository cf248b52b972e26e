"""Random lines and discs, clipped and degenerate ones included, as OpenCV draws them.

pip install opencv-python-headless==4.6.0.66 "numpy<2"
python test/golden/opencv-drawing.py > test/golden/opencv-drawing.json
Each case: kind, width, height, [x1, y1, x2, y2], line width or radius, SHA-256 of the RGB bytes.
"""

import hashlib
import json
import random

import cv2
import numpy as np

random.seed(20)
cases = []
for _ in range(600):
    width = random.choice([8, 16, 64, 80, 128])
    height = random.choice([8, 24, 64, 80])
    beyond = random.choice([4, 20, 200, 5000])
    place = [
        random.randint(-beyond, limit + beyond) for limit in (width, height, width, height)
    ]
    if random.random() < 0.2:
        place[2] = place[0] + random.randint(-3, 3)
        place[3] = place[1] + random.randint(-3, 3)
    size = random.choice([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 10, 10, 13, 20, 31])
    picture = np.zeros((height, width, 3), np.uint8)
    kind = "disc" if random.random() < 0.1 else "line"
    if kind == "disc":
        cv2.circle(picture, tuple(place[:2]), size, (219, 94, 86), -1)
    else:
        cv2.line(picture, tuple(place[:2]), tuple(place[2:]), (219, 94, 86), size)
    cases.append([kind, width, height, place, size, hashlib.sha256(picture.tobytes()).hexdigest()])
print("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]")
