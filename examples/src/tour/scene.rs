//! Walks over landscapes of two weights: what a rule does, where it can be seen.
//!
//! The landscapes are those of `optim-models`; here stands what the report says about them, and the walk.

use optim_core::{Error, Rule};
use optim_models::landscape::{Landscape, Point, Ravine, Rosenbrock, Saddle, TwoValleys};

/// A landscape as the report presents it.
pub(crate) struct Scene {
    /// What it is called.
    pub(crate) title: &'static str,
    /// Its definition, as the content of a `<math>` element.
    pub(crate) formula: &'static str,
    /// What is hard about it.
    pub(crate) difficulty: &'static str,
    /// What to look for.
    pub(crate) look: &'static str,
    /// What is marked.
    pub(crate) places: &'static [Place],
    /// What is shown, `[low, high]` of each weight.
    pub(crate) view: [[f64; 2]; 2],
    pub(crate) landscape: &'static dyn Landscape,
}

/// A stationary point.
pub(crate) struct Place {
    pub(crate) kind: PlaceKind,
    pub(crate) at: Point,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    pub(crate) points: Vec<Point>,
    /// Where the rule asked for the gradient in each step.
    pub(crate) gradients_at: Vec<Point>,
    /// The rate it was set to.
    pub(crate) lr: f64,
    /// What became of it.
    pub(crate) outcome: Outcome,
}

/// What became of a path.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Outcome {
    /// It came within [`NEAR`] of a place and stayed there from this step on.
    Settled(PlaceKind, usize),
    /// It was still moving at the end, at this loss.
    Moving(f64),
    /// Its weights are no numbers any more, or are far out of sight.
    Diverged,
}

/// How near to a place counts as there.
pub(crate) const NEAR: f64 = 0.1;

impl Scene {
    /// Lets a rule walk, by way of the same `step_with` that trains networks.
    ///
    /// `relative_rate` multiplies the landscape's rate: two weights ask for another one than 2,410, but a rule whose
    /// rate is doubled for the network takes twice the rate here, too.
    pub(crate) fn walk<R: Rule>(&self, rule: &R, relative_rate: f64) -> Result<Path, Error> {
        let lr = self.landscape.learning_rate(R::NAME).unwrap_or(0.05) * relative_rate;
        let mut rule = rule.clone();
        rule.set("lr", lr)?;
        let mut w = self.landscape.start();
        let mut optimizer = rule.init(&w)?;
        let (mut points, mut gradients_at) = (vec![w], Vec::new());
        for _ in 0..self.landscape.steps() {
            let at = optimizer.step_with(&mut w, |w, gradient| {
                *gradient = self.landscape.gradient(*w);
                *w
            })?;
            gradients_at.push(at);
            points.push(w);
        }
        let outcome = self.outcome(&points);
        Ok(Path { points, gradients_at, lr, outcome })
    }

    fn outcome(&self, points: &[Point]) -> Outcome {
        let end = points.last().copied().unwrap_or_default();
        let loss = self.landscape.value(end);
        let far = |[low, high]: [f64; 2], w: f64| {
            !w.is_finite() || (w - f64::midpoint(low, high)).abs() > 10.0 * (high - low)
        };
        let [x, y] = self.view;
        if !loss.is_finite() || far(x, end[0]) || far(y, end[1]) {
            return Outcome::Diverged;
        }
        let near = |a: Point, b: Point| (a[0] - b[0]).hypot(a[1] - b[1]) <= NEAR;
        match self.places.iter().find(|place| near(place.at, end)) {
            Some(place) => {
                let step = points.iter().rposition(|&w| !near(place.at, w)).map_or(0, |last_away| last_away + 1);
                Outcome::Settled(place.kind, step)
            }
            None => Outcome::Moving(loss),
        }
    }
}

