#!/usr/bin/env python3
"""Write tables of schedules, one JSON file a kind: the learning rates that PyTorch's schedulers set, epoch by epoch.

    python3 -m venv /tmp/ref && /tmp/ref/bin/pip install torch numpy
    /tmp/ref/bin/python tools/schedules.py optim-core/tests/schedule/tables

A table is a list of cases: schedule (this project's kind and numbers), reference (what made the values), and values, in
float64: the first is that of PyTorch's epoch 0, which is step 1. Plateau cases also hold the metrics: the n-th value is
the one after the n-th metric.

Where PyTorch computes each value from the one before it, rounding adds up; where it then also has a closed form, a
second case has that ("closed": true). Schedules that PyTorch does not have are written here from their definition, with
fractions where that is possible, else with mpmath's 50 digits (it comes with torch), rounded once.
"""
import json, math, pathlib, random, sys, warnings
from fractions import Fraction
import mpmath
import torch
from torch.optim import lr_scheduler as torch_lr

warnings.filterwarnings("ignore")
mpmath.mp.dps = 50
STEPS = 200
TORCH = torch.__version__.split("+")[0]


def optimizer(lr, momentum=0.0):
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1, dtype=torch.float64))], lr=lr, momentum=momentum)


def rates(lr, make, steps=STEPS, key="lr", momentum=0.0):
    """What the optimizer has for `key` in each epoch."""
    opt = optimizer(lr, momentum)
    scheduler, out = make(opt), []
    for epoch in range(steps):
        out.append(float(opt.param_groups[0][key]))
        opt.step()
        if epoch + 1 < steps:
            scheduler.step()
    return out


def closed(lr, make, steps=STEPS):
    """The closed form, where a scheduler has one."""
    scheduler = make(optimizer(lr))
    out = []
    for epoch in range(steps):
        scheduler.last_epoch = epoch
        out.append(float(scheduler._get_closed_form_lr()[0]))
    return out


def case(schedule, reference, values, **more):
    return dict(schedule=schedule, reference=reference, **more, values=values)


def torch_case(schedule, text, lr, steps=STEPS, **arguments):
    """A scheduler given as text, evaluated here: the reference says exactly what was run."""
    make = lambda opt: eval(text, dict(vars(torch_lr), opt=opt))
    return case(schedule, f"torch {TORCH}, lr={lr!r}: {text}", rates(lr, make, steps, **arguments))


def both(schedule, text, lr, steps=STEPS):
    make = lambda opt: eval(text, dict(vars(torch_lr), opt=opt))
    return [torch_case(schedule, text, lr, steps), case(schedule, f"torch {TORCH}, lr={lr!r}: {text}, closed form", closed(lr, make, steps), closed=True)]


def formula(schedule, text, function, steps=STEPS):
    """A definition over i = 0, 1, 2, … in exact or long arithmetic, rounded once."""
    return case(schedule, text, [float(function(i)) for i in range(steps)])


def kind(name, **numbers):
    return dict(kind=name, **numbers)


tables = {}

tables["linear"] = [
    c
    for lr, start, end, n in [(0.05, 0.5, 1.0, 4), (0.1, 1.0, 0.1, 150), (3e-4, 0.01, 1.0, 100), (0.7, 0.3, 0.9, 1)]
    for c in both(
        kind("Linear", **{"from": lr * start}, to=lr * end, steps=n), f"LinearLR(opt, start_factor={start}, end_factor={end}, total_iters={n})", lr
    )
]

tables["constant"] = [
    torch_case(kind("ConstantThen", first=lr * f, steps=n, to=lr), f"ConstantLR(opt, factor={f}, total_iters={n})", lr)
    for lr, f, n in [(0.05, 0.5, 4), (0.1, 1 / 3, 77)]
]

tables["polynomial"] = [
    c
    for lr, n, p in [(0.05, 150, 1.0), (0.1, 200, 2.0), (3e-4, 100, 0.5), (1.0, 7, 3.3)]
    for c in both(kind("Polynomial", **{"from": lr}, to=0.0, steps=n, power=p), f"PolynomialLR(opt, total_iters={n}, power={p})", lr)
] + [
    formula(
        kind("Polynomial", **{"from": a}, to=b, steps=n, power=p),
        "to + (from - to) * (1 - min(i, steps) / steps)**power",
        lambda i: mpmath.mpf(b) + (mpmath.mpf(a) - b) * (1 - mpmath.mpf(min(i, n)) / n) ** mpmath.mpf(p),
    )
    for a, b, n, p in [(0.1, 0.01, 150, 2.0), (1e-5, 1e-3, 120, 0.9)]
]

