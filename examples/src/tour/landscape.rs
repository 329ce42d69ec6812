//! The two-dimensional landscapes that the report's paths are drawn over, and how each rule is set for them.
//!
//! Two weights instead of 2,410: what a rule does can be seen. Each landscape shows one difficulty, and is chosen so
//! that the rules part ways on it.

use optim_core::{Error, Rule};

/// A function of two weights, where to start on it, and what there is to find.
pub(crate) struct Landscape {
    /// A name for links and references.
    pub(crate) key: &'static str,
    /// What it is called.
    pub(crate) title: &'static str,
    /// Its definition, as MathML.
    pub(crate) formula: &'static str,
    /// What is hard about it.
    pub(crate) difficulty: &'static str,
    /// The part of the plane that is shown: `[low, high]` of each weight.
    pub(crate) view: [[f64; 2]; 2],
    /// Where every rule starts.
    pub(crate) start: [f64; 2],
    /// What is marked.
    pub(crate) places: &'static [Place],
    /// How many steps are taken.
    pub(crate) steps: usize,
    /// The learning rates, as `(rule, lr)`.
    rates: &'static [(&'static str, f64)],
    /// The loss.
    pub(crate) value: fn([f64; 2]) -> f64,
    /// Its derivatives.
    pub(crate) gradient: fn([f64; 2]) -> [f64; 2],
}

/// A stationary point.
pub(crate) struct Place {
    pub(crate) kind: PlaceKind,
    pub(crate) at: [f64; 2],
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum PlaceKind {
    Minimum,
    LocalMinimum,
    Saddle,
}

impl PlaceKind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            PlaceKind::Minimum => "minimum",
            PlaceKind::LocalMinimum => "local minimum",
            PlaceKind::Saddle => "saddle",
        }
    }
}

/// The way a rule took.
pub(crate) struct Path {
    /// The weights at the start and after each step.
    pub(crate) points: Vec<[f64; 2]>,
    /// Where the rule asked for the gradient in each step.
    pub(crate) gradients_at: Vec<[f64; 2]>,
    /// The rate it was set to.
    pub(crate) lr: f64,
    /// Where it got to.
    pub(crate) outcome: Outcome,
}

/// What became of a path.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Outcome {
    /// It came within [`NEAR`] of a place and stayed there from this step on.
    Settled(PlaceKind, usize),
    /// It was still moving at the end, at this loss.
    Moving(f64),
    /// Its weights are no numbers any more, or are far out of sight.
    Diverged,
}

/// How near to a place counts as there.
const NEAR: f64 = 0.1;

impl Landscape {
    /// Lets a rule walk, by way of the same `step_with` that trains networks.
    ///
    /// `relative_rate` multiplies the landscape's rate: two weights ask for another one than 2,410, but a rule whose
    /// rate is doubled for the network takes twice the rate here, too.
    pub(crate) fn walk<R: Rule>(&self, rule: &R, relative_rate: f64) -> Result<Path, Error> {
        let rate = self.rates.iter().find(|(name, _)| *name == R::NAME).map_or(0.05, |(_, lr)| *lr);
        let lr = rate * relative_rate;
        let mut rule = rule.clone();
        rule.set("lr", lr)?;
        let mut w = self.start;
        let mut optimizer = rule.init(&w)?;
        let (mut points, mut gradients_at) = (vec![w], Vec::new());
        for _ in 0..self.steps {
            let at = optimizer.step_with(&mut w, |w, gradient| {
                *gradient = (self.gradient)(*w);
                *w
            })?;
            gradients_at.push(at);
            points.push(w);
        }
        let outcome = self.outcome(&points);
        Ok(Path { points, gradients_at, lr, outcome })
    }

    fn outcome(&self, points: &[[f64; 2]]) -> Outcome {
        let end = points.last().copied().unwrap_or(self.start);
        let loss = (self.value)(end);
        let far = |[low, high]: [f64; 2], w: f64| !w.is_finite() || (w - (low + high) / 2.0).abs() > 10.0 * (high - low);
        if !loss.is_finite() || far(self.view[0], end[0]) || far(self.view[1], end[1]) {
            return Outcome::Diverged;
        }
        let near = |a: [f64; 2], b: [f64; 2]| (a[0] - b[0]).hypot(a[1] - b[1]) <= NEAR;
        match self.places.iter().find(|place| near(place.at, end)) {
            Some(place) => {
                let step = points.iter().rposition(|&w| !near(place.at, w)).map_or(0, |last_away| last_away + 1);
                Outcome::Settled(place.kind, step)
            }
            None => Outcome::Moving(loss),
        }
    }
}

