"""The eyes and what they learn from; the full-size adapter's stage on the tiny reference model."""

import json
import pickle

import cv2
import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from .. import run_state
from ..eyes import HEAT_STRIDE, Eyes, decode, folded, probabilities
from ..eyes_data import MIRROR, target, through, warp, window_matrix
from ..map_file import MapFile, read_poses
from ..blocks import Stage
from ..train_sd15 import frozen_parts, last_step, prepared, recompute_where_asked, rows_of, train
from .test_reference import ROOT, TINY


def test_a_target_is_found_again_where_it_was_set():
    keypoints = np.array([[20 + 7.3 * i, 150 - 5.1 * i, 2] for i in range(17)], np.float32)
    keypoints[3, 2] = 0
    rows = torch.from_numpy(target(keypoints, 192))
    heat = (rows[:, :-1].clamp_min(1e-12).log() - rows[:, -1:].clamp_min(1e-12).log()).view(1, 17, 48, 48)
    found = decode(heat)[0].numpy()
    seen = keypoints[:, 2] > 0
    # A bump cut by the window and by the border: a tenth of a cell.
    assert np.abs(found[seen, :2] - keypoints[seen, :2]).max() < HEAT_STRIDE / 10
    assert found[seen, 2].min() > 0.9 and found[3, 2] < 1e-6
    assert torch.allclose(probabilities(heat).sum((2, 3))[0][seen], torch.ones(16), atol=1e-4)


def test_folded_norms_leave_as_many_convolutions_with_biases():
    state = Eyes().state_dict()
    out = folded(state)
    assert not any("norm" in k for k in out)
    assert all(k.replace(".weight", ".bias") in out for k in out if k.endswith(".weight"))
    assert sum(v.numel() for v in out.values()) < 1e6


def test_a_window_carries_points_and_pixels_alike():
    picture = np.zeros((64, 64, 3), np.uint8)
    picture[40, 20] = 255
    matrix = window_matrix((30, 30), 48, 96, 0.3)
    y, x = np.unravel_index(warp(picture, matrix, 96)[..., 0].argmax(), (96, 96))
    assert np.abs(through(matrix, np.array([[20.5, 40.5]])) - (x + 0.5, y + 0.5)).max() <= 1
    assert [MIRROR[i] for i in MIRROR] == list(range(17))


class Hostile:
    def __reduce__(self):
        return (print, ("never",))


def map_file(folder, people):
    poses = np.empty(len(people), object)
    for i, p in enumerate(people):
        poses[i] = {"keypoints": p}
    np.savez(folder / "a.npz", poses)
    cv2.imwrite(str(folder / "a.png"), np.full((80, 128, 3), 90, np.uint8))
    entry = {"a": {"img_path": "a.png", "pose_path": "a.npz", "prompt": "a person"}}
    (folder / "map.json").write_text(json.dumps(entry))
    return MapFile(folder / "map.json")


def test_a_map_file_gives_the_middle_square_and_its_poses(tmp_path):
    person = np.array([[64.0, 40, 0.9]] * 17)
    picture, poses, prompt = map_file(tmp_path, [person]).read(0, 160)
    assert picture.shape == (160, 160, 3) and prompt == "a person"
    assert np.allclose(poses[0][0], [80, 80, 0.9])


def test_nothing_in_a_pose_file_runs(tmp_path):
    poses = np.empty(1, object)
    poses[0] = Hostile()
    np.savez(tmp_path / "bad.npz", poses)
    with pytest.raises(pickle.UnpicklingError, match="not read"):
        read_poses(tmp_path / "bad.npz")


@pytest.mark.skipif(not TINY.exists(), reason=f"no reference vectors in {ROOT}")
def test_one_step_moves_the_zero_convolutions_alone_from_zero(tmp_path, monkeypatch):
    torch.set_grad_enabled(True)
    monkeypatch.setattr(run_state, "STATE", tmp_path)
    config = json.loads((ROOT / "model/config.json").read_text())
    parts = frozen_parts(config, TINY)
    before = {k: v.clone() for k, v in prepared(config, parts["unet"]).state_dict().items()}
    rng = np.random.default_rng(0)
    data = map_file(tmp_path, [np.concatenate([rng.uniform(10, 70, (17, 2)) + (24, 0), np.ones((17, 1))], 1)])
    run = run_state.Run("sd15", 100)
    p = {"batch": 1, "side": 128, "drop": 0.0, "lr": 1e-3, "steps": 1}
    adapter = train(config, parts, data, lambda text: [998, 5, *[999] * 75], p, run, torch.device("cpu"))
    after = adapter.state_dict()
    assert after["zero_convs.0.0.weight"].abs().max() > 0 and before["zero_convs.0.0.weight"].abs().max() == 0
    written = load_file(run.folder / "stable_pose.safetensors")
    reference = {k for k in load_file(TINY) if k.startswith("stable_pose_adapter.")}
    assert set(written) == reference


def test_an_epoch_takes_every_picture_once():
    p = {"batch": 4, "epochs": 2}
    assert last_step(12, p) == 6
    for epoch in (0, 1):
        assert sorted(i for step in range(3) for i in rows_of(3 * epoch + step, 12, p)) == list(range(12))
    assert [i for s in range(3) for i in rows_of(s, 12, p)] != [i for s in range(3, 6) for i in rows_of(s, 12, p)]
    assert last_step(12, {"batch": 4}) == float("inf")


@pytest.mark.skipif(not TINY.exists(), reason=f"no reference vectors in {ROOT}")
def test_recomputed_stages_have_the_same_gradients(monkeypatch):
    torch.set_grad_enabled(True)
    config = json.loads((ROOT / "model/config.json").read_text())
    parts = frozen_parts(config, TINY)
    adapter = prepared(config, parts["unet"])
    torch.manual_seed(0)
    for module in adapter.zero_convs:
        torch.nn.init.normal_(module[0].weight, std=0.1)
    x, t, context = torch.randn(1, 4, 16, 16), torch.tensor([500]), torch.randn(1, 77, config["unet_config"]["params"]["context_dim"])
    hint, mask = torch.rand(1, 3, 128, 128), torch.ones(2, 16, 16, dtype=torch.bool)
    runs = []
    monkeypatch.setattr(Stage, "run", lambda self, *a, run=Stage.run: (runs.append(self), run(self, *a))[1])

    def gradient(asked):
        for part in ("unet_config", "control_config"):
            config[part]["params"]["use_checkpoint"] = asked
        recompute_where_asked(config, parts, adapter)
        runs.clear()
        adapter.zero_grad()
        parts["unet"](x, t, context, adapter(x, t, context, hint, mask)).square().mean().backward()
        return [p.grad.clone() for p in adapter.parameters() if p.grad is not None], len(runs)

    (kept, once), (again, twice) = gradient(False), gradient(True)
    assert twice > 1.5 * once
    assert kept and all(torch.allclose(a, b, atol=1e-6) for a, b in zip(kept, again, strict=True))
