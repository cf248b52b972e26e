"""CLIP's embeddings by Hugging Face's CLIPModel, small and with made-up weights, and Pillow's bicubic resize.

Command: python test/golden/clip-embeddings.py > test/golden/clip-embeddings.json
Made with Python 3.11, PyTorch 2.15, the versions of transformers and Pillow that the file names."""

import json

import numpy as np
import PIL
import torch
import transformers
from PIL import Image


def made_up(index, count, gain, offset=0.0):
    """Numbers that any language makes alike: a hash of the place, spread evenly over -gain..gain round the offset."""
    place = np.arange(count, dtype=np.float64) * 12.9898 + index * 78.233
    hashed = np.sin(place) * 43758.5453
    return ((hashed - np.floor(hashed)) * 2 - 1) * gain + offset


text = {"vocab_size": 40, "hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2,
        "max_position_embeddings": 12, "bos_token_id": 38, "eos_token_id": 39, "pad_token_id": 39}  # fmt: skip
vision = {"hidden_size": 24, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 3, "image_size": 28, "patch_size": 7}
model = transformers.CLIPModel(transformers.CLIPConfig(text_config=text, vision_config=vision, projection_dim=10)).eval()
state = model.state_dict()
keys = sorted(k for k in state if k.split(".")[-1] != "position_ids" and k != "logit_scale")
for n, k in enumerate(keys):
    shape = tuple(state[k].shape)
    norm = "norm" in k and k.endswith("weight")
    state[k].copy_(torch.tensor(made_up(n, int(np.prod(shape)), 0.3, 1.0 if norm else 0.0).reshape(shape), dtype=torch.float32))
model.load_state_dict(state)

ids = [[38, 3, 17, 5, 39], [38, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 39]]
pixels = torch.tensor(made_up(1000, 3 * 28 * 28, 2).reshape(1, 3, 28, 28), dtype=torch.float32)
with torch.no_grad():
    out = [model.get_text_features(input_ids=torch.tensor([i])) for i in ids]
    seen = model.get_image_features(pixel_values=pixels)
first = lambda x: (x if torch.is_tensor(x) else x.pooler_output)[0].tolist()

# Of middling contrast: Pillow clips after its first pass too.
rgb = np.floor(made_up(2000, 3 * 40 * 31, 50, 127.5)).astype(np.uint8).reshape(31, 40, 3)
resized = {f"{w}x{h}": np.asarray(Image.fromarray(rgb).resize((w, h), Image.BICUBIC)).reshape(-1).tolist() for w, h in ((28, 21), (50, 45))}
print(json.dumps({
    "versions": {"transformers": transformers.__version__, "pillow": PIL.__version__},
    "weights": {k: list(state[k].shape) for k in keys},
    "texts": [{"ids": i, "embedding": first(o)} for i, o in zip(ids, out)],
    "picture": first(seen),
    "bicubic": {"width": 40, "height": 31, "resized": resized},
}))  # fmt: skip
