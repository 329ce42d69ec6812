#!/usr/bin/env python3
"""What optim-core costs to build, what its kernels weigh, and how fast a step is in a debug build.

    python3 optim-core/benches/build_cost.py [WORD...]     words: time size debug; without any, all three

`time`   a clean release build of a crate that depends on optim-core and on nothing else; the limit is 25 s.
`size`   bytes of code by instruction set, from the symbols of the bench `step`, which has every rule of the catalogue.
`debug`  steps of rules that optim-core declares (`Adam`, `Adam` with caches in 8 bits, `Lamb`, which has two passes),
         and of `Adam` declared by the user's crate, under settings of the dev profile. Loops are compiled in the crate that
         declares the rule, passes in optim-core, each with its crate's settings: `opt-level = 3` for optim-core is to
         be as fast as release, whatever else is checked in a debug build.
"""
import collections
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

CORE = pathlib.Path(__file__).resolve().parents[1]
LIMIT = 25.0
WEIGHTS = 1 << 20

MANIFEST = f"""\
[package]
name = "user"
version = "0.1.0"
edition = "2024"

[workspace]

[dependencies]
optim-core = {{ path = "{CORE}" }}
"""

PROGRAM = """\
use std::time::Instant;

use optim_core::ndarray::Array1;
use optim_core::prelude::*;

define_optimizer! {
    /// Adam.
    pub struct Mine {
        /// Learning rate.
        lr: f64 = 1e-3 in 0.0..,
        /// Decay of the running mean.
        beta1: f64 = 0.9 in 0.0..1.0,
        /// Decay of the running variance.
        beta2: f64 = 0.999 in 0.0..1.0,
        /// Against division by zero.
        eps: f64 = 1e-8 in 0.0..,
    }
    cache { m, v }
    step(t) {
        let a = lr / (1 - pow(beta1, t));
        let c = 1 / sqrt(1 - pow(beta2, t));
    }
    update(w, g) {
        m = beta1 * m + (1 - beta1) * g;
        v = beta2 * v + (1 - beta2) * g * g;
        w -= a * m / (c * sqrt(v) + eps);
    }
}

/// The median of the microseconds of a step, on one thread.
macro_rules! time {
    ($rule:expr) => {{
        let mut rng = Rng::new(1);
        let mut normal = |scale: f64| Array1::from_shape_simple_fn(WEIGHTS, || (scale * rng.normal()) as f32);
        let (mut weights, mut gradient) = (normal(0.1), normal(0.01));
        let mut opt = $rule.init(&weights)?;
        opt.set_execution(optim_core::kernel::Execution::default().threads(1))?;
        let mut times = Vec::new();
        for _ in 0..15 {
            gradient.mapv_inplace(|g| -g);
            opt.step(&mut weights, &gradient)?;
            let start = Instant::now();
            opt.step(&mut weights, &gradient)?;
            times.push(start.elapsed().as_secs_f64() * 1e6);
        }
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    }};
}

fn main() -> Result<(), Error> {
    let in_8_bits = Adam::default().caches(optim_core::Precision::Block8);
    println!("{} {} {} {}", time!(Adam::default()), time!(in_8_bits), time!(Lamb::default()), time!(Mine::default()));
    Ok(())
}
"""

# What is written behind the manifest, and how the program is built.
OVERRIDE = "[profile.dev.package.optim-core]\nopt-level = 3\n"
# The compiler's checks of pointers and sums, which every package of a dev build has; kernels are written such that they
# cost nothing.
QUIET = "debug-assertions = false\noverflow-checks = false\n"
PROFILES = [
    ("dev, plain", "", []),
    ("dev, package.optim-core at 3", OVERRIDE, []),
    ("the same without its assertions", OVERRIDE + QUIET, []),
    ("dev, opt-level = 1", "[profile.dev]\nopt-level = 1\n", []),
    ("dev, opt-level = 3", "[profile.dev]\nopt-level = 3\n", []),
    ("dev, optim-core and user at 3", OVERRIDE + "[profile.dev.package.user]\nopt-level = 3\n", []),
    ("release", "", ["--release"]),
]


def crate(folder, manifest, program):
    (folder / "src").mkdir(parents=True, exist_ok=True)
    (folder / "Cargo.toml").write_text(manifest)
    (folder / "src/main.rs").write_text(program.replace("WEIGHTS", str(WEIGHTS)))
    # The versions that this repository is tested with.
    shutil.copy(CORE.parent / "Cargo.lock", folder / "Cargo.lock")


