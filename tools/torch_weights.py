"""Weights of PyTorch, for the tests of `checkpoint::pytorch`.

    python3 -m venv /tmp/torch && /tmp/torch/bin/pip install torch safetensors numpy
    /tmp/torch/bin/python tools/torch_weights.py write optim-core/tests/checkpoint/golden
    OPTIM_PYTHON=/tmp/torch/bin/python cargo test -p optim-core --test checkpoint

`write FOLDER` writes a network, in single and in mixed precision, with an input and what it makes of it; `check FILE`
loads a file into the network and prints an input and what its body makes of it. Ends with 77 where Python does not have
what it needs.
"""

import json
import pathlib
import sys

try:
    import torch
    from safetensors.torch import load_file, save_file
except ImportError as error:
    print(error, file=sys.stderr)
    sys.exit(77)

from torch import nn


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(3, 3)
        self.gain = nn.Parameter(torch.ones(3))

    def forward(self, x):
        return self.inner(x) * self.gain


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 3))
        self.blocks = nn.ModuleList([Block(), Block()])
        self.table = nn.Parameter(torch.zeros(2, 5))

    def forward(self, x):
        x = self.body(x)
        for block in self.blocks:
            x = block(x)
        return x


def write(folder):
    folder = pathlib.Path(folder)
    torch.manual_seed(0)
    network = Network()
    with torch.no_grad():
        network.table.normal_()
        for block in network.blocks:
            block.gain.normal_()
    weights = network.state_dict()
    save_file(weights, folder / "torch.safetensors", metadata={"format": "pt"})
    half = {name: weight.clone() for name, weight in weights.items()}
    half["body.0.weight"] = half["body.0.weight"].bfloat16()
    half["body.2.weight"] = half["body.2.weight"].half()
    half["table"] = half["table"].double()
    half["norm.num_batches_tracked"] = torch.tensor(3)
    save_file(half, folder / "torch_half.safetensors")
    x = torch.randn(5, 4)
    run = {"x": x.tolist(), "y": network(x).tolist(), "table": network.table.tolist()}
    (folder / "torch.json").write_text(json.dumps(run) + "\n")


def check(path):
    network = Network()
    network.load_state_dict(load_file(path))
    assert bool((network.table == 0.25).all())
    torch.manual_seed(1)
    x = torch.randn(5, 4)
    print(json.dumps({"x": x.tolist(), "body": network.body(x).tolist()}))


{"write": write, "check": check}[sys.argv[1]](sys.argv[2])
