"""One dressed adult: shape, clothes, hair and pose, as triangles with a cut field, rest coordinates and materials."""

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from . import raster
from .body import load_body, shape
from .colours import DENIM, EYES, HAIR, PALETTE, SKIN, jitter, linear
from .poses import draw_action, draw_pose, placed, rotations
from .settle import Floor, contact_points, settle

COLOUR_WEIGHTS = {"beige": 0.7, "olive": 0.6, "maroon": 0.6, "teal": 0.7, "cyan": 0.7, "navy": 0.8}
BODY, EYE, UPPER, LOWER, SHOES, SKIRT, CAP, LOCKS = range(8)
TRIES = 50  # poses that are drawn before giving up on setting one down


@dataclass
class Person:
    points: np.ndarray
    normals: np.ndarray
    rest: np.ndarray
    along: np.ndarray  # down the torso and legs, or the arm: patterns run along it
    limb: np.ndarray  # 1 on the arms
    cut: np.ndarray
    faces: np.ndarray
    part: np.ndarray  # per face
    two_sided: np.ndarray
    materials: np.ndarray
    keypoints: np.ndarray  # [17,3] in space
    labels: dict
    facing: np.ndarray  # where breast and pelvis look
    visible: np.ndarray  # which points any face uses
    lift: float = 0.0  # how far above the floor it jumps
    seat: float = 0.0
    seat_at: np.ndarray = field(default_factory=lambda: np.zeros(3))


class MeanRows:
    """Means of given rows: `means @ values`."""

    def __init__(self, groups):
        self.rows = np.concatenate(groups)
        sizes = np.array([len(g) for g in groups])
        self.starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
        self.sizes = sizes[:, None]

    def __matmul__(self, values):
        return np.add.reduceat(values[self.rows].astype(float), self.starts) / self.sizes


def refine(body):
    """The tights with every triangle from the breast up split in four, so that necklines and armholes come out clean."""
    v, tights = body.vertices, body.triangles["helper-tights"]
    split = (v[tights][:, :, 1] > 3.6).any(1) & (abs(v[tights][:, :, 0]) < 2.3).any(1)
    edges = {}
    dense = np.zeros((len(v), len(body.bones)), np.float32)
    np.add.at(dense, (np.arange(len(v))[:, None], body.weight_bones), body.weights)

    def middle(a, b):
        key = (min(a, b), max(a, b))
        if key not in edges:
            edges[key] = len(v) + len(edges)
        return edges[key]

    faces = []
    for a, b, c in tights[split].tolist():
        ab, bc, ca = middle(a, b), middle(b, c), middle(c, a)
        faces += [[a, ab, ca], [ab, b, bc], [ca, bc, c], [ab, bc, ca]]
    for corners in tights[~split].tolist():  # neighbours take up the new points on their edges, so that no crack opens
        outline = []
        for p, q in zip(corners, corners[1:] + corners[:1]):
            outline += [p] + [edges[k] for k in [(min(p, q), max(p, q))] if k in edges]
        first = next((i for i, p in enumerate(outline) if p >= len(v)), 0)
        outline = outline[first:] + outline[:first]
        faces += [[outline[0], outline[i], outline[i + 1]] for i in range(1, len(outline) - 1)]
    a, b = np.array(list(edges)).T

    def extend(values):
        return np.concatenate([values, (values[a] + values[b]) / 2]).astype(np.float32)

    dense = extend(dense)
    order = np.argsort(-dense, 1, kind="stable")[:, :4]
    weights = np.take_along_axis(dense, order, 1)
    body.weights, body.weight_bones = weights / weights.sum(1, keepdims=True), order.astype(np.int32)
    body.vertices = extend(v)
    body.shapes = {name: extend(delta) for name, delta in body.shapes.items()}
    body.triangles = {**body.triangles, "helper-tights": np.array(faces, np.int32)}
    return body