/// All scenes, in the order of the report.
pub(crate) static SCENES: [Scene; 4] = [
    Scene {
        title: "A ravine",
        formula: "<mrow><mi>f</mi><mo>⁡</mo><mrow><mo>(</mo><mi>x</mi><mo>,</mo><mi>y</mi><mo>)</mo></mrow></mrow><mo>=</mo><mfrac><mrow><msup><mi>x</mi><mn>2</mn></msup><mo>+</mo><mn>100</mn><msup><mi>y</mi><mn>2</mn></msup></mrow><mn>2</mn></mfrac>",
        difficulty: "A hundred times steeper across than along. A rate that is just small enough for the walls is far too \
                     small for the floor, and the loss of almost every network has such directions.",
        look: "Plain descent zigzags from wall to wall and creeps along the floor. Momentum swings out of habit, but its \
               speed adds up along the floor. Rules with a rate per weight see no ravine at all: they set out diagonally, \
               as if both directions were equally steep.",
        places: &[Place { kind: PlaceKind::Minimum, at: [0.0, 0.0] }],
        view: [[-4.4, 1.0], [-0.75, 0.75]],
        landscape: &Ravine,
    },
    Scene {
        title: "A bent valley",
        formula: "<mrow><mi>f</mi><mo>⁡</mo><mrow><mo>(</mo><mi>x</mi><mo>,</mo><mi>y</mi><mo>)</mo></mrow></mrow><mo>=</mo><msup><mrow><mo>(</mo><mn>1</mn><mo>−</mo><mi>x</mi><mo>)</mo></mrow><mn>2</mn></msup><mo>+</mo><mn>10</mn><msup><mrow><mo>(</mo><mi>y</mi><mo>−</mo><msup><mi>x</mi><mn>2</mn></msup><mo>)</mo></mrow><mn>2</mn></msup>",
        difficulty: "Rosenbrock’s valley: to reach its floor is easy, to follow it around the bend is not, because no \
                     direction stays a good one for long.",
        look: "Speed that was gathered on one arm of the valley points at the wall of the other: whoever has momentum \
               overshoots in the bend and has to come back. Nesterov’s look ahead takes the bend tighter.",
        places: &[Place { kind: PlaceKind::Minimum, at: [1.0, 1.0] }],
        view: [[-2.2, 2.2], [-1.2, 2.1]],
        landscape: &Rosenbrock,
    },
    Scene {
        title: "A saddle",
        formula: "<mrow><mi>f</mi><mo>⁡</mo><mrow><mo>(</mo><mi>x</mi><mo>,</mo><mi>y</mi><mo>)</mo></mrow></mrow><mo>=</mo><mfrac><msup><mi>x</mi><mn>2</mn></msup><mn>2</mn></mfrac><mo>−</mo><mfrac><msup><mi>y</mi><mn>2</mn></msup><mn>2</mn></mfrac><mo>+</mo><mfrac><msup><mi>y</mi><mn>4</mn></msup><mn>4</mn></mfrac>",
        difficulty: "Downhill to the middle from left and right, and downhill from there to both sides. In the middle \
                     the gradient is zero, and all start a thousandth off the ridge: only a whisper says where to go.",
        look: "Plain descent follows the loud slope into the saddle and waits there until the whisper has grown; \
               momentum swings past and back, and waits too. Rules with a rate per weight make a whisper as loud as a shout: they leave at once, diagonally.",
        places: &[
            Place { kind: PlaceKind::Saddle, at: [0.0, 0.0] },
            Place { kind: PlaceKind::Minimum, at: [0.0, 1.0] },
            Place { kind: PlaceKind::Minimum, at: [0.0, -1.0] },
        ],
        view: [[-1.95, 1.25], [-1.35, 1.45]],
        landscape: &Saddle,
    },
    Scene {
        title: "Two valleys",
        formula: "<mrow><mi>f</mi><mo>⁡</mo><mrow><mo>(</mo><mi>x</mi><mo>,</mo><mi>y</mi><mo>)</mo></mrow></mrow><mo>=</mo><mfrac><msup><mi>x</mi><mn>4</mn></msup><mn>4</mn></mfrac><mo>−</mo><mfrac><msup><mi>x</mi><mn>3</mn></msup><mn>6</mn></mfrac><mo>−</mo><mfrac><mrow><mn>3</mn><msup><mi>x</mi><mn>2</mn></msup></mrow><mn>4</mn></mfrac><mo>+</mo><mfrac><msup><mi>y</mi><mn>2</mn></msup><mn>2</mn></mfrac>",
        difficulty: "The nearer valley is not the deeper one. Its lowest place is a local minimum: every direction leads \
                     up from there, and the slope knows nothing of what is behind the pass.",
        look: "Whoever follows the slope alone ends in the first valley and stays. Momentum and Nesterov arrive with \
               speed, roll over the pass, and end in the deeper one.",
        places: &[
            Place { kind: PlaceKind::LocalMinimum, at: TwoValleys::LOCAL_MINIMUM },
            Place { kind: PlaceKind::Saddle, at: [0.0, 0.0] },
            Place { kind: PlaceKind::Minimum, at: [1.5, 0.0] },
        ],
        view: [[-2.4, 2.4], [-1.5, 1.5]],
        landscape: &TwoValleys,
    },
];

