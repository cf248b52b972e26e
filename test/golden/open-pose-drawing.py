"""Random bodies as OpenPose's skeleton, drawn with OpenCV in the way of ControlNet's annotator.

pip install opencv-python-headless==4.6.0.66 "numpy<2"
python test/golden/open-pose-drawing.py > test/golden/open-pose-drawing.json
Each case: width, height, seventeen [x, y, confidence] in COCO's order, SHA-256 of the RGB bytes.
"""

import hashlib
import json
import math
import random

import cv2
import numpy as np

LIMBS = [(2, 3), (2, 6), (3, 4), (4, 5), (6, 7), (7, 8), (2, 9), (9, 10), (10, 11), (2, 12), (12, 13), (13, 14),
         (2, 1), (1, 15), (15, 17), (1, 16), (16, 18)]  # fmt: skip
COLOURS = [(255, 0, 0), (255, 85, 0), (255, 170, 0), (255, 255, 0), (170, 255, 0), (85, 255, 0), (0, 255, 0),
           (0, 255, 85), (0, 255, 170), (0, 255, 255), (0, 170, 255), (0, 85, 255), (0, 0, 255), (85, 0, 255),
           (170, 0, 255), (255, 0, 255), (255, 0, 170), (255, 0, 85)]  # fmt: skip
FROM_COCO = [0, None, 6, 8, 10, 5, 7, 9, 12, 14, 16, 11, 13, 15, 2, 1, 4, 3]


def middle(a, b):
    return [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2, min(a[2], b[2])]


def draw(width, height, body):
    points = [middle(body[5], body[6]) if i is None else body[i] for i in FROM_COCO]
    picture = np.zeros((height, width, 3), np.uint8)
    for (a, b), colour in zip(LIMBS, COLOURS):
        p, q = points[a - 1], points[b - 1]
        if p[2] <= 0.3 or q[2] <= 0.3:
            continue
        dx, dy = p[0] - q[0], p[1] - q[1]
        polygon = cv2.ellipse2Poly(
            (int((p[0] + q[0]) / 2), int((p[1] + q[1]) / 2)),
            (int(math.sqrt(dx * dx + dy * dy) / 2), 4),
            int(math.degrees(math.atan2(dy, dx))),
            0,
            360,
            1,
        )
        cv2.fillConvexPoly(picture, polygon, [int(float(c) * 0.6) for c in colour])
    for point, colour in zip(points, COLOURS):
        if point[2] > 0.3:
            cv2.circle(picture, (int(point[0]), int(point[1])), 4, colour, thickness=-1)
    return picture


random.seed(3)
cases = []
for _ in range(40):
    width, height = random.choice([(512, 512), (512, 768), (640, 512)])
    beyond = random.choice([0, 0, 100])
    body = [
        [
            round(random.uniform(-beyond, width + beyond), 2),
            round(random.uniform(-beyond, height + beyond), 2),
            random.choice([0.9, 0.9, 0.9, 0.2]),
        ]
        for _ in range(17)
    ]
    picture = draw(width, height, body)
    cases.append([width, height, body, hashlib.sha256(picture.tobytes()).hexdigest()])
print("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]")
