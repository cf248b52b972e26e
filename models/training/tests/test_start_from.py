"""Released weights become the state that every stage goes on from."""

import json

import pytest
import torch

from .. import export, start_from


@pytest.fixture
def state(tmp_path, monkeypatch):
    monkeypatch.setattr(start_from, "STATE", tmp_path / "state")
    monkeypatch.setattr(start_from, "SCALE", tmp_path / "state/latents/scale.json")
    export.main(tmp_path / "released", "random")
    config = json.loads((tmp_path / "released/config.json").read_text())
    config.update(scale_factor=0.5, latent_to_rgb={"matrix": [], "bias": []})
    (tmp_path / "released/config.json").write_text(json.dumps(config))
    return tmp_path


def test_the_state_holds_the_weights_of_the_release(state):
    start_from.main(state / "released")
    saved = torch.load(state / "state/adapter/state.pt", weights_only=False)
    released = torch.load(state / "state/unet/state.pt", weights_only=False)["ema"]
    assert all((saved["ema"][f"base.{k}"] == v).all() for k, v in released.items())
    assert any(k.startswith("adapter.") for k in saved["ema"]) and saved["step"] == 0 and "optimizer" not in saved
    assert json.loads((state / "state/latents/scale.json").read_text())["scale_factor"] == 0.5


def test_a_run_that_is_there_is_not_overwritten(state):
    start_from.main(state / "released")
    with pytest.raises(SystemExit, match="would be lost"):
        start_from.main(state / "released")