#[cfg(test)]
mod tests {
    use super::{Outcome, PlaceKind, SCENES};
    use crate::registry;

    fn outcome(scene: usize, rule: &str) -> Outcome {
        let rules = registry::rules();
        let rule = rules.iter().find(|candidate| candidate.name() == rule).unwrap();
        rule.walk(&SCENES[scene]).unwrap().outcome
    }

    #[test]
    fn plain_descent_stays_in_the_local_minimum_and_momentum_leaves() {
        let valleys = SCENES.len() - 1;
        assert!(matches!(outcome(valleys, "Sgd"), Outcome::Settled(PlaceKind::LocalMinimum, _)));
        for rule in ["Momentum", "Nag"] {
            assert!(matches!(outcome(valleys, rule), Outcome::Settled(PlaceKind::Minimum, _)), "{rule}");
        }
    }

    #[test]
    fn every_landscape_has_its_rates_and_what_is_marked_is_stationary() {
        for scene in &SCENES {
            for rule in registry::rules() {
                assert!(scene.landscape.learning_rate(rule.name()).is_some(), "{}: {}", scene.title, rule.name());
                let path = rule.walk(scene).unwrap();
                assert_eq!(path.points.len(), scene.landscape.steps() + 1);
                assert_ne!(path.outcome, Outcome::Diverged, "{}: {}", scene.title, rule.name());
            }
            for place in scene.places {
                assert!(scene.landscape.gradient(place.at).iter().all(|slope| slope.abs() < 1e-9), "{}", scene.title);
            }
        }
    }

    #[test]
    fn the_printed_formulas_are_those_of_the_landscapes() {
        let printed: [fn(f64, f64) -> f64; 4] = [
            |x, y| 0.5 * (x * x + 100.0 * y * y),
            |x, y| (1.0 - x).powi(2) + 10.0 * (y - x * x).powi(2),
            |x, y| x * x / 2.0 - y * y / 2.0 + y.powi(4) / 4.0,
            |x, y| x.powi(4) / 4.0 - x.powi(3) / 6.0 - 3.0 * x * x / 4.0 + y * y / 2.0,
        ];
        for (scene, printed) in SCENES.iter().zip(printed) {
            for at in [[0.3, -1.1], [-1.7, 0.6], [2.0, 1.0]] {
                let difference = scene.landscape.value(at) - printed(at[0], at[1]);
                assert!(difference.abs() < 1e-9, "{}: {difference}", scene.title);
            }
        }
    }

    #[test]
    fn only_a_rule_that_looks_ahead_takes_its_gradient_elsewhere() {
        for rule in registry::rules() {
            let path = rule.walk(&SCENES[0]).unwrap();
            let elsewhere = path.points.iter().zip(&path.gradients_at).any(|(w, at)| w != at);
            assert_eq!(elsewhere, rule.name() == "Nag", "{}", rule.name());
        }
    }
}
