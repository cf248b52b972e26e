"""Action templates and the joint rotations they stand for.

Angles in degrees. Arms: raise (0 hanging, 90 level, 180 up), swing (0 sideways, 90 forward, -90 back), turn (positive
outward), elbow, roll (forearm). Legs: flex (forward), spread, splay (thigh turned outward with the foot), twist, knee, point (toes
down); `flat` keeps the sole level. `touch` names what rests on the floor together (l and r with h hand, a arm, k knee, f foot; hips,
chest, head): see `settle.py`. Left-hand values; the right side is computed as a left one and mirrored."""

import math

import numpy as np

ARM = dict(raise_=9, swing=20, turn=0, elbow=18, roll=0)
LEG = dict(flex=0, spread=3, splay=6, knee=3, point=0, flat=1)
TORSO = dict(pitch=0, roll=0, turn=0, bend=0, side=0, twist=0, nod=0, tilt=0, look=0, lift=0, seat=0)


def arm(raise_=9, swing=20, turn=0, elbow=18, roll=0):
    return dict(raise_=raise_, swing=swing, turn=turn, elbow=elbow, roll=roll)


def leg(flex=0, spread=3, splay=6, knee=3, point=0, flat=1):
    return dict(flex=flex, spread=spread, splay=splay, knee=knee, point=point, flat=flat)


def pose(left_arm=None, right_arm=None, left_leg=None, right_leg=None, touch="", **torso):
    return dict(la=left_arm or arm(), ra=right_arm or arm(), ll=left_leg or leg(), rl=right_leg or leg(),
                torso={**TORSO, **torso}, touch=tuple(touch.split()))  # fmt: skip