class Wardrobe:
    """What is the same for everybody: parts of the mesh and coordinates on the base mesh."""

    def __init__(self):
        body = self.body = refine(load_body())
        v = self.base = body.vertices
        at = self.base_joints = np.stack([v[h].mean(0) for h in body.heads])
        self.mean_heads = MeanRows(body.heads)
        b = body.bones.index
        arm = np.zeros(len(v), np.float32)
        for i, name in enumerate(body.bones):
            if any(w in name for w in ("Arm", "Hand")):
                arm += (body.weights * (body.weight_bones == i)).sum(1)
        self.arm = arm
        along = v[:, 1].copy()
        sleeve = np.full(len(v), -1.5, np.float32)
        for side in ("Left", "Right"):
            shoulder, elbow, hand = (at[b(side + n)] for n in ("Arm", "ForeArm", "Hand"))
            u, f = elbow - shoulder, hand - elbow
            lu, lf = np.linalg.norm(u), np.linalg.norm(f)
            su = (v - shoulder) @ (u / lu)
            sf = lu + (v - elbow) @ (f / lf)
            s = np.where(su < lu, su, np.maximum(lu, sf))
            mine = (v[:, 0] > 0) == (side == "Left")
            k = np.clip((arm - 0.15) / 0.5, 0, 1)
            value = -1.5 + (s + 1.5) * k
            sleeve = np.where(mine, value, sleeve)
            along = np.where(mine, along * (1 - k) + (5.25 - s) * k, along)
        self.sleeve, self.along = sleeve, along.astype(np.float32)
        self.wrist_length = lu + lf
        t = body.triangles
        tights = t["helper-tights"]
        groups = [(BODY, t["body"]), (EYE, np.concatenate([t["helper-l-eye"], t["helper-r-eye"]])), (UPPER, tights), (LOWER, tights),
                  (SHOES, tights[(v[tights][:, :, 1] < -4.5).all(1)]), (SKIRT, t["helper-skirt"])]  # fmt: skip
        x, y, z = v.T
        line = np.interp(z, [-0.9, -0.5, 0.0, 0.25, 0.55, 0.95, 1.3, 1.6], [6.35, 6.4, 6.75, 7.05, 7.3, 7.75, 7.9, 7.95])
        ear = np.hypot((y - 7.08) / 0.42, (z - 0.22) / 0.33) - 1
        self.scalp = np.minimum(y - line, np.where(abs(x) > 0.72, ear * 0.35, 9)).astype(np.float32)
        self.scalp[y < 6.1] = -1
        self.ragged = np.random.default_rng(3).standard_normal(len(v)).astype(np.float32)
        head = t["body"]
        groups.append((CAP, head[(self.scalp[head] > -0.25).any(1) & (y[head] > 6.1).all(1)]))
        self.parts, source, faces, part = {}, [], [], []
        count = 0
        for name, tri in groups:
            used, local = np.unique(tri, return_inverse=True)
            local = local.reshape(tri.shape) + count
            self.parts[name] = slice(count, count + len(used))
            source.append(used)
            faces.append(local)
            part.append(np.full(len(tri), name))
            count += len(used)
        self.source = np.concatenate(source)
        self.faces = np.concatenate(faces).astype(np.int32)
        self.part = np.concatenate(part)
        self.part_rest, self.part_along, self.part_limb = v[self.source], self.along[self.source], arm[self.source]
        # keypoint vertices
        bodyv = np.arange(13380)
        near = lambda p, n=6: bodyv[np.argsort(((v[bodyv] - p) ** 2).sum(1))[:n]]
        nose = bodyv[(abs(x[bodyv]) < 0.1) & (y[bodyv] > 6.7) & (y[bodyv] < 7.3)]
        self.face_points = [nose[np.argsort(-z[nose])[:2]], np.unique(t["helper-l-eye"]), np.unique(t["helper-r-eye"]),
                            near((0.86, 7.1, 0.15)), near((-0.86, 7.1, 0.15))]  # fmt: skip
        self.head_points = bodyv[y[bodyv] > 7.0]
        self.back_points = near((0, 4.9, -0.75), 12)
        self.skin = np.unique(t["body"])
        self.contact_points = contact_points(body, v, at)
        # What a seat carries: buttocks and the upper half of the thighs.
        of = np.array(body.bones)[body.weight_bones[:, 0]]
        self.sat_on = bodyv[np.isin(of[bodyv], ("Hips", "LeftUpLeg", "RightUpLeg")) & (y[bodyv] > -1.2) & (y[bodyv] < 1.2)]


@lru_cache(1)
def wardrobe():
    return Wardrobe()


def pick(rng, table):
    names = list(table)
    p = np.array([table[n] for n in names], float)
    return names[rng.choice(len(names), p=p / p.sum())]


def pick_colour(rng, without=()):
    return pick(rng, {c: COLOUR_WEIGHTS.get(c, 1.0) for c in PALETTE if c not in without})


