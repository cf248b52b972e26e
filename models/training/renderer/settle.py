"""Setting a pose down: joints turn a little until everything that the pose rests on lies on the floor together."""

import copy

import numpy as np

from . import raster
from .poses import clamp, placed, rotations

NEAR_ENOUGH = 0.5  # how far above the floor a contact may stay, decimetres
ROUNDS = 8
STEP = 0.5  # degrees, for the slopes
# A contact that is this far off, in decimetres, weighs as much as a joint turned by its whole `GIVE`.
WORTH = 0.06
# Degrees that joints give way by, for what touches.
TORSO = {"pitch": 9, "roll": 4}
GIVE = {"h": {"raise_": 12, "swing": 25, "elbow": 15}, "a": {"raise_": 20, "swing": 30, "turn": 15}, "k": {"flex": 16, "knee": 9}, "f": {"flex": 9, "knee": 12, "point": 9},
        "head": {"nod": 14}, "chest": {"bend": 7}, "hips": {}}  # fmt: skip
# An arm that lies below the body is laid ahead of it first.
AHEAD = dict(raise_=84.0, swing=86.0, turn=0.0, elbow=6.0)
# Soles and cloth between skin and floor.
PADDING = {"h": 0.0, "a": 0.07, "s": 0.05, "k": 0.05, "f": 0.15, "head": 0.0, "chest": 0.07, "hips": 0.07}


def kind(part):
    """'lh' -> 'h'; 'chest' stays."""
    return part if part in PADDING else part[1]


def contact_points(body, base, joints):
    """{part: vertices} of the skin: hips, chest, head, and of either side the hand, arm, knee, shin and foot."""
    of = np.array(body.bones)[body.weight_bones[:, 0]]
    used = np.unique(body.triangles["body"])
    parts = {
        "hips": [v for v in used if of[v] in ("Hips", "LeftUpLeg", "RightUpLeg") and base[v, 1] > -1.2],
        "chest": [v for v in used if of[v] in ("Spine1", "Spine2")],
        "head": [v for v in used if of[v] == "Head"],
    }
    for side, name in (("l", "Left"), ("r", "Right")):
        knee = joints[body.bones.index(name + "Leg")]
        parts[side + "h"] = [v for v in used if of[v].startswith(name + "Hand")]
        parts[side + "k"] = [v for v in used if np.linalg.norm(base[v] - knee) < 0.85 and base[v, 2] > knee[2]]
        parts[side + "a"] = [v for v in used if of[v] in (name + "Arm", name + "ForeArm")]
        parts[side + "s"] = [v for v in used if of[v] == name + "Leg"]
        parts[side + "f"] = [v for v in used if of[v] in (name + "Foot", name + "ToeBase")]
    return {part: np.array(v)[:: max(1, len(v) // 80)] for part, v in parts.items()}


class Floor:
    """How high the parts of one body are in a pose."""

    def __init__(self, body, parts, rest, joints):
        self.body, self.joints, self.parts = body, joints, list(parts)
        rows = np.concatenate([parts[p] for p in self.parts])
        self.starts = np.cumsum([0] + [len(parts[p]) for p in self.parts])[:-1]
        self.rest, self.weight_bones, self.weights = rest[rows], body.weight_bones[rows], body.weights[rows]
        self.padding = np.array([PADDING[kind(p)] for p in self.parts])

    def heights(self, pose):
        turn = rotations(pose, self.joints, self.body.bones)
        _, shift = placed(turn, self.joints, self.body.parents)
        points = raster.skin(self.rest, self.weight_bones, self.weights, turn.astype(np.float32), shift.astype(np.float32))
        return np.minimum.reduceat(points[:, 1], self.starts) - self.padding


def joints_that_give(pose):
    """[(part of the pose, angle, degrees it gives)]"""
    found = {("torso", name): give for name, give in TORSO.items()}
    for part in pose["touch"]:
        limb = "torso" if part in PADDING else part[0] + ("a" if part[1] in "ha" else "l")
        for name, give in GIVE[kind(part)].items():
            found[limb, name] = max(give, found.get((limb, name), 0))
    return [(limb, name, give) for (limb, name), give in found.items()]


def settle(pose, floor):
    """-> the pose set down, or None where its contacts do not come together: Gauss-Newton on heights, held by the drawn angles."""
    touching = np.array([p in pose["touch"] for p in floor.parts])
    free = joints_that_give(pose)
    give = np.array([g for _, _, g in free])
    pose = copy.deepcopy(pose)
    for part in pose["touch"]:
        if kind(part) == "a":
            pose[part].update(AHEAD)
    drawn = np.array([pose[limb][name] for limb, name, _ in free])
    out = copy.deepcopy(pose)

    def errors(angles):
        for (limb, name, _), value in zip(free, angles):
            out[limb][name] = float(value)
        high = floor.heights(out)
        high = high - high[touching].mean()
        # What does not touch may be anywhere above the floor.
        return np.where(touching, high, np.minimum(high, 0))

    angles, now = drawn, errors(drawn)
    for _ in range(ROUNDS):
        if np.ptp(now) < 0.12:
            break
        slopes = np.stack([(errors(angles + STEP * (k == np.arange(len(free)))) - now) / STEP for k in range(len(free))], 1)
        a = np.concatenate([slopes / WORTH, np.diag(1 / give)])
        b = np.concatenate([now / WORTH, (angles - drawn) / give])
        change = np.clip(-np.linalg.lstsq(a, b, rcond=None)[0], -12, 12)
        angles = np.array([v if name == "roll" else clamp(name, v) for (_, name, _), v in zip(free, angles + change)])
        now = errors(angles)
    return out if np.ptp(now) <= NEAR_ENOUGH else None