# action -> list of (pose, weight of the usual jitter)
TEMPLATES = {
    "stand": [pose(), pose(arm(12, 30, 0, 25), arm(12, 30, 0, 25), leg(0, 8), leg(0, 8))],
    "contrapposto": [
        pose(arm(14, 10, 0, 30), arm(12, 30, 0, 15), leg(12, 6, 12, 18), leg(-3, -2, 4, 0), roll=-5, side=7, twist=5),
        pose(arm(40, -15, -55, 95), arm(10, 20, 0, 12), leg(10, 8, 14, 15), leg(-3, -2, 4, 0), roll=-5, side=7),
    ],
    "walk": [
        pose(arm(24, -85, 0, 18), arm(24, 85, 0, 28), leg(26, 1, 3, 6, -8, 0.6), leg(-20, 1, 3, 22, 20, 0), twist=8),
        pose(arm(16, -80, 0, 15), arm(18, 85, 0, 22), leg(20, 1, 3, 4, -8, 0.7), leg(-14, 1, 3, 24, 15, 0), twist=5, bend=3),
    ],
    "run": [
        pose(arm(42, -85, 0, 85), arm(38, 85, 0, 95), leg(65, 1, 3, 85, 5, 0), leg(-22, 1, 3, 40, 30, 0), twist=14, bend=10, lift=0.6),
        pose(arm(50, -85, 0, 80), arm(48, 80, -10, 85), leg(45, 1, 3, 35, -5, 0), leg(-25, 1, 3, 85, 25, 0), twist=16, bend=12, lift=1),
    ],
    "jump": [
        pose(arm(150, 20, 0, 20), arm(150, 20, 0, 20), leg(40, 8, 8, 75, 30, 0), leg(20, 8, 8, 60, 30, 0), lift=3.5),
        pose(arm(130, 10, 0, 12), arm(130, 10, 0, 12), leg(0, 28, 10, 10, 35, 0), leg(0, 28, 10, 10, 35, 0), lift=3),
        pose(arm(120, 60, 0, 20), arm(60, -50, 0, 20), leg(75, 4, 4, 20, 25, 0), leg(-35, 4, 4, 25, 35, 0), lift=3),
    ],
    "sit": [
        pose(arm(32, 80, 0, 45), arm(32, 80, 0, 45), leg(86, 4, 6, 86), leg(86, 4, 6, 86), seat=1, bend=4, touch="lf rf"),
        pose(arm(18, 60, -30, 80), arm(18, 60, -30, 80), leg(88, 6, 14, 80), leg(84, 4, 8, 96), seat=1, bend=10, touch="lf rf"),
        pose(arm(38, -80, 0, 10), arm(38, -80, 0, 10), leg(80, 4, 8, 8, 20, 0), leg(84, 4, 8, 30, 10, 0), pitch=-14, bend=6, touch="hips lh rh lf rf"),
        pose(arm(42, 75, -15, 35), arm(42, 75, -15, 35), leg(112, 12, 28, 118, 10, 0), leg(112, 12, 28, 118, 10, 0), bend=22, pitch=-12, touch="hips lf rf"),
    ],
    "squat": [
        pose(arm(75, 80, 0, 25), arm(75, 80, 0, 25), leg(110, 8, 22, 120), leg(110, 8, 22, 120), pitch=24, bend=14, touch="lf rf"),
        pose(arm(45, 75, -20, 70), arm(45, 75, -20, 70), leg(82, 10, 18, 88), leg(82, 10, 18, 88), pitch=28, bend=6, touch="lf rf"),
    ],
    "kneel": [
        pose(arm(15, 40), arm(15, 40), leg(5, 5, 4, 92, 45, 0), leg(5, 5, 4, 92, 45, 0), touch="lk rk lf rf"),
        pose(arm(40, 75, -10, 50), arm(15, 30), leg(88, 4, 6, 88), leg(-4, 4, 4, 92, 5, 0), touch="lf rk rf"),
        pose(arm(28, 75, 0, 40), arm(28, 75, 0, 40), leg(72, 7, 6, 138, 48, 0), leg(72, 7, 6, 138, 48, 0), bend=4, touch="lk rk lf rf"),
    ],
    "lunge": [
        pose(arm(40, -15, -55, 95), arm(40, -15, -55, 95), leg(82, 3, 4, 84), leg(-32, 3, 4, 30, -15, 0), touch="lf rf"),
        pose(arm(30, 60, 0, 40), arm(30, -60, 0, 30), leg(74, 3, 4, 80), leg(-36, 3, 4, 12, -20, 0), bend=6, touch="lf rf"),
        pose(arm(20, 40, 0, 60), arm(60, 10, 0, 20), leg(10, 42, 20, 6), leg(62, 34, 25, 78), bend=14, pitch=14, touch="lf rf"),
    ],
    "reach": [
        pose(arm(150, 50, 0, 12), arm(12, 10), leg(-3, 4), leg(5, 6, 8, 10), side=-8, nod=-14),
        pose(arm(95, 75, 0, 10), arm(20, -50), leg(28, 4, 5, 22), leg(-16, 4, 5, 8, 10, 0), pitch=12, bend=12),
        pose(arm(140, 70, 0, 15), arm(135, 70, 0, 15), leg(), leg(4, 6, 6, 8), nod=-15),
    ],
    "wave": [
        pose(arm(95, 12, 78, 75), arm(10, 20)),
        pose(arm(150, 15, 20, 30), arm(14, 20, 0, 25), leg(0, 6), leg(0, 6)),
        pose(arm(60, 35, 55, 115), arm(10, 20), tilt=-5),
    ],
    "point": [
        pose(arm(86, 75, 0, 5), arm(10, 20)),
        pose(arm(90, 15, 0, 5), arm(42, -15, -55, 95), look=35),
        pose(arm(125, 55, 0, 6), arm(12, 20), nod=-15, look=20),
    ],
    "dance": [
        pose(arm(120, 10, 10, 35), arm(75, 30, 0, 35), leg(25, 12, 20, 35, 15, 0), leg(0, 4, 8, 8), side=10, roll=4, twist=12),
        pose(arm(160, 10, 0, 35), arm(45, -15, -50, 90), leg(10, 18, 18, 10, 20, 0), leg(0, 3, 8, 14), side=-10, roll=-6),
        pose(arm(90, 10, 0, 25), arm(150, 20, 0, 40), leg(-30, 6, 12, 25, 45, 0), leg(5, 2, 10, 5), bend=-6, pitch=8),
        pose(arm(70, 50, 40, 80), arm(70, 50, 40, 80), leg(35, 14, 22, 60), leg(20, 12, 20, 35), twist=15, bend=6),
    ],
    "kick": [
        pose(arm(50, 20, 0, 50), arm(55, -20, 0, 40), leg(85, 4, 6, 12, 15, 0), leg(-2, 3, 12, 10), pitch=-10),
        pose(arm(40, 50, 0, 90), arm(45, 40, 0, 80), leg(20, 68, 10, 8, 10, 0), leg(0, 4, 20, 8), roll=18, side=-8),
        pose(arm(45, -60, 0, 30), arm(45, 70, 0, 40), leg(48, 3, 4, 20, 25, 0), leg(-6, 3, 6, 12), twist=10),
    ],
    "yoga": [
        pose(arm(168, 20, 0, 22), arm(168, 20, 0, 22), leg(48, 8, 72, 128, 35, 0), leg(0, 0, 3, 0)),
        pose(arm(30, 65, -58, 112), arm(30, 65, -58, 112), leg(48, 8, 72, 128, 35, 0), leg(0, 0, 3, 0)),
        pose(arm(160, 70, 0, 6), arm(60, -80, 0, 6), leg(0, 2, 3, 2), leg(-15, 2, 5, 70, 40, 0), pitch=18, bend=-12),
    ],
    "warrior": [
        pose(arm(90, 82, 0, 4), arm(90, -62, 0, 4), leg(76, 4, 6, 80), leg(-34, 12, 20, 3, -15, 0.4), touch="lf rf"),
        pose(arm(90, 2, 0, 3), arm(90, 2, 0, 3), leg(60, 34, 55, 76), leg(0, 42, 20, 2), look=55, touch="lf rf"),
        pose(arm(170, 30, 0, 6), arm(170, 30, 0, 6), leg(78, 3, 4, 82), leg(-34, 3, 6, 4, -15, 0), bend=-8, touch="lf rf"),
    ],
    "fall": [
        pose(arm(110, 30, 0, 35), arm(95, 60, 0, 40), leg(40, 8, 8, 45, 15, 0), leg(15, 10, 8, 25, 15, 0), pitch=-38, lift=2),
        pose(arm(110, 75, 0, 30), arm(120, 65, 0, 25), leg(15, 6, 6, 40, 25, 0), leg(-15, 6, 6, 30, 25, 0), pitch=42, lift=2, nod=-20),
    ],
    "crawl": [
        pose(arm(82, 88, 0, 6), arm(102, 86, 0, 8), leg(92, 4, 4, 92, 50, 0), leg(74, 4, 4, 88, 50, 0), pitch=84, nod=-38, touch="lh rh lk rk lf rf"),
        pose(arm(88, 88, 0, 5), arm(88, 88, 0, 5), leg(86, 5, 4, 90, 50, 0), leg(86, 5, 4, 90, 50, 0), pitch=86, nod=-30, touch="lh rh lk rk lf rf"),
    ],
    "lie": [
        pose(arm(25, 5, 10, 15), arm(25, 5, 10, 15), leg(0, 6, 14, 4, 25, 0), leg(0, 6, 14, 4, 25, 0), pitch=-90, touch="hips chest head lh rh lf rf"),
        pose(arm(140, 10, 20, 60), arm(35, 10, 0, 30), leg(55, 4, 6, 95, 15, 0), leg(0, 5, 14, 5, 25, 0), pitch=-90, touch="hips chest head lh rh lf rf"),
        pose(arm(60, 60, 0, 60), arm(60, 60, 0, 70), leg(45, 2, 0, 70, 15, 0), leg(35, 0, 0, 60, 15, 0), roll=88, bend=12, touch="hips chest ra rk rf"),
    ],
    "hands on hips": [pose(arm(42, -18, -55, 98), arm(42, -18, -55, 98), leg(0, 7), leg(0, 7))],
    "arms crossed": [pose(arm(26, 48, -70, 118), arm(34, 52, -70, 112), leg(0, 5), leg(3, 6, 8, 6))],
    "arms up": [
        pose(arm(165, 10, 0, 10), arm(165, 10, 0, 10), leg(0, 6), leg(0, 6)),
        pose(arm(138, 6, 0, 14), arm(138, 6, 0, 14), leg(0, 10), leg(0, 10)),
        pose(arm(100, 10, 80, 80), arm(100, 10, 80, 80), leg(0, 6), leg(0, 6)),
    ],
    "t-pose": [pose(arm(90, 4, 0, 4), arm(90, 4, 0, 4), leg(0, 5), leg(0, 5))],
    "bow": [
        pose(arm(30, 70, 0, 20), arm(30, 70, 0, 20), leg(48, 2, 4, 4), leg(48, 2, 4, 4), pitch=48, bend=32, nod=8),
        pose(arm(55, 85, 0, 8), arm(60, 85, 0, 8), leg(78, 4, 4, 14), leg(78, 4, 4, 14), pitch=76, bend=40),
        pose(arm(12, 20), arm(12, 20), leg(25, 2, 4, 2), leg(25, 2, 4, 2), pitch=26, bend=18, nod=15),
    ],
    "throw": [
        pose(arm(80, 65, 0, 20), arm(105, -22, 80, 85), leg(38, 4, 5, 15, -10, 0.3), leg(-16, 6, 14, 22), twist=-22, bend=-6),
        pose(arm(40, 20, 0, 50), arm(115, 60, 30, 35), leg(30, 4, 5, 30), leg(-26, 4, 6, 25, 25, 0), twist=18, bend=12),
    ],
    "stretch": [
        pose(arm(172, 10, 0, 15), arm(20, 10, 0, 15), leg(0, 10), leg(0, 10), side=-24, roll=-3),
        pose(arm(172, 15, 0, 12), arm(172, 15, 0, 12), leg(0, 5), leg(0, 5), bend=-14, nod=-12),
        pose(arm(150, -10, 30, 125), arm(42, -18, -55, 98), leg(0, 8), leg(0, 8), side=-8),
    ],
    "fight": [
        pose(arm(38, 62, -10, 118), arm(32, 62, -15, 125), leg(26, 8, 10, 26), leg(-10, 8, 18, 24), twist=12, bend=8),
        pose(arm(85, 82, 0, 8), arm(35, 58, -10, 125), leg(34, 6, 8, 32), leg(-18, 6, 14, 18), twist=-20, bend=8),
    ],
    "climb": [
        pose(arm(155, 60, 0, 25), arm(105, 70, 0, 60), leg(85, 8, 14, 95, 0, 0), leg(-4, 5, 6, 8, 20, 0), nod=-18, bend=4, lift=1.2),
        pose(arm(28, 70, 0, 45), arm(20, -60, 0, 20), leg(72, 3, 4, 82, -5, 0.8), leg(-6, 3, 4, 10, 10, 0), pitch=6, bend=6),
    ],
    "handstand": [pose(arm(174, 20, 0, 4), arm(174, 20, 0, 4), leg(5, 8, 6, 8, 30, 0), leg(-5, 8, 6, 20, 30, 0), pitch=178, nod=-20, touch="lh rh")],
}
ACTION_WEIGHTS = {"stand": 2.2, "contrapposto": 1.6, "walk": 2.4, "run": 1.8, "sit": 1.8, "dance": 1.6, "handstand": 0.35, "t-pose": 0.5,
                  "lie": 0.8, "fall": 0.8, "crawl": 0.8}  # fmt: skip