def draw_labels(rng, action):
    gender = ("man", "woman")[rng.integers(2)]
    age = pick(rng, {"young": 0.45, "adult": 0.35, "old": 0.2})
    build = pick(rng, {"slim": 0.27, "average": 0.35, "heavy": 0.18, "muscular": 0.2})
    height = pick(rng, {"short": 0.25, "average": 0.5, "tall": 0.25})
    skin = pick(rng, dict.fromkeys(SKIN, 1.0))
    if gender == "man":
        length = pick(rng, {"bald": 0.13, "short": 0.67, "medium": 0.1, "long": 0.1})
    else:
        length = pick(rng, {"bald": 0.01, "short": 0.24, "medium": 0.3, "long": 0.45})
    styles = {"bald": {"none": 1}, "short": {"straight": 3, "curly": 1.4, "afro": 0.5 if skin in ("tan", "brown", "dark") else 0.05},
              "medium": {"bob": 1, "curly": 0.5}, "long": {"loose": 1.1, "ponytail": 0.9, "bun": 0.8}}  # fmt: skip
    style = pick(rng, styles[length])
    if action == "handstand" and style in ("loose", "bob"):
        style, length = "bun", "long"
    if length == "bald":
        colour = "none"
    elif age == "old":
        colour = pick(rng, {"grey": 4, "white": 4, "brown": 0.7, "black": 0.7})
    elif skin in ("brown", "dark"):
        colour = pick(rng, {"black": 5, "brown": 2, "blond": 0.4, "red": 0.4, "grey": 0.3})
    else:
        colour = pick(rng, {"black": 1.4, "brown": 1.6, "blond": 1.6, "red": 1.1, "grey": 0.3})
    wide = action in ("kick", "lunge", "crawl", "lie", "handstand", "fall", "climb", "squat", "warrior", "yoga", "sit", "kneel", "jump", "run")
    garments = []

    def add(name, patterned=0.3, colour=None, without=()):
        pattern = pick(rng, {"striped": 1, "checked": 0.8, "dotted": 0.6}) if rng.random() < patterned else "plain"
        # Nothing that could be taken for bare skin.
        alike = ("brown", "maroon") if skin in ("brown", "dark") else ("beige", "brown") if skin == "tan" else ("beige",)
        garments.append({"name": name, "colour": colour or pick_colour(rng, (*without, *alike)), "pattern": pattern})

    skirts = gender == "woman" and rng.random() < (0.22 if wide else 0.5)
    if skirts and rng.random() < 0.55:
        add(pick(rng, {"short dress": 1, "dress": 1, "long dress": 0 if wide else 0.8}), 0.3)
    else:
        add(pick(rng, {"t-shirt": 1.3, "long-sleeved shirt": 1.1, "tank top": 0.6, "jacket": 0.9, "sweater": 0.8}), 0.28)
        without = (garments[0]["colour"],) if rng.random() < 0.85 else ()
        if skirts:
            add(pick(rng, {"short skirt": 1, "skirt": 1, "long skirt": 0 if wide else 0.7}), 0.25, without=without)
        else:
            low = pick(rng, {"trousers": 1.5, "jeans": 0.9, "shorts": 1.0, "leggings": 0.7 if gender == "woman" else 0.1})
            if low == "jeans":
                add(low, 0, pick(rng, {"blue": 2, "navy": 1.5, "black": 0.6, "grey": 0.5}))
            else:
                add(low, 0.12, without=without)
    add("boots" if rng.random() < 0.22 else "shoes", 0, pick(rng, {"black": 2, "white": 2, "brown": 1.6, "red": 1, "grey": 1, "blue": 0.8,
        "green": 0.5, "pink": 0.5, "orange": 0.4, "yellow": 0.4, "beige": 0.6, "purple": 0.3}))  # fmt: skip
    return {"action": action, "gender": gender, "age": age, "build": build, "height": height, "skin": skin, "hair_length": length,
            "hair_style": style, "hair_colour": colour, "garments": garments}  # fmt: skip