tables["exponential"] = [
    c
    for lr, g in [(0.1, 0.9), (1.0, 0.99), (3e-4, 0.5), (0.01, 1.0)]
    for c in both(kind("Exponential", **{"from": lr}, gamma=g), f"ExponentialLR(opt, gamma={g})", lr)
]

tables["step"] = [
    c
    for lr, n, g in [(0.05, 30, 0.1), (1.0, 7, 0.9), (0.1, 1, 0.97), (0.1, 500, 0.5)]
    for c in both(kind("Step", **{"from": lr}, every=n, gamma=g), f"StepLR(opt, step_size={n}, gamma={g})", lr)
] + [
    c
    for lr, m, g in [(0.05, [30, 80], 0.1), (1.0, [1, 2, 3, 100, 100, 150], 0.7), (0.3, [], 0.5)]
    for c in both(kind("MultiStep", **{"from": lr}, after=m, gamma=g), f"MultiStepLR(opt, milestones={m}, gamma={g})", lr)
]

tables["cosine"] = [
    # PyTorch's goes up again after T_max: up to there.
    c
    for lr, n, e in [(0.05, 20, 0.0), (0.1, 199, 1e-3), (1.0, 199, 0.0), (1e-3, 60, 0.02), (0.5, 1, 0.1)]
    for c in both(kind("Cosine", **{"from": lr}, to=e, steps=n), f"CosineAnnealingLR(opt, T_max={n}, eta_min={e})", lr, n + 1)
] + [
    torch_case(
        kind("CosineRestarts", **{"from": lr}, to=e, first=n, multiplier=m),
        f"CosineAnnealingWarmRestarts(opt, T_0={n}, T_mult={m}, eta_min={e})",
        lr,
    )
    for lr, n, m, e in [(0.05, 20, 1, 0.0), (0.1, 7, 2, 1e-4), (1.0, 3, 3, 0.1), (0.3, 1, 1, 0.0), (0.2, 1, 2, 0.05), (0.2, 500, 2, 0.05)]
]

tables["one_cycle"] = []
for peak, n, rise, curve, three, div, final in [
    (0.01, 200, 0.3, "cos", False, 25.0, 1e4),
    (0.1, 200, 0.25, "linear", False, 10.0, 100.0),
    (1.0, 150, 0.4, "cos", True, 25.0, 1e3),
    (0.5, 100, 0.3, "linear", True, 4.0, 50.0),
    (0.1, 33, 0.1, "linear", False, 25.0, 1e4),
    (0.1, 120, 0.0, "cos", False, 25.0, 1e4),
    (0.1, 120, 1.0, "cos", False, 25.0, 1e4),
    (0.1, 101, 0.5, "cos", True, 25.0, 1e4),
]:
    text = (
        f"OneCycleLR(opt, max_lr={peak}, total_steps={n}, pct_start={rise}, anneal_strategy={curve!r}, "
        f"three_phase={three}, div_factor={div}, final_div_factor={final}, base_momentum=0.8, max_momentum=0.97)"
    )
    more = dict(steps=n, rise=rise, curve=curve, three_phase=three)
    low = peak / div
    tables["one_cycle"] += [
        torch_case(kind("OneCycle", **{"from": low}, peak=peak, to=low / final, **more), text, 0.1, n, momentum=0.9),
        torch_case(kind("OneCycle", **{"from": 0.97}, peak=0.8, to=0.97, **more), text, 0.1, n, momentum=0.9, key="momentum"),
    ]
text = "OneCycleLR(opt, max_lr=0.3, total_steps=90)"
tables["one_cycle"].append(torch_case(kind("OneCycleDefault", peak=0.3, steps=90), text, 0.1, 90, momentum=0.9))