SPREADS = {"raise_": 8, "swing": 12, "turn": 8, "elbow": 10, "roll": 12, "flex": 5, "spread": 2.5, "splay": 4, "knee": 6,
           "point": 5, "flat": 0, "pitch": 3, "roll_torso": 1.5, "bend": 4, "side": 3, "twist": 6, "nod": 7, "tilt": 5,
           "look": 16, "lift": 0.5, "seat": 0}  # fmt: skip
LIMITS = {"raise_": (4, 176), "elbow": (2, 142), "turn": (-70, 90), "swing": (-95, 120), "roll": (-50, 60), "flex": (-38, 122),
          "spread": (-4, 72), "splay": (-6, 76), "knee": (0, 142), "point": (-22, 52), "flat": (0, 1),
          "bend": (-25, 50), "side": (-28, 28), "twist": (-35, 35), "nod": (-45, 30), "tilt": (-22, 22), "look": (-60, 60),
          "lift": (0, 6)}  # fmt: skip


MIRRORED = str.maketrans("lr", "rl")


def clamp(name, value):
    low, high = LIMITS.get(name, (-1e9, 1e9))
    return float(min(max(value, low), high))


def free_arm(rng):
    """Anywhere an arm comfortably goes, clear of the torso."""
    up = rng.uniform(8, 170)
    ahead = rng.uniform(-35, 95)
    return arm(up, ahead, rng.uniform(-15, 25) if up < 55 else rng.uniform(-30, 80), rng.uniform(4, 115 if up > 40 else 75), 0)