/// All of them.
pub(crate) static LANDSCAPES: [Landscape; 3] = [
    Landscape {
        key: "ravine",
        title: "A ravine",
        formula: "<math><mi>f</mi><mo>(</mo><mi>x</mi><mo>,</mo><mi>y</mi><mo>)</mo><mo>=</mo><mfrac><mn>1</mn><mn>2</mn></mfrac><mrow><mo>(</mo><mfrac><msup><mi>x</mi><mn>2</mn></msup><mn>100</mn></mfrac><mo>+</mo><msup><mi>y</mi><mn>2</mn></msup><mo>)</mo></mrow></math>",
        difficulty: "A hundred times steeper across than along. A rate that is just small enough for the walls is far too \
                     small for the floor, and almost every loss of a network has such directions.",
        view: [[-9.0, 3.5], [-3.9, 3.9]],
        start: [-8.0, 3.0],
        places: &[Place { kind: PlaceKind::Minimum, at: [0.0, 0.0] }],
        steps: 100,
        rates: &[
            ("Sgd", 1.8),
            ("Momentum", 0.5),
            ("Nag", 0.5),
            ("Adagrad", 1.0),
            ("RmsProp", 0.2),
            ("Adam", 0.5),
            ("AdamW", 0.5),
        ],
        value: |[x, y]| 0.5 * (x * x / 100.0 + y * y),
        gradient: |[x, y]| [x / 100.0, y],
    },
    Landscape {
        key: "saddle",
        title: "A saddle",
        formula: "<math><mi>f</mi><mo>(</mo><mi>x</mi><mo>,</mo><mi>y</mi><mo>)</mo><mo>=</mo><mfrac><msup><mi>x</mi><mn>4</mn></msup><mn>16</mn></mfrac><mo>−</mo><mfrac><msup><mi>x</mi><mn>2</mn></msup><mn>2</mn></mfrac><mo>+</mo><mfrac><msup><mi>y</mi><mn>2</mn></msup><mn>2</mn></mfrac></math>",
        difficulty: "It falls to the saddle from above and below, and from there to both sides. At the saddle the gradient \
                     is zero; all start two thousandths off the ridge, so that only a whisper says where to go.",
        view: [[-3.4, 3.4], [-1.45, 2.8]],
        start: [0.002, 2.4],
        places: &[
            Place { kind: PlaceKind::Saddle, at: [0.0, 0.0] },
            Place { kind: PlaceKind::Minimum, at: [-2.0, 0.0] },
            Place { kind: PlaceKind::Minimum, at: [2.0, 0.0] },
        ],
        steps: 120,
        rates: &[
            ("Sgd", 0.1),
            ("Momentum", 0.015),
            ("Nag", 0.015),
            ("Adagrad", 0.3),
            ("RmsProp", 0.05),
            ("Adam", 0.08),
            ("AdamW", 0.08),
        ],
        value: |[x, y]| x * x * x * x / 16.0 - x * x / 2.0 + y * y / 2.0,
        gradient: |[x, y]| [x * x * x / 4.0 - x, y],
    },
    Landscape {
        key: "local-minimum",
        title: "A local minimum",
        formula: "<math><mi>f</mi><mo>(</mo><mi>w</mi><mo>)</mo><mo>=</mo><mn>0.12</mn><msup><mrow><mo>‖</mo><mi>w</mi><mo>−</mo><mi>b</mi><mo>‖</mo></mrow><mn>2</mn></msup><mo>−</mo><mn>0.9</mn><msup><mi>e</mi><mrow><mo>−</mo><msup><mrow><mo>‖</mo><mi>w</mi><mo>−</mo><mi>a</mi><mo>‖</mo></mrow><mn>2</mn></msup><mo>/</mo><mn>0.405</mn></mrow></msup><mo>−</mo><mn>0.6</mn><msup><mi>e</mi><mrow><mo>−</mo><msup><mrow><mo>‖</mo><mi>w</mi><mo>−</mo><mi>b</mi><mo>‖</mo></mrow><mn>2</mn></msup><mo>/</mo><mn>0.98</mn></mrow></msup></math>",
        difficulty: "A wide basin with a small hole on its slope. Whoever follows the slope alone falls into the hole; \
                     who arrives with speed rolls through it and on to the bottom.",
        view: [[-3.7, 3.1], [-1.9, 2.35]],
        start: [-3.2, 1.9],
        places: &[
            Place { kind: PlaceKind::LocalMinimum, at: [-1.0328, 0.8164] },
            Place { kind: PlaceKind::Minimum, at: [1.8, -0.6] },
        ],
        steps: 150,
        rates: &[
            ("Sgd", 0.1),
            ("Momentum", 0.03),
            ("Nag", 0.03),
            ("Adagrad", 0.4),
            ("RmsProp", 0.05),
            ("Adam", 0.1),
            ("AdamW", 0.1),
        ],
        value: |w| 0.12 * square(w, BOTTOM) - hole(0.9, w, HOLE, 0.405) - hole(0.6, w, BOTTOM, 0.98),
        gradient: |w| {
            let (near, deep) = (hole(0.9, w, HOLE, 0.405), hole(0.6, w, BOTTOM, 0.98));
            [0, 1].map(|i| {
                0.24 * (w[i] - BOTTOM[i])
                    + near * 2.0 * (w[i] - HOLE[i]) / 0.405
                    + deep * 2.0 * (w[i] - BOTTOM[i]) / 0.98
            })
        },
    },
];

const HOLE: [f64; 2] = [-1.2, 0.9];
const BOTTOM: [f64; 2] = [1.8, -0.6];

fn square(w: [f64; 2], at: [f64; 2]) -> f64 {
    (w[0] - at[0]) * (w[0] - at[0]) + (w[1] - at[1]) * (w[1] - at[1])
}

fn hole(depth: f64, w: [f64; 2], at: [f64; 2], width: f64) -> f64 {
    depth * (-square(w, at) / width).exp()
}
