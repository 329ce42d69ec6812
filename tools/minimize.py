#!/usr/bin/env python3
"""Writes what SciPy needs to minimise the test functions of `optim-core/tests/minimize`: minima and counts.

    python3 -m venv /tmp/scipy && /tmp/scipy/bin/pip install scipy numpy
    /tmp/scipy/bin/python tools/minimize.py optim-core/tests/minimize/scipy.csv

For each function and for `L-BFGS-B` (10 pairs) and `CG`, both until no element of the gradient is above 1e-6: the minimum,
the steps and the calls of the function. A function and its starting point are written a second time in the tests.
"""
import sys

import numpy as np
import scipy
from scipy.optimize import minimize


def rosenbrock(x):
    a, b = 1 - x[:-1], x[1:] - x[:-1] ** 2
    g = np.zeros_like(x)
    g[:-1] = -2 * a - 400 * b * x[:-1]
    g[1:] += 200 * b
    return np.sum(a * a + 100 * b * b), g


def beale(x):
    factors = [1.5, 2.25, 2.625]
    loss, g = 0.0, np.zeros(2)
    for k, c in enumerate(factors, 1):
        r = c - x[0] * (1 - x[1] ** k)
        loss += r * r
        g += 2 * r * np.array([-(1 - x[1] ** k), k * x[0] * x[1] ** (k - 1)])
    return loss, g


def quadratic(x):
    curvature = 10 ** (4 * np.arange(len(x)) / (len(x) - 1))
    return 0.5 * np.sum(curvature * (x - 1) ** 2), curvature * (x - 1)


def points():
    """60 points of 4 numbers from a linear congruential generator, and a class that depends on them but not fully."""
    state, rows = 1, []
    for _ in range(60):
        row = []
        for _ in range(5):
            state = (state * 1103515245 + 12345) % 2**31
            row.append(state / 2**31 * 2 - 1)
        rows.append(row)
    rows = np.array(rows)
    x = rows[:, :4] * np.array([1, 2, 4, 8])
    y = (x @ np.array([1, -1, 0.5, 0.25]) + rows[:, 4] > 0.2).astype(float)
    return x, y


X, Y = points()


def logistic(w):
    z = X @ w[:4] + w[4]
    p = 1 / (1 + np.exp(-z))
    loss = np.sum(np.logaddexp(0, z) - Y * z) + 0.005 * w @ w
    return loss, np.append(X.T @ (p - Y), np.sum(p - Y)) + 0.01 * w


CASES = [
    ("rosenbrock2", rosenbrock, np.array([-1.2, 1.0])),
    ("rosenbrock100", rosenbrock, np.array([-1.2, 1.0] * 50)),
    ("beale", beale, np.array([1.0, 1.0])),
    ("quadratic", quadratic, np.zeros(20)),
    ("logistic", logistic, np.zeros(5)),
]

with open(sys.argv[1], "w") as out:
    out.write(f"# SciPy {scipy.__version__}: function, method, steps, calls, minimum, norm of the point\n")
    for name, function, start in CASES:
        for method, options in [
            ("L-BFGS-B", dict(maxcor=10, ftol=0, gtol=1e-6)),
            ("CG", dict(gtol=1e-6)),
        ]:
            r = minimize(function, start, jac=True, method=method, options=options | dict(maxiter=10000))
            assert np.max(np.abs(r.jac)) <= 1e-6, (name, method, r)
            out.write(f"{name},{method},{r.nit},{r.nfev},{r.fun!r},{np.linalg.norm(r.x)!r}\n".replace("np.float64(", "").replace(")", ""))