def draw_action(rng):
    actions = list(TEMPLATES)
    p = np.array([ACTION_WEIGHTS.get(a, 1.0) for a in actions])
    return actions[rng.choice(len(actions), p=p / p.sum())]


def draw_pose(rng, action):
    """(action, pose): a template, sometimes leaning towards another of its action, perturbed, often mirrored."""
    options = TEMPLATES[action]
    chosen = options[rng.integers(len(options))]
    arms_from = chosen
    blend = 0.0
    if action in ("stand", "walk", "kneel", "sit", "contrapposto") and rng.random() < 0.35:
        other = ("wave", "point", "reach", "hands on hips", "arms crossed", "arms up", "stand")[rng.integers(7)]
        if not chosen["torso"]["pitch"]:
            arms_from = TEMPLATES[other][rng.integers(len(TEMPLATES[other]))]
            blend = 1.0
            if action in ("stand", "contrapposto") and other != "stand":
                action = other
    elif action in ("stand", "contrapposto", "walk", "lunge", "kneel", "dance", "squat") and rng.random() < 0.2:
        arms_from = {"la": free_arm(rng), "ra": free_arm(rng)}
        blend = 1.0
    scale = rng.uniform(0.4, 1.2)
    out = {}
    for part in ("la", "ra", "ll", "rl", "torso"):
        values = chosen[part]
        target = arms_from[part] if part in ("la", "ra") and blend else values
        out[part] = {}
        for name, value in target.items():
            spread = SPREADS["roll_torso" if part == "torso" and name == "roll" else name]
            if name == "lift" and value == 0:
                spread = 0
            value = value + scale * spread * rng.standard_normal()
            out[part][name] = clamp(name, value) if not (part == "torso" and name == "roll") else value
    if action == "lie" and rng.random() < 0.3 and out["torso"]["pitch"] < -60:
        out["torso"]["pitch"] = 90 + 3 * rng.standard_normal()  # on the belly
        out["torso"]["look"] = 50.0 * (1 if rng.random() < 0.5 else -1)
        out["ll"].update(flex=0.0, knee=10.0)
        out["rl"].update(flex=0.0, knee=5.0)
    out["touch"] = chosen["touch"]
    if rng.random() < 0.5:
        out["touch"] = tuple(t if t in ("hips", "chest", "head") else t.translate(MIRRORED) for t in out["touch"])
        out["la"], out["ra"], out["ll"], out["rl"] = out["ra"], out["la"], out["rl"], out["ll"]
        for name in ("roll", "turn", "side", "twist", "tilt", "look"):
            out["torso"][name] *= -1
    out["curl"] = [float(c) for c in rng.uniform(8, 38, 2)]
    out["fist"] = action in ("fight",) or rng.random() < 0.06
    return action, out