def draw_shape(rng, labels, body):
    sex = "male" if labels["gender"] == "man" else "female"
    old = {"young": rng.uniform(0, 0.12), "adult": rng.uniform(0.25, 0.5), "old": rng.uniform(0.75, 1.0)}[labels["age"]]
    build = labels["build"]
    muscle = {"slim": rng.uniform(0.2, 0.5), "average": rng.uniform(0.4, 0.62), "heavy": rng.uniform(0.3, 0.6), "muscular": rng.uniform(0.82, 1)}[build]
    weight = {"slim": rng.uniform(0.05, 0.3), "average": rng.uniform(0.4, 0.6), "heavy": rng.uniform(0.8, 1), "muscular": rng.uniform(0.45, 0.62)}[build]
    low, high = {"man": {"short": (16.3, 16.9), "average": (17.2, 18.2), "tall": (18.8, 19.8)},
                 "woman": {"short": (15.3, 15.8), "average": (16.1, 17.1), "tall": (17.6, 18.5)}}[labels["gender"]][labels["height"]]  # fmt: skip
    height = rng.uniform(low, high)
    main = {"pale": "caucasian", "light": ("caucasian", "asian")[rng.integers(2)], "tan": ("asian", "caucasian")[rng.integers(2)],
            "brown": "african", "dark": "african"}[labels["skin"]]  # fmt: skip
    mixture = rng.dirichlet([0.5, 0.5, 0.5]) * 0.4
    origins = dict(zip(("african", "asian", "caucasian"), mixture))
    origins[main] += 0.6
    rest = shape(body, sex, old, muscle, weight, 0, rng.uniform(-0.2, 0.9), origins)
    # The height targets are linear: how far to go follows from what is missing to a grown-up's height.
    heel, crown = rest[:13380, 1].argmin(), rest[:13380, 1].argmax()
    missing = height - (rest[crown, 1] - rest[heel, 1])
    end = "max" if missing > 0 else "min"
    for age, share in (("young", 1 - old), ("old", old)):
        change = body.shapes[f"height-{sex}-{age}-{end}"]
        rest += np.float32(share * missing / (change[crown, 1] - change[heel, 1])) * change
    return rest


def sphere(rows, columns):
    """Unit sphere: points and triangles (seam doubled)."""
    a = np.linspace(0, np.pi, rows + 1)[:, None]
    o = np.linspace(0, 2 * np.pi, columns + 1)[None]
    points = np.stack([np.sin(a) * np.cos(o), np.cos(a) * np.ones_like(o), -np.sin(a) * np.sin(o)], 2).reshape(-1, 3)
    return points, grid_faces(rows + 1, columns + 1)


def grid_faces(rows, columns):
    i = np.arange((rows - 1) * columns).reshape(rows - 1, columns)[:, :-1].ravel()
    return np.concatenate([np.stack([i, i + columns, i + 1], 1), np.stack([i + 1, i + columns, i + columns + 1], 1)])


def hair_pieces(rng, labels):
    """Hair beyond the scalp cap, on the base mesh: (points, faces, share that follows the chest)."""
    length, style = labels["hair_length"], labels["hair_style"]
    if style in ("bob", "loose") or (length == "medium" and style == "curly"):
        rows, columns = 18, 28
        end = rng.uniform(5.75, 6.25) if length == "medium" else rng.uniform(3.6, 4.9)
        y = 8.62 - (8.62 - end) * (np.linspace(0, 1, rows) ** 0.9)[:, None]
        side = np.interp(y, [3.5, 4.8, 5.3, 6.2, 7.2, 7.9, 8.7], [50, 62, 78, 106, 112, 118, 150])
        angle = np.radians(side * np.linspace(-1, 1, columns)[None])
        dome = np.sqrt(np.clip(1 - np.clip((y - 7.45) / 1.2, 0, 1) ** 2, 0, 1))
        wave = 0.02 * np.sin(y * 5 + rng.uniform(0, 6)) + 0.025 * np.sin(angle * 9 + y)
        rx = (np.interp(y, [3.5, 5, 6, 7.2, 9], [1.05, 1.08, 1.0, 0.93, 0.93]) + wave) * dome
        rz = (np.interp(y, [3.5, 4.6, 5.4, 6.3, 7.4, 9], [1.12, 1.16, 1.02, 0.9, 1.1, 1.12]) + wave) * dome
        x, z = rx * np.sin(angle), np.interp(y, [3.5, 6.2, 7.4], [0.12, 0.18, 0.2]) - rz * np.cos(angle)
        points = np.stack([x, y + 0 * x, z], 2).reshape(-1, 3)
        return points, grid_faces(rows, columns)[:, [0, 2, 1]], np.clip((6.3 - points[:, 1]) / 1.3, 0, 1)
    if style == "bun":
        p, f = sphere(10, 14)
        high = rng.random() < 0.5
        centre = np.array([0, 8.35, -0.55]) if high else np.array([0, 7.35, -1.05])
        return p * rng.uniform(0.36, 0.46) * np.array([1, 0.92, 0.92]) + centre, f, np.zeros(len(p))
    if style == "ponytail":
        p, f = sphere(16, 14)
        t = (1 - p[:, 1]) / 2
        drop = rng.uniform(1.9, 3.0)
        start = rng.uniform(7.3, 7.9)
        centre_y = start + 0.15 - drop * t
        centre_z = -0.85 - 0.42 * np.sin(np.pi * np.clip(t * 1.15, 0, 1)) * 0.8 - 0.05 * t
        width = 0.1 + 0.3 * np.sin(np.pi * np.clip(t * 0.9 + 0.08, 0, 1)) ** 0.7
        ring = p[:, [0, 2]] / (np.linalg.norm(p[:, [0, 2]], axis=1, keepdims=True) + 1e-9) * (np.sqrt(np.clip(1 - p[:, 1] ** 2, 0, 1)) > 0.01)[:, None]
        points = np.stack([ring[:, 0] * width, centre_y, centre_z + ring[:, 1] * width], 1)
        return points, f, np.clip((t - 0.35) / 0.65, 0, 1) * 0.8
    return np.zeros((0, 3)), np.zeros((0, 3), int), np.zeros(0)


