//! The schedule that a case of a table is of.

use optim_core::schedule::{
    Boxed, Constant, Cosine, CosineRestarts, Curve, Cyclic, CyclicKind, Exponential, InverseSqrt, Lambda, Linear, Mode,
    MultiStep, OneCycle, Piecewise, Polynomial, ReduceOnPlateau, Schedule, Step, Threshold, WarmupStableDecay,
};
use serde_json::Value;

/// The numbers of a case by name.
pub(crate) struct Numbers<'a>(pub(crate) &'a Value);

impl Numbers<'_> {
    fn number(&self, name: &str) -> f64 {
        self.0[name].as_f64().unwrap_or_else(|| panic!("{name}: {}", self.0))
    }

    fn count(&self, name: &str) -> u64 {
        self.0[name].as_u64().unwrap_or_else(|| panic!("{name}: {}", self.0))
    }

    fn text(&self, name: &str) -> &str {
        self.0[name].as_str().unwrap_or_else(|| panic!("{name}: {}", self.0))
    }

    fn curve(&self) -> Curve {
        match self.text("curve") {
            "linear" => Curve::Linear,
            "cos" => Curve::Cosine,
            "sqrt" => Curve::Sqrt,
            "hold" => Curve::Hold,
            other => panic!("no curve {other}"),
        }
    }

    pub(crate) fn plateau(&self) -> ReduceOnPlateau {
        let threshold = self.number("threshold");
        ReduceOnPlateau::new(self.number("from"))
            .with_factor(self.number("factor"))
            .with_patience(self.count("patience"))
            .with_threshold(match self.text("threshold_mode") {
                "rel" => Threshold::Relative(threshold),
                _ => Threshold::Absolute(threshold),
            })
            .with_cooldown(self.count("cooldown"))
            .with_min(self.number("min_lr"))
            .with_eps(self.number("eps"))
            .with_mode(if self.text("mode") == "max" { Mode::Max } else { Mode::Min })
    }

    /// The schedule itself.
    pub(crate) fn schedule(&self) -> Boxed {
        let n = |name| self.number(name);
        let c = |name| self.count(name);
        match self.text("kind") {
            "Linear" => Linear { from: n("from"), to: n("to"), steps: c("steps") }.boxed(),
            "ConstantThen" => Constant(n("first")).then(c("steps"), Constant(n("to"))).boxed(),
            "Polynomial" => Polynomial { from: n("from"), to: n("to"), steps: c("steps"), power: n("power") }.boxed(),
            "Exponential" => Exponential { from: n("from"), gamma: n("gamma") }.boxed(),
            "Step" => Step { from: n("from"), gamma: n("gamma"), every: c("every") }.boxed(),
            "MultiStep" => {
                let after = self.0["after"].as_array().unwrap().iter().map(|after| after.as_u64().unwrap()).collect();
                MultiStep { from: n("from"), gamma: n("gamma"), after }.boxed()
            }
            "Cosine" => Cosine { from: n("from"), to: n("to"), steps: c("steps") }.boxed(),
            "CosineRestarts" => {
                let (first, multiplier) = (c("first"), c("multiplier"));
                CosineRestarts { from: n("from"), to: n("to"), first, multiplier }.boxed()
            }
            "OneCycle" => {
                let three_phase = self.0["three_phase"].as_bool().unwrap();
                let (from, peak, to) = (n("from"), n("peak"), n("to"));
                OneCycle { from, peak, to, steps: c("steps"), rise: n("rise"), curve: self.curve(), three_phase }
                    .boxed()
            }
            "OneCycleDefault" => OneCycle::new(n("peak"), c("steps")).boxed(),
            "Cyclic" => {
                let kind = match self.text("mode") {
                    "triangular" => CyclicKind::Triangular,
                    "triangular2" => CyclicKind::Triangular2,
                    _ => CyclicKind::ExpRange { gamma: n("gamma") },
                };
                Cyclic { base: n("base"), peak: n("peak"), up: c("up"), down: c("down"), kind }.boxed()
            }
            "InverseSqrt" => InverseSqrt { peak: n("peak"), warmup: c("warmup") }.boxed(),
            "WarmupStableDecay" => WarmupStableDecay::new(n("peak"), c("warmup"), c("stable"), c("decay"))
                .with_from(n("from"))
                .with_to(n("to"))
                .with_curve(self.curve())
                .boxed(),
            "Piecewise" => {
                let points = self.0["points"].as_array().unwrap().iter();
                let points = points.map(|point| (point[0].as_u64().unwrap(), point[1].as_f64().unwrap())).collect();
                Piecewise { points, curve: self.curve() }.boxed()
            }
            "WarmupCosine" => {
                Cosine { from: n("from"), to: n("to"), steps: c("steps") }.warmup(c("warmup"), n("factor")).boxed()
            }
            "WarmupExponential" => {
                Exponential { from: n("from"), gamma: n("gamma") }.warmup(c("warmup"), n("factor")).boxed()
            }
            "ConstantStepPolynomial" => Constant(0.1)
                .then(25, Step { from: 0.2, gamma: 0.8, every: 10 })
                .then(90, Polynomial { from: 0.2, to: 0.0, steps: 60, power: 2.0 })
                .boxed(),
            "LinearTimesExponential" => {
                Linear { from: 0.1, to: 1.0, steps: 40 }.times(Exponential { from: 0.4, gamma: 0.97 }).boxed()
            }
            "StepTimesMultiStep" => Step { from: 0.4, gamma: 0.9, every: 15 }
                .times(MultiStep { from: 1.0, gamma: 0.1, after: vec![50, 120] })
                .boxed(),
            "Lambda" => Lambda::new(|step| {
                let epoch = (step - 1) as f64;
                0.4 * 0.95_f64.powf((epoch / 3.0).floor()) / (1.0 + epoch)
            })
            .boxed(),
            other => panic!("no kind {other}"),
        }
    }
}
