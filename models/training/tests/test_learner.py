import torch

from models.training.learner import Learner
from models.training.muon import Muon
from models.training.run_state import Ema


class OneStep:
    """A run that ends after its first step, and keeps what it was told."""

    step, told, saves = 0, None, 0

    def done(self):
        return 0.5

    def finished(self):
        return self.step >= 1

    def record(self, rows, **losses):
        self.step, self.told = self.step + 1, (rows, losses)

    def due(self):
        return True


def test_a_step_learns_records_and_says_when_the_time_is_over():
    torch.manual_seed(0)
    model = torch.nn.Linear(3, 2)
    before = model.weight.detach().clone()
    run, ema = OneStep(), Ema(model, 0.5)
    saved = []
    learner = Learner(model, Muon(model.named_parameters(), 0.02, 0.002), ema, run, {}, lambda: saved.append(run.step))
    for _ in range(2):
        loss = model(torch.ones(4, 3)).square().mean()
        # As the stages do, whose first figure is called loss, too.
        learner.step(loss, 4, loss=loss.item())
    assert run.told[0] == 4 and "loss" in run.told[1]
    assert not torch.equal(model.weight, before)
    assert not torch.equal(ema.state["weight"], before)
    assert learner.stop and saved == [1, 2]