def rot(axis, degrees):
    x, y, z = (float(q) for q in axis)
    n = math.sqrt(x * x + y * y + z * z) + 1e-12
    x, y, z = x / n, y / n, z / n
    t = math.radians(degrees)
    c, s = math.cos(t), math.sin(t)
    v = 1 - c
    return np.array([[c + x * x * v, x * y * v - z * s, x * z * v + y * s],
                     [y * x * v + z * s, c + y * y * v, y * z * v - x * s],
                     [z * x * v - y * s, z * y * v + x * s, c + z * z * v]])  # fmt: skip


X, Y, Z = np.eye(3)
FLIP = np.diag([-1.0, 1.0, 1.0])


def unit(v):
    return v / (math.sqrt(v @ v) + 1e-12)


def cross(a, b):
    return np.array([a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]])


def swing_between(a, b):
    axis = cross(a, b)
    size = np.sqrt(axis @ axis)
    if size < 1e-6:
        return np.eye(3)
    return rot(axis, np.degrees(np.arctan2(size, a @ b)))


def frame(direction, hinge):
    d = unit(direction)
    h = unit(hinge - d * (hinge @ d))
    return np.stack([d, h, cross(d, h)], 1)


def placed(turn, joints, parents):
    """(place, shift): where turned joints come to lie, the first at 0, and what moves their turned points there. [bones, 3] each."""
    place = np.zeros_like(joints)
    for i, parent in enumerate(parents):
        if parent >= 0:
            place[i] = place[parent] + turn[parent] @ (joints[i] - joints[parent])
    return place, place - np.einsum("bij,bj->bi", turn, joints)


