#!/usr/bin/env python3
"""How much longer a user's crate builds for one declared rule more than for one hand-written loop more.

    python3 optim-core/benches/build_time.py [PAIRS]

Two crates that are the same (a model with `#[derive(Optimizable)]`, trained with `Sgd`) but for their last part: one
declares Adam with `define_optimizer!` and takes a step with it, the other has Adam as a loop over slices, with its caches,
checks and a constructor. Both are built in release mode, dependencies built before, in turn; printed are the medians of
the pairs and their ratio.
"""
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

CORE = pathlib.Path(__file__).resolve().parents[1]

BASE = """\
use optim_core::ndarray::{Array1, Array2};
use optim_core::prelude::*;

#[derive(Optimizable, Clone)]
struct Model {
    hidden: Array2<f32>,
    bias: Array1<f32>,
}

fn model() -> Model {
    Model { hidden: Array2::from_elem((30, 20), 0.5), bias: Array1::zeros(20) }
}

fn base() -> Result<f32, Error> {
    let mut model = model();
    let mut opt = Sgd::default().init(&model)?;
    opt.step_with(&mut model, |model, gradient| {
        gradient.hidden.assign(&model.hidden);
        gradient.bias.fill(0.5);
    })?;
    Ok(model.hidden.sum() + model.bias.sum())
}
"""

RULE = """
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

fn main() -> Result<(), Error> {
    let mut model = model();
    let mut opt = Mine { lr: 0.01, ..Mine::default() }.init(&model)?;
    let gradient = model.clone();
    opt.step(&mut model, &gradient)?;
    println!("{} {}", base()?, model.hidden.sum() + model.bias.sum());
    Ok(())
}
"""

LOOP = """
#[derive(Clone, Debug, PartialEq)]
pub struct Mine {
    pub lr: f64,
    pub beta1: f64,
    pub beta2: f64,
    pub eps: f64,
}

impl Default for Mine {
    fn default() -> Self {
        Mine { lr: 1e-3, beta1: 0.9, beta2: 0.999, eps: 1e-8 }
    }
}

pub struct State {
    rule: Mine,
    t: i32,
    m: Vec<Vec<f32>>,
    v: Vec<Vec<f32>>,
}

impl State {
    pub fn new(rule: Mine, lengths: &[usize]) -> Result<Self, String> {
        if !(rule.lr >= 0.0 && (0.0..1.0).contains(&rule.beta1) && (0.0..1.0).contains(&rule.beta2) && rule.eps >= 0.0) {
            return Err(format!("out of range: {rule:?}"));
        }
        let zeros = || lengths.iter().map(|length| vec![0.0; *length]).collect::<Vec<_>>();
        Ok(State { rule, t: 0, m: zeros(), v: zeros() })
    }

    pub fn step(&mut self, weights: &mut [&mut [f32]], gradients: &[&[f32]]) -> Result<(), String> {
        if weights.len() != self.m.len() || gradients.len() != self.m.len() {
            return Err("another number of tensors".into());
        }
        self.t += 1;
        let Mine { lr, beta1, beta2, eps } = self.rule;
        let a = (lr / (1.0 - beta1.powi(self.t))) as f32;
        let c = (1.0 / (1.0 - beta2.powi(self.t)).sqrt()) as f32;
        let (b1, d1, b2, d2) = (beta1 as f32, (1.0 - beta1) as f32, beta2 as f32, (1.0 - beta2) as f32);
        let eps = eps as f32;
        for (index, (weights, gradients)) in weights.iter_mut().zip(gradients).enumerate() {
            if weights.len() != self.m[index].len() || gradients.len() != weights.len() {
                return Err(format!("another length of tensor {index}"));
            }
            let caches = self.m[index].iter_mut().zip(&mut self.v[index]);
            for ((w, g), (m, v)) in weights.iter_mut().zip(*gradients).zip(caches) {
                *m = b1 * *m + d1 * g;
                *v = b2 * *v + d2 * g * g;
                *w -= a * *m / (c * v.sqrt() + eps);
            }
        }
        Ok(())
    }
}

fn main() -> Result<(), Error> {
    let mut model = model();
    let rule = Mine { lr: 0.01, ..Mine::default() };
    let mut state = State::new(rule, &[model.hidden.len(), model.bias.len()]).map_err(Error::other)?;
    let gradient = model.clone();
    let gradients = [gradient.hidden.as_slice().unwrap(), gradient.bias.as_slice().unwrap()];
    let mut weights = [model.hidden.as_slice_mut().unwrap(), model.bias.as_slice_mut().unwrap()];
    state.step(&mut weights, &gradients).map_err(Error::other)?;
    println!("{} {}", base()?, model.hidden.sum() + model.bias.sum());
    Ok(())
}
"""


def build(folder: pathlib.Path, source: str, turn: int) -> float:
    """Seconds of a build of the crate alone; the source differs from that of every build before."""
    (folder / "src/main.rs").write_text(f"// Build {turn}.\n{source}")
    start = time.perf_counter()
    subprocess.run(["cargo", "build", "--release", "--quiet", "--offline"], cwd=folder, check=True)
    return time.perf_counter() - start


def main() -> None:
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    with tempfile.TemporaryDirectory() as scratch:
        crates = {}
        for name, part in [("rule", RULE), ("loop", LOOP)]:
            folder = pathlib.Path(scratch) / name
            (folder / "src").mkdir(parents=True)
            manifest = f'[package]\nname = "{name}"\nversion = "0.1.0"\nedition = "2024"\n\n[workspace]\n\n'
            (folder / "Cargo.toml").write_text(f'{manifest}[dependencies]\noptim-core = {{ path = "{CORE}" }}\n')
            (folder / "Cargo.lock").write_text((CORE.parent / "Cargo.lock").read_text())
            crates[name] = (folder, BASE + part, [])
            build(folder, BASE + part, 0)
        for turn in range(1, pairs + 1):
            for folder, source, times in crates.values():
                times.append(build(folder, source, turn))
        medians = {name: statistics.median(times) for name, (_, _, times) in crates.items()}
        ratios = [rule / loop for rule, loop in zip(crates["rule"][2], crates["loop"][2])]
        print(f"one declared rule more:     {medians['rule']:.2f} s")
        print(f"one hand-written loop more: {medians['loop']:.2f} s")
        print(f"ratio (median of {pairs} pairs): {statistics.median(ratios):.2f}")


if __name__ == "__main__":
    main()