tables["cyclic"] = []
for base, peak, up, down, mode, gamma in [
    (0.001, 0.01, 20, 20, "triangular", 1.0),
    (0.01, 0.5, 13, 29, "triangular", 1.0),
    (0.001, 0.1, 25, 10, "triangular2", 1.0),
    (0.1, 1.0, 1, 1, "triangular2", 1.0),
    (0.001, 0.1, 30, 20, "exp_range", 0.99),
    (0.02, 0.03, 40, 60, "exp_range", 0.95),
]:
    text = (
        f"CyclicLR(opt, base_lr={base}, max_lr={peak}, step_size_up={up}, step_size_down={down}, mode={mode!r}, "
        f"gamma={gamma}, base_momentum=0.8, max_momentum=0.9)"
    )
    more = dict(up=up, down=down, mode=mode, gamma=gamma)
    tables["cyclic"] += [
        torch_case(kind("Cyclic", base=base, peak=peak, **more), text, base, momentum=0.9),
        torch_case(kind("Cyclic", base=0.9, peak=0.8, **more), text, base, momentum=0.9, key="momentum"),
    ]

# Schedulers one after another and at the same time.
tables["combined"] = [
    torch_case(
        kind("WarmupCosine", **{"from": 0.1}, to=0.001, steps=180, warmup=20, factor=0.05),
        "SequentialLR(opt, [LinearLR(opt, start_factor=0.05, total_iters=20), CosineAnnealingLR(opt, T_max=180, eta_min=0.001)], milestones=[20])",
        0.1,
    ),
    torch_case(
        kind("WarmupExponential", **{"from": 0.5}, gamma=0.98, warmup=33, factor=1 / 3),
        "SequentialLR(opt, [LinearLR(opt, start_factor=1/3, total_iters=33), ExponentialLR(opt, gamma=0.98)], milestones=[33])",
        0.5,
    ),
    torch_case(
        kind("ConstantStepPolynomial"),
        "SequentialLR(opt, [ConstantLR(opt, factor=0.5, total_iters=1000), StepLR(opt, step_size=10, gamma=0.8), PolynomialLR(opt, total_iters=60, power=2.0)], milestones=[25, 90])",
        0.2,
    ),
    torch_case(
        kind("LinearTimesExponential"),
        "ChainedScheduler([LinearLR(opt, start_factor=0.1, total_iters=40), ExponentialLR(opt, gamma=0.97)])",
        0.4,
    ),
    torch_case(
        kind("StepTimesMultiStep"),
        "ChainedScheduler([StepLR(opt, step_size=15, gamma=0.9), MultiStepLR(opt, milestones=[50, 120], gamma=0.1)])",
        0.4,
    ),
    torch_case(kind("Lambda"), "LambdaLR(opt, lambda epoch: 0.95 ** (epoch // 3) / (1 + epoch))", 0.4),
]

# --- not in PyTorch: from their definitions ----------------------------------------------------------------------
tables["inverse_sqrt"] = [
    formula(
        kind("InverseSqrt", peak=p, warmup=w),
        "peak * min(t / warmup, sqrt(warmup / t)), t = i + 1",
        lambda i: mpmath.mpf(p) * min(mpmath.mpf(i + 1) / w, mpmath.sqrt(mpmath.mpf(w) / (i + 1))),
    )
    for p, w in [(1e-3, 40), (0.5, 1), (0.1, 400)]
] + [
    formula(
        kind("InverseSqrt", peak=float(1 / mpmath.sqrt(512 * 60)), warmup=60),
        "Vaswani et al.: 512**-0.5 * min(t**-0.5, t * 60**-1.5), t = i + 1",
        lambda i: mpmath.mpf(512) ** -0.5 * min(mpmath.mpf(i + 1) ** -0.5, (i + 1) * mpmath.mpf(60) ** -1.5),
    )
]


def wsd(a, peak, b, up, stable, down, curve):
    def at(i):
        if i < up:
            return mpmath.mpf(a) + (mpmath.mpf(peak) - a) * i / up
        if i < up + stable:
            return peak
        x = mpmath.mpf(min(i - up - stable, down)) / down if down else mpmath.mpf(1)
        part = {"linear": 1 - x, "cos": (1 + mpmath.cos(mpmath.pi * x)) / 2, "sqrt": 1 - mpmath.sqrt(x)}[curve]
        return b + (mpmath.mpf(peak) - b) * part

    numbers = {"from": a, "peak": peak, "to": b, "warmup": up, "stable": stable, "decay": down, "curve": curve}
    return formula(kind("WarmupStableDecay", **numbers), "up in a straight line, along, down by 1 - x, (1 + cos(pi x)) / 2 or 1 - sqrt(x)", at)


