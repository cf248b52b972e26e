"""Data in the layout that HumanSD and Stable-Pose train from.

A JSON file: name -> {img_path, pose_path, prompt}, paths relative to the file. Pose files are .npz whose `arr_0` is a
pickled list of {keypoints: 17 x 3}: the pickle is parsed with an allow-list, nothing in it can run."""

import io
import json
import pickle
import zipfile
from pathlib import Path

import cv2
import numpy as np

ALLOWED = {
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
}
MODULES = ("numpy.core.multiarray", "numpy._core.multiarray")


class Unpickler(pickle.Unpickler):
    def find_class(self, module, name):
        if (module, name) in ALLOWED:
            return ALLOWED[module, name]
        if module in MODULES and name in ("_reconstruct", "scalar"):
            return getattr(np.core.multiarray if not hasattr(np, "_core") else np._core.multiarray, name)
        raise pickle.UnpicklingError(f"map_file: expected numbers and arrays in the pose file, found {module}.{name}; it is not read")


def read_poses(path):
    """-> [[17, 3]] of (x, y, confidence) in pixels of the picture."""
    with zipfile.ZipFile(path) as archive:
        stream = io.BytesIO(archive.read("arr_0.npy"))
    version = np.lib.format.read_magic(stream)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = read(stream)
    if dtype.hasobject:
        people = np.asarray(Unpickler(stream).load(), object).ravel().tolist()
    else:
        raise ValueError(f"map_file: expected a list of people in {path}, got an array of {dtype} {shape}")
    return [np.asarray(p["keypoints"], np.float64).reshape(17, 3) for p in people]


class MapFile:
    def __init__(self, path):
        self.folder = Path(path).parent
        self.entries = sorted(json.loads(Path(path).read_text()).items())

    def __len__(self):
        return len(self.entries)

    def read(self, i, side):
        """-> (picture uint8 [side,side,3] RGB, poses in its pixels, prompt): the middle square, scaled."""
        _, entry = self.entries[i]
        picture = cv2.imread(str(self.folder / entry["img_path"]), cv2.IMREAD_COLOR)
        if picture is None:
            raise ValueError(f"map_file: expected a picture at {self.folder / entry['img_path']}; fix the path or leave it out")
        h, w = picture.shape[:2]
        short = min(h, w)
        x, y, scale = (w - short) // 2, (h - short) // 2, side / short
        square = picture[y : y + short, x : x + short, ::-1]
        square = cv2.resize(square, (side, side), interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
        poses = read_poses(self.folder / entry["pose_path"])
        return square, [np.concatenate([(p[:, :2] - (x, y)) * scale, p[:, 2:]], 1) for p in poses], entry["prompt"]
