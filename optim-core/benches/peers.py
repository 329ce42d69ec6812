#!/usr/bin/env python3
"""PyTorch's and DeepSpeed's steps beside this crate's, taken in turn; run by peers.sh, which installs them.

    peers.sh [WORD...]     words: big mid mlp tiny, rules (Adam ...), train

Both sides have two threads and `f32`. Printed are medians of 20 pairs or more, and the median of `peer / ours` over the
pairs: above 1, this crate is faster. The benches `step` and `train` are asked line by line. Written to
`bench/peers.json` in the target folder.
"""
import datetime
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

# Before PyTorch keeps this thread to one of them: the benches are to have all.
PROCESSORS = os.sched_getaffinity(0)

import torch  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
THREADS, PAIRS = 2, 20
# Seconds of a measurement, unless a step takes as long, and of a rest before it: threads of the other side look out for
# work before they sleep (PyTorch's for a fifth of a second), and take a core meanwhile. Then come as many steps that are
# not counted. Of these threads this crate takes as many as pay, as it does for its users. Threads of both sides have a core
# each (`OMP_PROC_BIND` in peers.sh, and the benches themselves): without that, they share one by chance.
SPAN, REST = 1e-2, 0.3

SETS = {
    "big": [(32 << 20,)],
    "mid": [(1 << 20,)],
    "mlp": [(512, 784), (512,), (256, 512), (256,), (10, 256), (10,)],
    "tiny": [(64,)] * 1000,
}
NETWORKS = {"64-32-10": 32, "784-128-10": 64, "784-512-256-10": 128, "784-2048-2048-10": 256}

O = torch.optim
# Our name, PyTorch's class with options, and whether it has a fused kernel on the CPU.
RULES = {
    "Sgd": (O.SGD, dict(lr=1e-2), True),
    "Momentum": (O.SGD, dict(lr=1e-2, momentum=0.9), True),
    "Adagrad": (O.Adagrad, dict(lr=1e-2), True),
    "RmsProp": (O.RMSprop, dict(lr=1e-2), False),
    "Adam": (O.Adam, dict(lr=1e-3), True),
    "AdamW": (O.AdamW, dict(lr=1e-3), True),
}


