"""Files that PyTorch itself writes, for the reader's tests. Run in this folder: python make-golden.py (torch 2, safetensors)."""
import io
import os
import zipfile
from collections import OrderedDict

import torch
from safetensors.torch import save_file

torch.manual_seed(0)


class Unimportable:
    def __init__(self):
        self.path = "x"


def state():
    shared = torch.arange(60, dtype=torch.float32).reshape(6, 10)
    return OrderedDict(
        weight=torch.randn(4, 3),
        half=torch.randn(5).half(),
        brain=torch.randn(2, 2).bfloat16(),
        double=torch.randn(3).double(),
        ids=torch.arange(-3, 4),
        short=torch.tensor([-2, 300], dtype=torch.int16),
        tiny=torch.tensor([-128, 127], dtype=torch.int8),
        flags=torch.tensor([True, False]),
        scalar=torch.tensor(2.5),
        empty=torch.zeros(0, 4),
        parameter=torch.nn.Parameter(torch.randn(2, 3)),
        rows=shared[2:5],
        transposed=shared.t(),
        steps=shared[1:, 1::3],
        expanded=torch.tensor([1.5, -2.0]).unsqueeze(1).expand(2, 3),
        channels_last=torch.randn(2, 3, 4, 5).contiguous(memory_format=torch.channels_last),
    )


expected = {key: value.detach().clone().contiguous() for key, value in state().items()}
save_file(expected, "expected.safetensors")
# Seeded anew for every file, so that all hold the same numbers.
for protocol in (2, 3, 4, 5):
    torch.manual_seed(0)
    envelope = {
        "epoch": 7,
        "pytorch-lightning_version": "2.1.0",
        "callbacks": {Unimportable: {"best": 0.5, "score": torch.tensor(1.0)}},
        "hyper_parameters": {"object": Unimportable(), "range": range(3), "set": {1, 2}, "bytes": b"ab", "big": 2**70},
        "optimizer_states": [{"state": {0: {"exp_avg": torch.zeros(3)}}}],
        "state_dict": state(),
    }
    torch.save(envelope, f"protocol-{protocol}.ckpt", pickle_protocol=protocol)

torch.manual_seed(0)
torch.save(state(), "bare.pt")
source = zipfile.ZipFile("bare.pt")
with zipfile.ZipFile("deflated.pt", "w", zipfile.ZIP_DEFLATED) as target:
    for info in source.infolist():
        target.writestr(info.filename, source.read(info))
torch.save(OrderedDict(a=torch.ones(2)), "legacy.pt", _use_new_zipfile_serialization=False)
torch.manual_seed(0)
torch.save(state(), "legacy-state.pt", _use_new_zipfile_serialization=False)
torch.save(torch.nn.Linear(2, 2), "whole-module.pt")
torch.jit.script(torch.nn.Linear(2, 2)).save("torchscript.pt")
torch.save({"complex": torch.ones(2, dtype=torch.complex64), "fine": torch.ones(2)}, "complex.pt")
# AUTOMATIC1111's embeddings: a plain dictionary, and (older) a ParameterDict.
vector = torch.arange(16, dtype=torch.float32).reshape(2, 8)
for name, param in {"embedding": {"*": vector}, "embedding-parameter-dict": torch.nn.ParameterDict({"*": torch.nn.Parameter(vector)})}.items():
    torch.save({"string_to_token": {"*": 265}, "string_to_param": param, "name": "my-style", "step": 100}, f"{name}.pt")
