"""Our GroupNorm equals PyTorch's, forward and backward."""

import pytest
import torch

from ..group_norm import GroupNorm


@pytest.mark.parametrize("shape", [(2, 16, 12, 10), (3, 32, 4, 4), (1, 8, 7, 5)])
@pytest.mark.parametrize("layout", [torch.channels_last, torch.contiguous_format])
def test_group_norm_equals_pytorchs(shape, layout):
    torch.manual_seed(0)
    ours, theirs = GroupNorm(8, shape[1]), torch.nn.GroupNorm(8, shape[1])
    ours.weight.data.normal_()
    ours.bias.data.normal_()
    theirs.load_state_dict(ours.state_dict())
    x, dy = (torch.randn(shape).add(0.5).contiguous(memory_format=layout) for _ in range(2))
    results = []
    for norm in (ours, theirs):
        leaf = x.clone().requires_grad_()
        y = norm(leaf)
        results.append((y, *torch.autograd.grad(y, (leaf, norm.weight, norm.bias), dy)))
    for a, b in zip(*results):
        torch.testing.assert_close(a, b, atol=2e-5, rtol=1e-4)


def test_group_norm_in_half_precision_is_as_good_as_half_precision():
    torch.manual_seed(0)
    norm = GroupNorm(8, 32)
    x = torch.randn(2, 32, 16, 16).contiguous(memory_format=torch.channels_last)
    exact, half = x.clone().requires_grad_(), x.bfloat16().requires_grad_()
    dy = torch.randn_like(x)
    torch.nn.functional.group_norm(exact, 8, norm.weight, norm.bias).backward(dy)
    norm(half).backward(dy.bfloat16())
    error = (half.grad.float() - exact.grad).norm() / exact.grad.norm()
    assert error < 0.01