class Bench:
    """A bench of this crate that serves."""

    def __init__(self, name):
        command = ["cargo", "bench", "--quiet", "--package", "optim-core", "--bench", name]
        command += ["--no-run", "--message-format=json"]
        built = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
        messages = [json.loads(line) for line in built.splitlines() if line.startswith("{")]
        (program,) = [message["executable"] for message in messages
                      if message["reason"] == "compiler-artifact" and message["executable"]]
        self.process = subprocess.Popen([program, "serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        preexec_fn=lambda: os.sched_setaffinity(0, sorted(PROCESSORS)[:THREADS]))

    def ask(self, *words):
        """The numbers of the answer, microseconds."""
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer or answer.startswith("error"):
            sys.exit(f"{' '.join(map(str, words))}: {answer.strip() or 'the bench has ended'}")
        return [float(number) for number in answer.split()]


def microseconds(step, count):
    start = time.perf_counter()
    for _ in range(count):
        step()
    return (time.perf_counter() - start) / count * 1e6


def pairs(ours, theirs, turn):
    """Medians of both sides and of theirs / ours. Each is a function from a number of steps to the time of one."""
    def count(side):
        side(2)
        return max(1, int(SPAN * 1e6 / side(2)))
    sides, times = [(ours, count(ours)), (theirs, count(theirs))], ([], [])
    for pair in range(PAIRS):
        turn()
        for index in ((0, 1), (1, 0))[pair % 2]:
            side, steps = sides[index]
            time.sleep(REST)
            times[index].append(side(steps))
    ratio = statistics.median(peer / own for own, peer in zip(*times))
    return statistics.median(times[0]), statistics.median(times[1]), ratio


def deepspeed_adam():
    """DeepSpeed's CPU-Adam, which is compiled here; or why there is none."""
    try:
        from deepspeed.ops.adam import DeepSpeedCPUAdam
        probe = torch.nn.Parameter(torch.zeros(8))
        probe.grad = torch.ones(8)
        DeepSpeedCPUAdam([probe], lr=1e-3).step()
        return DeepSpeedCPUAdam, None
    except (Exception, SystemExit) as error:  # Whatever goes wrong while it is compiled, the rest is measured.
        reason = str(error).strip().splitlines()
        return None, f"{type(error).__name__}: {reason[0] if reason else 'without a reason'}"


def tensors(shapes):
    weights = [torch.nn.Parameter(torch.randn(*shape) * 0.1) for shape in shapes]
    for weight in weights:
        weight.grad = torch.randn_like(weight) * 0.01
    return weights


def steps(chosen, rows):
    bench = Bench("step")
    cpu_adam, reason = deepspeed_adam()
    if reason:
        print(f"DeepSpeed is missing: {reason}")
    print(f"\n{'set':5} {'rule':9} {'peer':16} {'peer us':>11} {'ours us':>11} {'peer/ours':>10}")
    for name, shapes in SETS.items():
        if chosen & SETS.keys() and name not in chosen:
            continue
        for rule, (make, options, fused) in RULES.items():
            if chosen & RULES.keys() and rule not in chosen:
                continue
            peers = [("PyTorch fused" if fused else "PyTorch loop",
                      lambda w: make(w, **options, **(dict(fused=True) if fused else dict(foreach=False))))]
            if cpu_adam and rule in ("Adam", "AdamW"):
                decay = 0.01 if rule == "AdamW" else 0.0
                peers.append(("DeepSpeed",
                              lambda w: cpu_adam(w, lr=1e-3, weight_decay=decay, adamw_mode=rule == "AdamW")))
            for peer, start in peers:
                weights = tensors(shapes)
                optimizer = start(weights)

                def ours(count):
                    return statistics.fmean(bench.ask(rule, name, 2 * count)[count:])

                def theirs(count):
                    microseconds(optimizer.step, count)
                    return microseconds(optimizer.step, count)

                def turn():
                    for weight in weights:
                        weight.grad.neg_()

                own, other, ratio = pairs(ours, theirs, turn)
                print(f"{name:5} {rule:9} {peer:16} {other:11.1f} {own:11.1f} {ratio:10.2f}", flush=True)
                rows.append(dict(set=name, rule=rule, peer=peer, peer_microseconds=other, microseconds=own,
                                 ratio=ratio))


def mlp(sizes):
    layers = []
    for inputs, outputs in zip(sizes, sizes[1:]):
        layers += [torch.nn.Linear(inputs, outputs), torch.nn.ReLU()]
    return torch.nn.Sequential(*layers[:-1])


def training(rows):
    bench = Bench("train")
    print(f"\n{'network':18} {'rule':5} {'PyTorch us':>12} {'ours us':>12} {'peer/ours':>10}")
    for name, batch in NETWORKS.items():
        sizes = [int(size) for size in name.split("-")]
        for rule in ("Sgd", "Adam"):
            make = {"Sgd": O.SGD, "Adam": O.Adam}[rule]
            model, loss = mlp(sizes), torch.nn.CrossEntropyLoss()
            optimizer = make(model.parameters(), lr=1e-3, fused=True)
            x, labels = torch.randn(batch, sizes[0]), torch.randint(0, 10, (batch,))

            def step():
                optimizer.zero_grad()
                loss(model(x), labels).backward()
                optimizer.step()

            def theirs(count):
                microseconds(step, count)
                return microseconds(step, count)

            def ours(count):
                bench.ask(name, rule, count)
                return bench.ask(name, rule, count)[0]

            def turn():
                labels.copy_(labels[torch.randperm(batch)])

            own, other, ratio = pairs(ours, theirs, turn)
            print(f"{name:18} {rule:5} {other:12.1f} {own:12.1f} {ratio:10.2f}", flush=True)
            rows.append(dict(network=name, batch=batch, rule=rule, peer_microseconds=other, microseconds=own,
                             ratio=ratio))


def main():
    chosen = set(sys.argv[1:])
    known = SETS.keys() | RULES.keys() | {"train"}
    if chosen - known:
        sys.exit(f"found {sorted(chosen - known)}, write some of: {' '.join([*SETS, *RULES, 'train'])}")
    torch.set_num_threads(THREADS)
    torch.manual_seed(1)
    result = dict(date=datetime.date.today().isoformat(), torch=torch.__version__, threads=THREADS, pairs=PAIRS,
                  steps=[], training=[])
    if chosen != {"train"}:
        steps(chosen, result["steps"])
    if not chosen or "train" in chosen:
        training(result["training"])
    (TARGET / "bench").mkdir(parents=True, exist_ok=True)
    path = TARGET / "bench" / "peers.json"
    path.write_text(json.dumps(result, indent=2) + "\n")
    print(f"\nwritten to {path}")


if __name__ == "__main__":
    main()