tables["warmup_stable_decay"] = [
    wsd(0.0, 1e-3, 0.0, 20, 120, 40, "linear"),
    wsd(1e-5, 1e-3, 1e-4, 30, 100, 50, "sqrt"),
    wsd(0.01, 0.5, 0.005, 10, 90, 80, "cos"),
    wsd(0.1, 0.5, 0.2, 0, 0, 100, "linear"),
    wsd(0.1, 0.5, 0.2, 50, 50, 0, "sqrt"),
]


def piecewise(points, curve):
    def at(i):
        if i <= points[0][0]:
            return points[0][1]
        for (n, a), (m, b) in zip(points, points[1:]):
            if n <= i < m:
                x = Fraction(i - n, m - n)
                if curve == "linear":
                    return Fraction(a) + (Fraction(b) - Fraction(a)) * x
                if curve == "hold":
                    return a
                return b + (mpmath.mpf(a) - b) * (1 + mpmath.cos(mpmath.pi * mpmath.mpf(x.numerator) / x.denominator)) / 2
        return points[-1][1]

    return formula(kind("Piecewise", points=points, curve=curve), "piece by piece from (n, a) to (m, b), x = (i - n) / (m - n)", at)


POINTS = [[5, 0.1], [40, 1.0], [41, 0.5], [150, 0.02]]
tables["piecewise"] = [piecewise(POINTS, curve) for curve in ["linear", "cos", "hold"]] + [piecewise([[0, 0.3]], "linear")]


# --- metrics -----------------------------------------------------------------------------------------------------
def plateau(lr, metrics, **numbers):
    opt = optimizer(lr)
    scheduler, out = torch_lr.ReduceLROnPlateau(opt, **numbers), []
    for metric in metrics:
        scheduler.step(metric)
        out.append(float(opt.param_groups[0]["lr"]))
    # JSON has no NaN and no infinity.
    metrics = [m if math.isfinite(m) else str(m) for m in metrics]
    text = ", ".join(f"{name}={value!r}" for name, value in numbers.items())
    defaults = dict(mode="min", factor=0.1, patience=10, threshold=1e-4, threshold_mode="rel", cooldown=0, min_lr=0.0, eps=1e-8)
    schedule = kind("ReduceOnPlateau", **{"from": lr}, **{**defaults, **numbers})
    return case(schedule, f"torch {TORCH}, lr={lr!r}: ReduceLROnPlateau(opt, {text})", out, metrics=metrics)


random.seed(7)
falling = [round(math.exp(-i / 40) + 0.05 * random.gauss(0, 1), 4) + 0.2 for i in range(STEPS)]
rising = [round(1 - math.exp(-i / 30) + 0.03 * random.gauss(0, 1), 4) for i in range(STEPS)]
flat = [1.0] * STEPS
broken = [float("nan") if i % 7 == 3 else math.inf if i % 11 == 5 else m for i, m in enumerate(falling)]
negative = [m - 5.0 for m in falling]
tables["reduce_on_plateau"] = [
    plateau(0.1, falling),
    plateau(0.1, falling, patience=3, factor=0.5),
    plateau(0.1, falling, patience=2, factor=0.7, threshold=0.01, threshold_mode="abs"),
    plateau(0.1, falling, patience=2, factor=0.5, threshold=0.1, cooldown=5, min_lr=0.004),
    plateau(0.1, rising, mode="max", patience=4, factor=0.6, cooldown=2),
    plateau(0.1, rising, mode="max", patience=0, factor=0.9, threshold=0.02, threshold_mode="abs", min_lr=0.03),
    plateau(1.0, flat, patience=0, factor=0.1),
    plateau(1e-3, flat, patience=1, factor=0.5, cooldown=3, eps=1e-5),
    plateau(0.1, broken, patience=3, factor=0.5),
    plateau(0.1, negative, patience=3, factor=0.8),
    plateau(0.1, negative, patience=3, factor=0.8, threshold=0.05, threshold_mode="abs"),
    plateau(0.1, [-math.inf, math.nan] + rising, mode="max", patience=1, factor=0.9),
]

folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
for name, cases in tables.items():
    lines = ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases)
    (folder / f"{name}.json").write_text(f"[\n{lines}\n]\n")
    print(f"{name}: {len(cases)} cases")
