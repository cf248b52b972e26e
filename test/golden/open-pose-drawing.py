"""Random people as OpenPose's skeleton, drawn with OpenCV in the way of the annotator that ControlNet was trained with.

pip install opencv-python-headless==4.6.0.66 "numpy<2" matplotlib
python test/golden/open-pose-drawing.py > test/golden/open-pose-drawing.json
Each case: width, height, people, SHA-256 of the RGB bytes. A person: "keypoints", seventeen [x, y, confidence] in COCO's
order; "left", "right" (21) and "face" (70) where there are some.
"""

import hashlib
import json
import math
import random

import cv2
import matplotlib.colors
import numpy as np

LIMBS = [(2, 3), (2, 6), (3, 4), (4, 5), (6, 7), (7, 8), (2, 9), (9, 10), (10, 11), (2, 12), (12, 13), (13, 14),
         (2, 1), (1, 15), (15, 17), (1, 16), (16, 18)]  # fmt: skip
COLOURS = [(255, 0, 0), (255, 85, 0), (255, 170, 0), (255, 255, 0), (170, 255, 0), (85, 255, 0), (0, 255, 0),
           (0, 255, 85), (0, 255, 170), (0, 255, 255), (0, 170, 255), (0, 85, 255), (0, 0, 255), (85, 0, 255),
           (170, 0, 255), (255, 0, 255), (255, 0, 170), (255, 0, 85)]  # fmt: skip
FROM_COCO = [0, None, 6, 8, 10, 5, 7, 9, 12, 14, 16, 11, 13, 15, 2, 1, 4, 3]


def middle(a, b):
    return [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2, min(a[2], b[2])]


def pixel(point):
    return int(point[0]), int(point[1])


def draw(width, height, people):
    bodies = [
        [middle(p["keypoints"][5], p["keypoints"][6]) if i is None else p["keypoints"][i] for i in FROM_COCO] for p in people
    ]
    picture = np.zeros((height, width, 3), np.uint8)
    for i, colour in enumerate(COLOURS):
        for points in bodies:
            if points[i][2] > 0.3:
                cv2.circle(picture, pixel(points[i]), 4, colour, thickness=-1)
    for (a, b), colour in zip(LIMBS, COLOURS):
        for points in bodies:
            p, q = points[a - 1], points[b - 1]
            if p[2] <= 0.3 or q[2] <= 0.3:
                continue
            dx, dy = p[0] - q[0], p[1] - q[1]
            polygon = cv2.ellipse2Poly(
                pixel(((p[0] + q[0]) / 2, (p[1] + q[1]) / 2)),
                (int(math.sqrt(dx * dx + dy * dy) / 2), 4),
                int(math.degrees(math.atan2(dy, dx))),
                0,
                360,
                1,
            )
            limb = picture.copy()
            cv2.fillConvexPoly(limb, polygon, colour)
            picture = cv2.addWeighted(picture, 0.4, limb, 0.6, 0)
    for person in people:
        for hand in [person.get("left"), person.get("right")]:
            for bone in range(20 if hand else 0):
                a = 0 if bone % 4 == 0 else bone
                p, q = hand[a], hand[bone + 1]
                if p[2] > 0.3 and q[2] > 0.3:
                    hue = matplotlib.colors.hsv_to_rgb([bone / 20.0, 1.0, 1.0]) * 255
                    cv2.line(picture, pixel(p), pixel(q), hue, thickness=2)
            for point in hand or []:
                if point[2] > 0.3:
                    cv2.circle(picture, pixel(point), 4, (0, 0, 255), thickness=-1)
    for person in people:
        for point in person.get("face", []):
            if point[2] > 0.3:
                cv2.circle(picture, pixel(point), 3, (255, 255, 255), thickness=-1)
    return picture


def points(count, left, top, right, bottom):
    return [
        [
            round(random.uniform(left, right), 2),
            round(random.uniform(top, bottom), 2),
            random.choice([0.9, 0.9, 0.9, 0.2]),
        ]
        for _ in range(count)
    ]


def around(person, count):
    x, y = random.choice(person["keypoints"])[:2]
    return points(count, x - 40, y - 40, x + 40, y + 40)


random.seed(3)
cases = []
for case in range(24):
    width, height = random.choice([(512, 512), (512, 768), (640, 512)])
    beyond = random.choice([0, 0, 100])
    people = []
    for _ in range(random.choice([1, 1, 2])):
        person = {"keypoints": points(17, -beyond, -beyond, width + beyond, height + beyond)}
        if case % 4 == 3:
            person["left"], person["right"] = around(person, 21), around(person, 21)
            person["face"] = around(person, 70)
        people.append(person)
    picture = draw(width, height, people)
    cases.append([width, height, people, hashlib.sha256(picture.tobytes()).hexdigest()])
print("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]")
