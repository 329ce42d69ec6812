#!/usr/bin/env python3
"""Write a table of wrappers: what clipping, averages and Lookahead make of given gradients in PyTorch, step by step.

    python3 -m venv /tmp/ref && /tmp/ref/bin/pip install torch numpy
    /tmp/ref/bin/python tools/wrappers.py optim-core/tests/wrap/torch.json

A matrix of 2 rows and 3 columns and a vector of 2, in float64, are moved by SGD with momentum 0.9. A case holds what is
around the rule and its numbers, and after each step the weights and, where there is one, the point of evaluation: eight
numbers each. PyTorch has no Lookahead: it is algorithm 1 of the article here, over torch.optim.SGD.
"""
import json, pathlib, random, sys
import torch
from torch.optim.swa_utils import AveragedModel, get_ema_avg_fn

torch.set_default_dtype(torch.float64)
STEPS, LR, MOMENTUM = 12, 0.1, 0.9
TORCH = torch.__version__.split("+")[0]
rng = random.Random(1)
START = [rng.gauss(0, 1) for _ in range(8)]
# From short to long, so that clipping does both.
GRADIENTS = [[rng.gauss(0, 1) * 1.5 ** (step % 7 - 3) for _ in range(8)] for step in range(STEPS)]


class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.matrix = torch.nn.Parameter(torch.tensor(START[:6]).reshape(2, 3))
        self.vector = torch.nn.Parameter(torch.tensor(START[6:]))


def flat(model):
    return [x for p in (model.matrix, model.vector) for x in p.detach().flatten().tolist()]


def run(clip=lambda model: None, after=lambda model, step: None):
    """The weights, and what `after` says, step by step."""
    model = Model()
    opt = torch.optim.SGD(model.parameters(), lr=LR, momentum=MOMENTUM)
    weights, points = [], []
    for step, gradient in enumerate(GRADIENTS):
        model.matrix.grad = torch.tensor(gradient[:6]).reshape(2, 3)
        model.vector.grad = torch.tensor(gradient[6:])
        clip(model)
        opt.step()
        point = after(model, step)
        weights.append(flat(model))
        points.append(point or weights[-1])
    return dict(weights=weights, points=points)


def average(when, **how):
    """An `AveragedModel` that is told of the weights after the steps that `when` says."""
    kept = {}

    def after(model, step):
        if when(step + 1):
            kept.setdefault("model", AveragedModel(model, **how)).update_parameters(model)
        return flat(kept["model"].module) if kept else None

    return after


def lookahead(k, alpha):
    slow = [torch.tensor(START[:6]).reshape(2, 3), torch.tensor(START[6:])]

    def after(model, step):
        if (step + 1) % k == 0:
            with torch.no_grad():
                for s, p in zip(slow, (model.matrix, model.vector)):
                    s += alpha * (p - s)
                    p.copy_(s)
        return [x for s in slow for x in s.flatten().tolist()]

    return after


utils = torch.nn.utils
cases = []
for limit in [0.5, 2.0, 100.0]:
    cases += [
        dict(wrapper="clip_norm", limit=limit, **run(lambda m: utils.clip_grad_norm_(m.parameters(), limit))),
        dict(wrapper="clip_tensor_norm", limit=limit, **run(lambda m: [utils.clip_grad_norm_([p], limit) for p in m.parameters()])),
        dict(wrapper="clip_value", limit=limit, **run(lambda m: utils.clip_grad_value_(m.parameters(), limit))),
    ]
for decay in [0.5, 0.99]:
    after = average(lambda step: True, avg_fn=get_ema_avg_fn(decay))
    cases.append(dict(wrapper="ema", decay=decay, **run(after=after)))
for start, every in [(1, 1), (3, 4)]:
    after = average(lambda step: step >= start and (step - start) % every == 0)
    cases.append(dict(wrapper="swa", start=start, every=every, **run(after=after)))
for k, alpha in [(1, 0.3), (5, 0.5)]:
    cases.append(dict(wrapper="lookahead", k=k, alpha=alpha, **run(after=lookahead(k, alpha))))

table = dict(reference=f"torch {TORCH}", lr=LR, momentum=MOMENTUM, start=START, gradients=GRADIENTS, cases=cases)
pathlib.Path(sys.argv[1]).write_text(json.dumps(table, indent=None, separators=(",", ":")).replace('{"wrapper"', '\n{"wrapper"') + "\n")