def cargo(folder, *words):
    """Runs cargo in a crate, with a target folder of its own; seconds, and what was printed."""
    # Incremental or not as cargo does it for a user: it decides what can be inlined.
    environment = os.environ | {"CARGO_TARGET_DIR": str(folder / "target")}
    environment.pop("CARGO_INCREMENTAL", None)
    start = time.perf_counter()
    done = subprocess.run(["cargo", *words], cwd=folder, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return time.perf_counter() - start, done.stdout


def build_time():
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        crate(folder, MANIFEST, "fn main() {}\n")
        cargo(folder, "fetch", "--quiet")
        seconds, _ = cargo(folder, "build", "--release", "--quiet", "--offline", "--package", "optim-core")
    passed = seconds <= LIMIT
    print(f"clean release build of optim-core and what it depends on: {seconds:.1f} s, limit {LIMIT:.0f} s: "
          f"{'pass' if passed else 'FAIL'}")
    return passed


def executable():
    """The bench `step`, built."""
    command = ["cargo", "bench", "--quiet", "-p", "optim-core", "--bench", "step", "--no-run", "--message-format=json"]
    built = subprocess.run(command, cwd=CORE.parent, check=True, stdout=subprocess.PIPE, text=True).stdout
    messages = [json.loads(line) for line in built.splitlines() if line.startswith("{")]
    (program,) = [message["executable"] for message in messages
                  if message["reason"] == "compiler-artifact" and message["executable"]]
    return program


def isa(symbol):
    """Which instruction set a function of the kernels is compiled for, by the module that it stands in."""
    found = re.search(r"optim_core(?:\[[0-9a-f]+\])?::kernel::.*?\b(avx512|avx2|portable)\b", symbol)
    return found.group(1) if found else None


def code_size():
    symbols = subprocess.run(["nm", "-S", "--size-sort", "--demangle", executable()], check=True,
                             stdout=subprocess.PIPE, text=True).stdout
    kernels, total = collections.defaultdict(lambda: [0, 0]), 0
    for line in symbols.splitlines():
        _, size, kind, name = line.split(maxsplit=3)
        if kind not in "tT":
            continue
        total += int(size, 16)
        if found := isa(name):
            kernels[found][0] += int(size, 16)
            kernels[found][1] += 1
    print("\ncode of the kernels in the bench `step`: every rule of the catalogue, f32 and f64")
    print(f"{'instructions':14} {'functions':>9} {'KiB':>9} {'of all code':>12}")
    for name, (size, count) in sorted(kernels.items(), key=lambda item: item[1][0]):
        print(f"{name:14} {count:9} {size / 1024:9.0f} {size / total:12.1%}")
    print(f"{'all code':14} {'':9} {total / 1024:9.0f}")
    if not kernels:
        sys.exit("found no kernels among the symbols: have their modules other names?")


def debug():
    print(f"\na step over {WEIGHTS} weights, f32, one thread, microseconds")
    columns = ["Adam", "in 8 bits", "Lamb", "own rule"]
    print(f"{'profile':32} {' '.join(f'{column:>9}' for column in columns)} {'build s':>8}")
    with tempfile.TemporaryDirectory() as scratch:
        for index, (name, profile, words) in enumerate(PROFILES):
            folder = pathlib.Path(scratch) / str(index)
            crate(folder, MANIFEST + "\n" + profile, PROGRAM)
            cargo(folder, "fetch", "--quiet")
            seconds, _ = cargo(folder, "build", "--quiet", "--offline", *words)
            _, printed = cargo(folder, "run", "--quiet", "--offline", *words)
            times = " ".join(f"{float(time):9.0f}" for time in printed.split())
            print(f"{name:32} {times} {seconds:8.1f}", flush=True)
            shutil.rmtree(folder)


def main():
    known = ["time", "size", "debug"]
    chosen = sys.argv[1:] or known
    if unknown := set(chosen) - set(known):
        sys.exit(f"found {sorted(unknown)}, write some of: {' '.join(known)}")
    passed = build_time() if "time" in chosen else True
    if "size" in chosen:
        code_size()
    if "debug" in chosen:
        debug()
    sys.exit(0 if passed else 1)


if __name__ == "__main__":
    main()
