"""Pose files as NumPy writes them, several ways, and what they hold.

Command: python test/golden/numpy-files.py > test/golden/numpy-files.json
Made with Python 3.11, NumPy 2.4.6; the file `old` names numpy.core as NumPy 1 does."""

import base64
import io
import json
import pickle
import zipfile

import numpy as np


def people(dtype=np.float32, order="C"):
    rng = np.random.default_rng(7)
    return [
        {"keypoints": np.asarray(np.round(rng.uniform(0, 512, (17, 3)), 2), dtype=dtype, order=order), "score": np.float32(0.5 + i), "area": 12.5 * i, "name": "person"}
        for i in range(2)
    ]


def npz(save=np.savez, **arrays):
    out = io.BytesIO()
    save(out, **arrays)
    return out.getvalue()


def npy(array, protocol):
    """An object array pickled with a protocol of one's own, in numpy.save's frame."""
    out = io.BytesIO()
    np.lib.format.write_array_header_1_0(out, np.lib.format.header_data_from_array_1_0(array))
    pickle.dump(array, out, protocol=protocol)
    z = io.BytesIO()
    with zipfile.ZipFile(z, "w") as f:
        f.writestr("arr_0.npy", out.getvalue())
    return z.getvalue()


class Evil:
    def __reduce__(self):
        import os

        return os.system, ("touch /tmp/stable-pose-was-executed",)


def objects(items):
    array = np.empty(len(items), dtype=object)
    array[:] = items
    return array


files = {
    "list": (npz(arr_0=objects(people())), people()),
    "compressed": (npz(np.savez_compressed, arr_0=objects(people())), people()),
    "double": (npz(arr_0=objects(people(np.float64))), people(np.float64)),
    "half": (npz(arr_0=objects(people(np.float16))), people(np.float16)),
    "big-endian": (npz(arr_0=objects(people(">f4"))), people()),
    "column-major": (npz(arr_0=objects(people(order="F"))), people()),
    **{f"protocol {p}": (npy(objects(people()), p), people()) for p in (2, 3, 4, 5)},
}
whole = np.empty((), dtype=object)
whole[()] = people()
files["one list"] = (npz(arr_0=whole), people())
body = zipfile.ZipFile(io.BytesIO(npy(objects(people()), 2))).read("arr_0.npy").replace(b"numpy._core.multiarray", b"numpy.core.multiarray")
z = io.BytesIO()
with zipfile.ZipFile(z, "w") as f:
    f.writestr("arr_0.npy", body)
files["old"] = (z.getvalue(), people())

evil = npy(objects([{"keypoints": Evil()}]), 2)
numbers = npz(features=np.arange(12, dtype=np.int64).reshape(3, 4, order="F"), flags=np.array([True, False]), names=np.array(["a"]))
numbers_ok = npz(features=np.asfortranarray(np.arange(12, dtype=np.int64).reshape(3, 4)), flags=np.array([True, False]))

print(json.dumps({
    "files": {name: {
        "npz": base64.b64encode(data).decode(),
        "people": [{"keypoints": np.asarray(p["keypoints"], float).tolist(), "score": float(p["score"]), "area": p["area"]} for p in held],
    } for name, (data, held) in files.items()},
    "evil": base64.b64encode(evil).decode(),
    "numbers": base64.b64encode(numbers_ok).decode(),
    "strings": base64.b64encode(numbers).decode(),
}, indent=1))  # fmt: skip
