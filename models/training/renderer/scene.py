"""render(seed): one picture with everything that is known about it."""

from dataclasses import dataclass

import numpy as np

from . import raster
from .background import COLOURED, PLACES, draw_background
from .colours import PALETTE, jitter, linear
from .person import make_person, pick, pick_colour

SIZE = 256
FACTOR = 2  # samples a side in each pixel
VIEWS = ((22.5, "front"), (67.5, "three-quarter"), (112.5, "side"), (157.5, "rear-three-quarter"), (181, "rear"))
# How far behind the seen surface a keypoint may lie and still count as seen, decimetres.
DEPTHS = [0.3, 0.3, 0.3, 0.35, 0.35, 1.25, 1.25, 0.85, 0.85, 0.6, 0.6, 1.6, 1.6, 1.0, 1.0, 0.85, 0.85]


@dataclass
class Sample:
    image: np.ndarray  # uint8 [256,256,3]
    matte: np.ndarray  # uint8 [256,256]
    meta: dict


def yaw_matrix(degrees):
    t = np.radians(degrees)
    return np.array([[np.cos(t), 0, np.sin(t)], [0, 1, 0], [-np.sin(t), 0, np.cos(t)]])


def box(half, low, high, centre, turn):
    """A seat: points, outward normals, triangles."""
    points, normals, faces = [], [], []
    for axis in range(3):
        for sign in (-1, 1):
            u, v = (axis + 1) % 3, (axis + 2) % 3
            corners = []
            for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
                p = np.zeros(3)
                p[axis], p[u], p[v] = sign, a * sign, b
                corners.append(p)
            n = np.zeros(3)
            n[axis] = sign
            k = len(points)
            points += corners
            normals += [n] * 4
            faces += [[k, k + 1, k + 2], [k, k + 2, k + 3]]
    points = np.array(points) * np.array([half, 0.5, half])
    points[:, 1] = low + (points[:, 1] + 0.5) * (high - low)
    return points @ turn.T + centre, np.array(normals) @ turn.T, np.array(faces)