def two_colours(rng, garment):
    first = linear(jitter(rng, PALETTE[garment["colour"]]))
    light = first.mean() > 0.25
    other = ("white", "black", "navy", "grey", "beige", "red", "blue")[rng.integers(7)]
    if (PALETTE[other][1] > 120) == light:
        other = "navy" if light else "white"
    return first, linear(PALETTE[other])


PATTERN = {"plain": raster.PLAIN, "striped": raster.STRIPED, "checked": raster.CHECKED, "dotted": raster.DOTTED}


def settled_pose(rng, action, pose, floor):
    """The drawn pose with its contacts on the floor; another of its action where they do not come there."""
    for _ in range(TRIES):
        settled = settle(pose, floor)
        if settled:
            return settled
        _, pose = draw_pose(rng, action)
    raise RuntimeError(f"person: expected a pose of {action} that lies on the floor within {TRIES} tries, found none")


def make_person(rng, mannequin=False, settled=True):
    """Somebody dressed, or of the same numbers a mannequin: close clothes, no hair, all of one plain grey. Without `settled` a pose
    stays as it was drawn, and stands on the floor by its lowest point."""
    w = wardrobe()
    body = w.body
    drawn = draw_action(rng)
    action, pose = draw_pose(rng, drawn)
    labels = draw_labels(rng, action)
    rest_shape = draw_shape(rng, labels, body)
    joints = w.mean_heads @ rest_shape
    if settled and pose["touch"]:
        pose = settled_pose(rng, drawn, pose, Floor(body, w.contact_points, rest_shape, joints))
    turn = rotations(pose, joints, body.bones)
    place, shift = placed(turn, joints, body.parents)
    posed = raster.skin(rest_shape, body.weight_bones, body.weights, turn.astype(np.float32), shift.astype(np.float32))

    x, y, z = w.base.T
    arm, sleeve = w.arm, w.sleeve
    torso_y = y + 20 * np.clip(arm * 2 - 0.3, 0, 1)
    garments = {g["name"]: g for g in labels["garments"]}
    names = set(garments)
    upper_name = labels["garments"][0]["name"]
    dress = "dress" in upper_name
    slack = rng.uniform(0, 1)
    hem = {"t-shirt": rng.uniform(0.5, 1.1), "long-sleeved shirt": rng.uniform(0.45, 1.1), "tank top": rng.uniform(0.6, 1.3),
           "jacket": rng.uniform(0.4, 0.9), "sweater": rng.uniform(0.45, 0.95)}.get(upper_name, 0.9)  # fmt: skip
    if "skirt" in " ".join(names):
        hem = rng.uniform(0.9, 1.5)
    wrist = w.wrist_length
    reach = {"t-shirt": rng.uniform(0.85, 1.7), "tank top": -0.4, "jacket": wrist - 0.05, "sweater": wrist - 0.1}.get(upper_name, wrist - 0.12)
    if dress:
        reach = (-0.4, rng.uniform(0.5, 1.2), wrist - 0.15)[rng.integers(3)]
    collar = 5.62 + (0.2 if upper_name in ("jacket", "sweater") else 0) - rng.uniform(0, 0.15)
    vee = rng.uniform(0.25, 0.7) if rng.random() < 0.4 and upper_name != "sweater" else 0.0
    neck = collar - (y + 0.4 * z) - vee * np.clip(1 - abs(x) / 0.5, 0, 1) * (z > 0)
    neck = np.maximum(neck, np.minimum(np.hypot(x, 0.9 * (z - 0.1)) - (0.72 + 0.5 * vee), 5.9 - y))
    g_upper = np.minimum(np.minimum(torso_y - hem, reach - sleeve), neck)
    if reach < 0:
        edge = 1.32 + np.clip(4.9 - y, 0, 2) * 0.5
        g_upper = np.minimum.reduce([torso_y - hem, neck, edge - abs(x), 2.5 * (0.35 - arm)])
    skirt_end = {"short dress": rng.uniform(-2.4, -1.6), "dress": rng.uniform(-4.4, -3.3), "long dress": rng.uniform(-7.0, -6.3),
                 "short skirt": rng.uniform(-2.2, -1.5), "skirt": rng.uniform(-4.4, -3.2), "long skirt": rng.uniform(-7.0, -6.2)}  # fmt: skip
    skirt_name = next((n for n in names if n in skirt_end), None)
    low_name = next((n for n in names if n in ("trousers", "jeans", "shorts", "leggings")), None)
    end = {"trousers": -7.35, "jeans": -7.3, "leggings": -7.1, "shorts": rng.uniform(-3.2, -1.4)}.get(low_name, -0.9)
    g_lower = np.minimum(1.75 - torso_y, y - end)
    g_upper, g_lower = g_upper.astype(np.float32), g_lower.astype(np.float32)
    g_skirt = (y - skirt_end[skirt_name]).astype(np.float32) if skirt_name else np.full(len(y), -1, np.float32)
    top = -5.2 if "boots" in names else -7.3 + 0.12 * (z < 0)
    g_shoes = (top - y).astype(np.float32)
    boots_over = "boots" in names
    if boots_over and low_name:
        g_lower = np.minimum(g_lower, y - top + 0.2)
    cover = np.maximum(np.maximum(g_upper, g_lower), g_shoes)
    g_lower_seen = np.minimum(g_lower, 0.3 - g_upper)
    scalp = w.scalp + w.ragged * rng.uniform(0.02, 0.08) if labels["hair_length"] != "bald" else np.full(len(y), -1, np.float32)

    g_body = np.minimum(0.12 - cover, 0.1 - scalp)
    if skirt_name:
        g_body = np.minimum(g_body, 0.5 - np.minimum(g_skirt, 2.2 - torso_y))
    g_body = g_body.astype(np.float32)
    if mannequin:
        g_body, scalp, g_skirt = (np.full(len(y), v, np.float32) for v in (1, -1, -1))

    loose = {"jacket": 0.2, "sweater": 0.16}.get(upper_name, 0.06 + 0.08 * slack)
    low_push = {"leggings": 0.02, "jeans": 0.06}.get(low_name, 0.06 + 0.1 * slack)
    afro = labels["hair_style"] == "afro"
    thick = 0.45 if afro else {"curly": rng.uniform(0.14, 0.24)}.get(labels["hair_style"], rng.uniform(0.09, 0.2))
    src = w.source
    points = posed[src]
    faces, part = w.faces, w.part
    rest = w.part_rest
    along, limb = w.part_along, w.part_limb
    cut = np.ones(len(src), np.float32)
    push = np.zeros(len(src), np.float32)
    for name, values in ((BODY, g_body), (UPPER, g_upper), (LOWER, g_lower_seen), (SHOES, g_shoes), (SKIRT, g_skirt), (CAP, scalp)):
        cut[w.parts[name]] = values[src[w.parts[name]]]
    su, sl, ss, sk, sc = (w.parts[n] for n in (UPPER, LOWER, SHOES, SKIRT, CAP))
    wide_hem = 1 + 1.2 * slack * np.clip((3.0 - y[src[su]]) / 3, 0, 1) * (arm[src[su]] < 0.3)
    push[su] = 0.03 + loose * wide_hem
    flare = (low_name in ("trousers", "jeans")) * slack * np.clip((-3 - y[src[sl]]) / 5, 0, 1)
    flare = flare + (low_name == "shorts") * (0.8 + slack) * np.clip((0 - y[src[sl]]) / 3, 0, 1)
    push[sl] = -0.06 if skirt_name else 0.012 + low_push * (1 + 1.2 * flare)
    push[ss] = np.interp(y[src[ss]], [-8.2, -7.9, -7.5, -6, -5], [0.16, 0.12, 0.06, 0.1, 0.12]) + (0.06 if boots_over else 0)
    push[sk] = 0.04 if dress else 0.06
    fade = np.clip((w.scalp[src[sc]] + 0.05) / 0.35, 0, 1)
    push[sc] = 0.015 + thick * fade
    if afro:
        push[sc] += 0.25 * np.clip((y[src[sc]] - 7.3), 0, 1) * fade

    # hair pieces, fitted to this head and hung between head and chest
    hp, hf, follow = hair_pieces(rng, labels)
    if len(hp) and not mannequin:
        base_head, this_head = w.base[w.head_points], rest_shape[w.head_points]
        c0, c1 = base_head.mean(0), this_head.mean(0)
        scale = np.linalg.norm(this_head - c1) / np.linalg.norm(base_head - c0)
        fitted = (hp - c0) * scale * 1.02 + c1
        hang = hp + (rest_shape[w.back_points] - w.base[w.back_points]).mean(0)
        fitted = fitted * (1 - follow)[:, None] + (hang * 0.7 + fitted * 0.3) * follow[:, None]
        hb, cb = body.bones.index("Head"), body.bones.index("Spine2")
        on_head = fitted @ turn[hb].T + shift[hb]
        on_chest = fitted @ turn[cb].T + shift[cb]
        hung = on_head * (1 - follow)[:, None] + on_chest * follow[:, None]
        n0 = len(points)
        points = np.concatenate([points, hung.astype(np.float32)])
        rest = np.concatenate([rest, hp.astype(np.float32)])
        along = np.concatenate([along, hp[:, 1].astype(np.float32)])
        limb = np.concatenate([limb, np.zeros(len(hp), np.float32)])
        cut = np.concatenate([cut, np.ones(len(hp), np.float32)])
        push = np.concatenate([push, np.zeros(len(hp), np.float32)])
        faces = np.concatenate([faces, (hf + n0).astype(np.int32)])
        part = np.concatenate([part, np.full(len(hf), LOCKS)])
    some = cut > 0
    keep = some[faces[:, 0]] | some[faces[:, 1]] | some[faces[:, 2]]
    normal = raster.normals(points, faces)
    points = points + push[:, None] * normal
    faces, part = np.ascontiguousarray(faces[keep]), part[keep]
    two_sided = (part == SKIRT) | (part == LOCKS) | (part == UPPER) | (part == LOWER)

    # keypoints in space
    at = {n: place[i] for i, n in enumerate(body.bones)}
    rot_of = {n: turn[i] for i, n in enumerate(body.bones)}
    keys = [posed[p].mean(0) for p in w.face_points]
    for n in ("Arm", "ForeArm", "Hand", "UpLeg", "Leg", "Foot"):
        for s, side in ((1, "Left"), (-1, "Right")):
            p = at[side + n].copy()
            if n == "Arm":
                p += rot_of["Spine2"] @ np.array([0.12 * s, 0.12, 0])
            elif n == "UpLeg":
                p += rot_of["Hips"] @ np.array([0.22 * s, 0.15, 0])
            keys.append(p)
    keys = np.array(keys)

    # feet (or whatever is lowest) on the ground; the middle over the origin
    visible = np.zeros(len(points), bool)
    visible[faces] = True
    # Cloth and hair are soft: what hangs below the floor lies on it.
    soft = np.zeros(len(points), bool)
    if settled:
        soft[su] = soft[sl] = soft[sk] = soft[sc] = True
        soft[len(src) :] = True
    low = points[visible & ~soft, 1].min()
    if settled:
        low = min(low, posed[w.skin, 1].min() - 0.05)
    lift = pose["torso"]["lift"] - low
    seat = 0.0
    offset = np.array([-place[0, 0], lift, -place[0, 2]])
    points = (points + offset).astype(np.float32)
    keys = keys + offset
    points[soft, 1] = np.maximum(points[soft, 1], 0.02)
    seat_at = place[0] + offset
    if pose["torso"]["seat"] and settled:
        seat = float((posed[w.sat_on] + offset)[:, 1].min()) - 0.08
    elif pose["torso"]["seat"]:
        hips = np.abs(points[visible] - seat_at)[:, [0, 2]].max(1) < 1.6
        seat = float(points[visible][hips, 1].min())

    m = np.zeros((8, raster.MATERIAL), np.float32)
    m[:, 10] = -1
    tone = linear(jitter(rng, SKIN[labels["skin"]], 0.04))
    hair = linear(jitter(rng, HAIR.get(labels["hair_colour"], (60, 45, 36)), 0.08))
    m[BODY, :3], m[BODY, 6], m[BODY, 9] = tone, raster.SKIN, 0.09
    lip = tone * np.array([0.82, 0.5, 0.5]) if labels["gender"] == "man" else tone * np.array([0.85, 0.32, 0.34]) + np.array([0.03, 0, 0])
    m[BODY, 10:13] = lip
    m[BODY, 13:16] = np.minimum(hair * 0.6, tone * 0.5)
    m[BODY, 16] = 1.0 if labels["age"] == "old" else 0.0
    m[EYE, :3], m[EYE, 6], m[EYE, 9] = (0.6, 0.58, 0.56), raster.EYE, 0.5
    m[EYE, 10:13] = linear(EYES[rng.integers(4)])

    def cloth(slot, garment, folds):
        first, second = two_colours(rng, garment)
        m[slot, :3], m[slot, 3:6], m[slot, 6] = first, second, raster.CLOTH
        m[slot, 7] = PATTERN[garment["pattern"]]
        m[slot, 8] = {"striped": rng.uniform(0.5, 1.0), "checked": rng.uniform(0.7, 1.2), "dotted": rng.uniform(0.6, 1.0)}.get(garment["pattern"], 1)
        m[slot, 9] = rng.uniform(0.0, 0.06)
        m[slot, 17] = folds * rng.uniform(0.6, 1.2)

    cloth(UPPER, labels["garments"][0], 0.09)
    if upper_name == "jacket":
        if rng.random() < 0.6:  # open over a shirt
            lining = [c for c in ("white", "black", "grey", "red", "blue", "yellow") if c != labels["garments"][0]["colour"]]
            m[UPPER, 10:13], m[UPPER, 13] = linear(PALETTE[lining[rng.integers(len(lining))]]), rng.uniform(0.35, 0.75)
        else:
            m[UPPER, 10:13], m[UPPER, 13] = m[UPPER, :3] * 0.35 if m[UPPER, :3].mean() > 0.05 else 0.45, 0.06
    if upper_name == "sweater" and m[UPPER, 7] == 0:
        m[UPPER, 7] = raster.KNIT
    if low_name:
        cloth(LOWER, garments[low_name], 0.02 if low_name == "leggings" else 0.08)
        if low_name == "jeans":
            m[LOWER, 7] = raster.DENIM
            m[LOWER, :3] = linear(jitter(rng, DENIM[garments[low_name]["colour"]], 0.1))
    if skirt_name:
        cloth(SKIRT, garments[skirt_name], 0.06)
        if dress:
            m[SKIRT] = m[UPPER]
        m[LOWER] = m[SKIRT]
        m[LOWER, :6] *= 0.5
    shoe = garments.get("boots") or garments["shoes"]
    m[SHOES, :3], m[SHOES, 6], m[SHOES, 9] = linear(jitter(rng, PALETTE[shoe["colour"]])), raster.SHOE, 0.15
    m[SHOES, 10:13] = linear(PALETTE[("white", "black", "beige")[rng.integers(3)]])
    m[CAP, :3], m[CAP, 6], m[CAP, 9] = hair, raster.HAIR, 0.16
    m[CAP, 9] *= 0.15 if labels["hair_style"] in ("curly", "afro") else 1
    m[CAP, 7] = labels["hair_style"] in ("curly", "afro")
    m[LOCKS] = m[CAP]
    if mannequin:
        m[:] = 0
        m[:, :3], m[:, 6], m[:, 9], m[:, 10] = linear((190, 188, 184)), raster.PROP, 0.1, -1
    facing = (turn[0] + rot_of["Spine2"]) @ np.array([0, 0, 0.5])
    return Person(points, normal, rest, along, limb, cut, faces, part, two_sided, m, keys, labels, facing, visible, pose["torso"]["lift"], seat, seat_at)
