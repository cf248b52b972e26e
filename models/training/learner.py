"""The end of a training step, the same for every stage: gradients, weights, averages, and where several processes meet."""

from .run_state import warm_cosine
from .together import WORLD, average_gradients, average_weights


class Learner:
    """`model` learns; `ema` averages `averaged`, which is the model or a part of it. With preset `local_steps` above 1, processes
    go so many steps alone and meet at the mean of their weights, where `save` is due now and then."""

    def __init__(self, model, optimizer, ema, run, p, save, averaged=None):
        self.model, self.optimizer, self.ema, self.run, self.save = model, optimizer, ema, run, save
        self.averaged = averaged or model
        self.local = p.get("local_steps", 1) if WORLD > 1 else 1
        self.stop = False

    def step(self, loss, rows, /, **losses):
        """`rows` of this process. `stop` says afterwards whether the run's time is over, at a step where all meet."""
        run, local = self.run, self.local
        self.optimizer.zero_grad()
        loss.backward()
        scale, stop = average_gradients(self.model, warm_cosine(run.done()), run.finished(), local == 1)
        self.optimizer.set_scale(scale)
        self.optimizer.step()
        self.ema.update(self.averaged)
        run.record(rows * WORLD, **losses)
        if run.step % local:
            return
        self.stop = average_weights(self.model, self.optimizer, run.finished()) if local > 1 else stop
        if run.due():
            self.save()