def render(seed, mannequins=False, settled=True):
    """Without `settled` bodies stand as they were drawn (see `make_person`): so `evaluation_list` finds the pictures of older lists."""
    rng = np.random.default_rng(seed)
    count = int(rng.choice([1, 2, 3], p=[0.6, 0.25, 0.15]))
    pitch = np.radians(rng.uniform(-15, 30))
    distance = rng.uniform(48, 120)
    people, yaws = [], []
    start = 0.0
    together = rng.uniform(0, 360) if rng.random() < 0.3 else None
    for k in range(count):
        p = make_person(rng, mannequins, settled)
        yaw = (rng.uniform(-180, 180) if together is None else together + 20 * rng.standard_normal() + 180) % 360 - 180
        turn = yaw_matrix(yaw)
        spots = p.points[p.visible] @ turn[0].astype(np.float32)
        half = (spots.max() - spots.min()) / 2
        if k:
            start += max(3.5, (half + last) * rng.uniform(0.6, 1.1))
        last = half
        where = np.array([start - (spots.max() + spots.min()) / 2, 0, rng.uniform(-5, 5)])
        # yaw 0 faces the camera at +z; positive yaw turns the person's face to the picture's right
        p.points = p.points @ turn.T.astype(np.float32) + where.astype(np.float32)
        p.normals = p.normals @ turn.T.astype(np.float32)
        p.keypoints = p.keypoints @ turn.T + where
        p.seat_at = p.seat_at @ turn.T + where
        p.facing = turn @ p.facing
        people.append(p)
        yaws.append(yaw)

    if settled and any(p.lift > 1.5 for p in people):
        # Seen along the floor a jump looks like standing in the air: nothing shows how far below the floor is.
        pitch = np.interp(pitch, np.radians([-15, 30]), np.radians([8, 30]))
    blocks = [(p.points, p.normals, p.rest, p.along, p.limb, p.cut, p.faces, p.part + 8 * i, p.two_sided) for i, p in enumerate(people)]
    materials = np.concatenate([p.materials for p in people])
    prop = linear(jitter(rng, PALETTE[("brown", "grey", "white", "beige", "black", "navy")[rng.integers(6)]]))
    row = np.zeros((1, raster.MATERIAL), np.float32)
    row[0, :3], row[0, 6], row[0, 10] = prop, raster.PROP, -1
    materials = np.concatenate([materials, row])
    for p, yaw in zip(people, yaws):
        if p.seat > 0.5:
            bp, bn, bf = box(1.9, 0, p.seat + 0.05, p.seat_at * [1, 0, 1] + yaw_matrix(yaw) @ np.array([0, 0, -0.2]), yaw_matrix(yaw))
            n = len(bp)
            blocks.append((bp.astype(np.float32), bn.astype(np.float32), np.zeros((n, 3), np.float32), np.zeros(n, np.float32),
                           np.zeros(n, np.float32), np.ones(n, np.float32), bf.astype(np.int32), np.full(len(bf), 8 * count), np.ones(len(bf), bool)))  # fmt: skip
    starts = np.cumsum([0] + [len(b[0]) for b in blocks])
    points, normals, rest, along, limb, cut = (np.concatenate([b[i] for b in blocks]) for i in range(6))
    faces = np.concatenate([b[6] + s for b, s in zip(blocks, starts)]).astype(np.int32)
    face_material = np.concatenate([b[7] for b in blocks])
    two_sided = np.concatenate([b[8] for b in blocks])

    # camera: look at the middle, then frame by focal length and principal point
    shown = np.ones(len(points), bool)
    for p, begin in zip(people, starts):
        shown[begin : begin + len(p.points)] = p.visible
    seen_points = points[shown]
    low, high = seen_points.min(0).astype(float), seen_points.max(0).astype(float)
    middle = (low + high) / 2
    middle[1] = max(middle[1], 4.0)
    eye = middle + distance * np.array([0, np.sin(pitch), np.cos(pitch)])
    if eye[1] < 0.7:
        eye[1] = 0.7
    forward = (middle - eye) / np.linalg.norm(middle - eye)
    right = np.array([1.0, 0, 0])
    up = np.cross(right, forward)

    def view(q):
        d = q - eye.astype(q.dtype)
        d = d @ np.stack([right, up, forward], 1).astype(q.dtype)
        return d[:, 0], d[:, 1], d[:, 2]

    a, b, c = view(seen_points)
    u, v = a / c, -b / c
    u0, u1, v0, v1 = u.min(), u.max(), v.min(), v.max()
    # People fill the picture three times out of four: at 256 pixels a small figure has no face to draw.
    share = rng.uniform(0.72, 0.97) if rng.random() < 0.75 else rng.uniform(0.45, 0.75)
    focal = share * SIZE / (v1 - v0)
    cropped = rng.random() < 0.13
    if cropped:
        focal = rng.uniform(1.15, 1.6) * SIZE / (v1 - v0)
        widest = 1.25
    else:
        widest = 0.97
    focal = min(focal, widest * SIZE / (u1 - u0), 1.7 * SIZE / 8 * distance / 2)
    room_x, room_y = SIZE - focal * (u1 - u0), SIZE - focal * (v1 - v0)
    left = room_x * rng.uniform(0.12, 0.88)
    top = room_y * rng.uniform(0.15, 0.85) if room_y > 0 else rng.uniform(0.02, 0.1) * SIZE
    cx, cy = left - focal * u0, top - focal * v0

    horizon = cy + focal * forward[1] / np.hypot(forward[1], forward[2]) / max(1e-6, up[1])
    # Where the horizon is out of the frame there is only floor to see: leave out places known by what stands on it.
    seen = PLACES if horizon > 0.06 * SIZE else {p: PLACES[p] for p in ("plain", "studio", "grass", "room", "beach")}
    place = pick(rng, seen)
    colour = pick_colour(rng) if place in COLOURED else None
    camera = (eye, forward, up, right, focal, cx, cy)
    picture, floor, light = draw_background(rng, place, colour, camera, SIZE)

    # light
    key_yaw, key_up = rng.uniform(-75, 75), rng.uniform(28, 68)
    if rng.random() < 0.12:
        key_yaw += 180
    ky, ke = np.radians(key_yaw), np.radians(key_up)
    key = np.array([np.sin(ky) * np.cos(ke), np.sin(ke), np.cos(ky) * np.cos(ke)])
    fy = np.radians(key_yaw + 180 * (rng.random() < 0.3) - np.sign(key_yaw) * rng.uniform(60, 130))
    fill = np.array([np.sin(fy) * 0.9, 0.3, np.cos(fy) * 0.9])
    strength = light["strength"] * rng.uniform(0.72, 1.0)
    key_colour = np.array(light["key"]) * strength * 0.92
    fill_colour = np.array(light["sky"]) * rng.uniform(0.25, 0.75)
    tangent = np.cross([0, 1.0, 0], key)
    tangent /= np.linalg.norm(tangent)
    other = np.cross(key, tangent)
    centre = (low + high) / 2
    radius = float(np.sqrt(((seen_points - centre.astype(np.float32)) ** 2).sum(1).max())) + 0.5
    n = 320
    texel = n / (2 * radius)
    to_light = np.zeros((3, 4))
    to_light[0, :3], to_light[0, 3] = tangent * texel, n / 2 - tangent @ centre * texel
    to_light[1, :3], to_light[1, 3] = -other * texel, n / 2 + other @ centre * texel
    to_light[2, :3] = -key
    from_light = points @ to_light[:, :3].T.astype(np.float32) + to_light[:, 3].astype(np.float32)
    shadow = np.full((n, n), 1e9, np.float32)
    raster.rasterise_depth(from_light, cut, faces, two_sided, shadow)

    # people
    a, b, c = view(points)
    full = SIZE * FACTOR
    screen = np.stack([(cx + focal * a / c) * FACTOR, (cy - focal * b / c) * FACTOR, c], 1).astype(np.float32)
    depth = np.full((full, full), 1e9, np.float32)
    face_of = np.full((full, full), -1, np.int32)
    bary = np.zeros((full, full, 2), np.float32)
    raster.rasterise(screen, cut, faces, two_sided, depth, face_of, bary)
    out, alpha, matte = np.zeros((SIZE, SIZE, 3), np.float32), np.zeros((SIZE, SIZE), np.float32), np.zeros((SIZE, SIZE), np.float32)
    raster.shade(depth, face_of, bary, faces, face_material, materials, points, normals, rest, along, limb, cut, eye, key, key_colour,
                 fill, fill_colour, np.array(light["sky"]), np.array(light["floor"]), shadow, to_light, focal * FACTOR,
                 float(rng.uniform(0, 50)), FACTOR, 8 * count, out, alpha, matte)  # fmt: skip
    ground = np.zeros((SIZE, SIZE, 2))
    cells = 128
    scale = max(0.35, 2.6 * radius / cells)
    moved = points - np.array([centre[0], 0, centre[2]], np.float32)
    contact = raster.contact_map(moved, cut, faces, cells, scale)
    raster.ground_light(eye - [centre[0], 0, centre[2]], forward, up, right, focal, cx, cy, shadow,
                        to_light + np.concatenate([np.zeros((3, 3)), to_light[:, :3] @ [[centre[0]], [0], [centre[2]]]], 1),
                        contact, scale, ground)  # fmt: skip
    image = np.empty((SIZE, SIZE, 3), np.uint8)
    raster.compose(out, alpha, picture.astype(np.float32), floor, ground, light["shadow"] * 0.62, image)

    # labels
    persons = []
    for i, (p, yaw) in enumerate(zip(people, yaws)):
        a, b, c = view(p.keypoints)
        kx, ky_ = cx + focal * a / c, cy - focal * b / c
        keys = []
        for k in range(17):
            px, py = int(kx[k] * FACTOR), int(ky_[k] * FACTOR)
            if not (0 <= px < full and 0 <= py < full):
                seen = 0
            else:
                face = face_of[py, px]
                own = face < 0 or face_material[face] // 8 == i
                seen = 2 if own and c[k] - depth[py, px] < DEPTHS[k] else 1
            keys.append([round(float(kx[k]), 2), round(float(ky_[k]), 2), seen])
        mine = shown.copy()
        mine[: starts[i]] = False
        mine[starts[i + 1] :] = False
        sx, sy = screen[mine][:, :2].T / FACTOR
        to_eye = eye - p.seat_at
        facing = p.facing.copy()
        if np.hypot(facing[0], facing[2]) > 0.5:
            facing[1] = to_eye[1] = 0
        angle = np.degrees(np.arccos(np.clip(facing @ to_eye / np.linalg.norm(facing) / np.linalg.norm(to_eye), -1, 1)))
        view_name = next(name for limit, name in VIEWS if angle <= limit)
        limits = np.clip([sx.min(), sy.min(), sx.max(), sy.max()], 0, SIZE)
        persons.append({"keypoints": keys, "box": [round(float(q), 1) for q in limits], "view": view_name, "yaw": round(float(yaw), 1), **p.labels})
    meta = {"seed": int(seed), "background": {"place": place, "colour": colour}, "persons": persons}
    return Sample(image, (np.clip(matte, 0, 1) * 255 + 0.5).astype(np.uint8), meta)