def rotations(pose, joints, bones):
    """Global rotation of every bone, [B,3,3]. joints: rest positions [B,3] of the same body."""
    at = {b: joints[i] for i, b in enumerate(bones)}
    t = pose["torso"]
    root = rot(Y, t["turn"]) @ rot(Z, t["roll"]) @ rot(X, t["pitch"])
    g = {"Hips": root}
    step = rot(Y, t["twist"] / 3) @ rot(Z, t["side"] / 3) @ rot(X, t["bend"] / 3)
    for bone, parent in (("Spine", "Hips"), ("Spine1", "Spine"), ("Spine2", "Spine1")):
        g[bone] = g[parent] @ step
    half = rot(Y, t["look"] / 2) @ rot(Z, t["tilt"] / 2) @ rot(X, t["nod"] / 2)
    g["Neck"] = g["Spine2"] @ half
    g["Head"] = g["Neck"] @ half
    for side, mirror, a, l, curl in (("Left", np.eye(3), pose["la"], pose["ll"], pose["curl"][0]),
                                     ("Right", FLIP, pose["ra"], pose["rl"], pose["curl"][1])):  # fmt: skip
        sign = mirror.diagonal()
        p = {k[len(side):]: sign * v for k, v in at.items() if k.startswith(side)}
        up0, fore0 = unit(p["ForeArm"] - p["Arm"]), unit(p["Hand"] - p["ForeArm"])
        hinge0 = unit(cross(up0, fore0))
        bent0 = np.degrees(np.arccos(np.clip(up0 @ fore0, -1, 1)))
        e, s = np.radians(a["raise_"]), np.radians(a["swing"])
        goal = np.array([np.sin(e) * np.cos(s), -np.cos(e), np.sin(e) * np.sin(s)])
        # Hanging with the elbow's crease forward and a little inward, then the shortest swing to the goal.
        hang = frame(-Y, -X + 0.25 * Z) @ frame(up0, hinge0).T
        hang = rot(-Y, -a["turn"]) @ hang
        upper = swing_between(-Y, goal) @ hang
        lift = max(0.0, a["raise_"] - 50) * 0.22
        collar = rot(Z, lift) @ rot(Y, -0.1 * a["swing"] * np.sin(e))
        fore = upper @ rot(hinge0, a["elbow"] - bent0)
        hand = fore @ rot(fore0, a["roll"])
        local = {"Shoulder": collar, "Arm": upper, "ForeArm": fore, "Hand": hand}
        palm = unit(cross(fore0, unit(p["HandPinky1"] - p["HandIndex1"])))
        for finger in ("Index", "Middle", "Ring", "Pinky"):
            across = unit(cross(unit(p[f"Hand{finger}2"] - p[f"Hand{finger}1"]), palm))
            for k in (1, 2, 3):
                amount = (78 if pose["fist"] else curl * (0.6 + 0.25 * k)) * k
                local[f"Hand{finger}{k}"] = hand @ rot(across, amount * pose.get("curl_sign", 1))
        thumb_axis = unit(p["HandPinky1"] - p["HandIndex1"])
        for k in (1, 2, 3):
            local[f"HandThumb{k}"] = hand @ rot(fore0, 10 if pose["fist"] else 4) @ rot(palm, 0)
        thigh0 = unit(p["Leg"] - p["UpLeg"])
        shin0 = unit(p["Foot"] - p["Leg"])
        straight = swing_between(thigh0, -Y)
        thigh = rot(Z, l["spread"]) @ rot(Y, l["splay"]) @ rot(X, -l["flex"]) @ straight
        shin_fix = swing_between(straight @ shin0, -Y)
        shin = thigh @ straight.T @ rot(X, l["knee"]) @ shin_fix @ straight
        foot0 = rot(X, l["point"])
        foot = shin @ (shin_fix @ straight).T @ foot0
        chest = g["Spine2"]
        for name, r in local.items():
            g[side + name] = chest @ mirror @ r @ mirror
        foot_world = root @ mirror @ foot @ mirror
        if l["flat"] > 0:
            ahead = foot_world @ Z
            level = rot(Y, np.degrees(np.arctan2(ahead[0], ahead[2])))
            if (foot_world @ Y)[1] > 0.55:
                w = l["flat"]
                turn = level @ foot_world.T
                angle = np.degrees(np.arccos(np.clip((np.trace(turn) - 1) / 2, -1, 1)))
                axis = np.array([turn[2, 1] - turn[1, 2], turn[0, 2] - turn[2, 0], turn[1, 0] - turn[0, 1]])
                if angle > 1e-3:
                    foot_world = rot(axis, angle * w) @ foot_world
        g[side + "UpLeg"] = root @ mirror @ thigh @ mirror
        g[side + "Leg"] = root @ mirror @ shin @ mirror
        g[side + "Foot"] = foot_world
        bend = rot(X, -0.5 * max(0.0, l["point"]) if l["flex"] < 0 and t["lift"] == 0 else 0)
        g[side + "ToeBase"] = foot_world @ mirror @ bend @ mirror
    return np.stack([g[b] for b in bones])
