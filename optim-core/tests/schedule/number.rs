//! Numbers of schedules: which are refused, with which words, and that no number makes a panic.

use optim_core::ErrorKind;
use optim_core::schedule::{
    Boxed, Constant, Cosine, CosineRestarts, Curve, Cyclic, CyclicKind, Exponential, InverseSqrt, Linear, MultiStep,
    OneCycle, Piecewise, Polynomial, ReduceOnPlateau, Schedule, Step, Threshold, WarmupStableDecay,
};

const NAN: f64 = f64::NAN;

#[test]
fn errors_name_the_schedule_and_the_number() {
    let linear = Linear { from: 1.0, to: 0.0, steps: 5 };
    let polynomial = Polynomial { from: 1.0, to: 0.0, steps: 5, power: 2.0 };
    let step = Step { from: 1.0, gamma: 0.5, every: 3 };
    let multi = |gamma, after: &[u64]| MultiStep { from: 1.0, gamma, after: after.to_vec() }.boxed();
    let restarts = CosineRestarts { from: 1.0, to: 0.0, first: 5, multiplier: 2 };
    let cyclic = Cyclic { base: 0.0, peak: 1.0, up: 2, down: 2, kind: CyclicKind::Triangular };
    let wsd = WarmupStableDecay::new(1.0, 1, 1, 1);
    let points = |points: &[(u64, f64)]| Piecewise { points: points.to_vec(), curve: Curve::Linear }.boxed();
    let plateau = ReduceOnPlateau::new(1.0);
    let exponential = Exponential { from: 1.0, gamma: 0.5 };
    let cycle = OneCycle::new(1.0, 10);
    let cases: Vec<(Boxed, &str)> = vec![
        (Constant(NAN).boxed(), "`Constant`: `value` is NaN, which is not in the finite numbers"),
        (Linear { from: f64::INFINITY, ..linear }.boxed(), "`Linear`: `from` is inf"),
        (Linear { to: NAN, ..linear }.boxed(), "`Linear`: `to` is NaN"),
        (Linear { steps: 0, ..linear }.boxed(), "`Linear`: `steps` is 0, which is not in 1.."),
        (Polynomial { power: 0.0, ..polynomial }.boxed(), "`Polynomial`: `power` is 0, which is not in 0<.."),
        (Polynomial { power: NAN, ..polynomial }.boxed(), "`Polynomial`: `power` is NaN"),
        (Polynomial { steps: 0, ..polynomial }.boxed(), "`Polynomial`: `steps` is 0"),
        (Polynomial { from: NAN, ..polynomial }.boxed(), "`Polynomial`: `from` is NaN"),
        (Polynomial { to: NAN, ..polynomial }.boxed(), "`Polynomial`: `to` is NaN"),
        (Exponential { gamma: 1.5, ..exponential }.boxed(), "`Exponential`: `gamma` is 1.5, which is not in 0<..=1"),
        (Exponential { from: NAN, ..exponential }.boxed(), "`Exponential`: `from` is NaN"),
        (Step { gamma: 0.0, ..step }.boxed(), "`Step`: `gamma` is 0"),
        (Step { every: 0, ..step }.boxed(), "`Step`: `every` is 0"),
        (Step { from: NAN, ..step }.boxed(), "`Step`: `from` is NaN"),
        (multi(NAN, &[]), "`MultiStep`: `gamma` is NaN"),
        (multi(0.5, &[3, 9, 8]), "`MultiStep`: `after` has to rise, and has 9 before 8"),
        (Cosine { from: 1.0, to: 0.0, steps: 0 }.boxed(), "`Cosine`: `steps` is 0"),
        (Cosine { from: NAN, to: 0.0, steps: 1 }.boxed(), "`Cosine`: `from` is NaN"),
        (Cosine { from: 0.0, to: NAN, steps: 1 }.boxed(), "`Cosine`: `to` is NaN"),
        (CosineRestarts { first: 0, ..restarts }.boxed(), "`CosineRestarts`: `first` is 0"),
        (CosineRestarts { multiplier: 0, ..restarts }.boxed(), "`CosineRestarts`: `multiplier` is 0"),
        (cycle.with_rise(1.1).boxed(), "`OneCycle`: `rise` is 1.1, which is not in 0..=1"),
        (cycle.with_three_phase(true).with_rise(0.6).boxed(), "`OneCycle`: `rise` is 0.6, which is not in 0..=0.5"),
        (cycle.with_from(NAN).boxed(), "`OneCycle`: `from` is NaN"),
        (cycle.with_to(NAN).boxed(), "`OneCycle`: `to` is NaN"),
        (OneCycle { steps: 0, ..cycle }.boxed(), "`OneCycle`: `steps` is 0"),
        (OneCycle { peak: NAN, ..cycle }.boxed(), "`OneCycle`: `peak` is NaN"),
        (Cyclic { up: 0, ..cyclic }.boxed(), "`Cyclic`: `up` is 0"),
        (Cyclic { down: 0, ..cyclic }.boxed(), "`Cyclic`: `down` is 0"),
        (Cyclic { kind: CyclicKind::ExpRange { gamma: 2.0 }, ..cyclic }.boxed(), "`Cyclic`: `gamma` is 2"),
        (WarmupStableDecay::new(1.0, 0, 0, 0).boxed(), "`WarmupStableDecay`: `warmup`, `stable` and `decay` are all 0"),
        (wsd.with_from(NAN).boxed(), "`WarmupStableDecay`: `from` is NaN"),
        (wsd.with_to(NAN).boxed(), "`WarmupStableDecay`: `to` is NaN"),
        (WarmupStableDecay { peak: NAN, ..wsd }.boxed(), "`WarmupStableDecay`: `peak` is NaN"),
        (InverseSqrt { peak: 1.0, warmup: 0 }.boxed(), "`InverseSqrt`: `warmup` is 0"),
        (InverseSqrt { peak: NAN, warmup: 1 }.boxed(), "`InverseSqrt`: `peak` is NaN"),
        (points(&[]), "`Piecewise`: `points` has no point"),
        (points(&[(1, 1.0), (1, 2.0)]), "`Piecewise`: the steps of `points` have to rise, and 1 comes before 1"),
        (points(&[(1, NAN)]), "`Piecewise`: `value` is NaN"),
        (plateau.with_factor(1.0).boxed(), "`ReduceOnPlateau`: `factor` is 1, which is not in 0..1"),
        (plateau.with_min(-1.0).boxed(), "`ReduceOnPlateau`: `min` is -1, which is not in 0.."),
        (plateau.with_min(2.0).boxed(), "`ReduceOnPlateau`: `min` is 2, above `from`, 1"),
        (plateau.with_eps(NAN).boxed(), "`ReduceOnPlateau`: `eps` is NaN"),
        (plateau.with_threshold(Threshold::Relative(1.0)).boxed(), "`ReduceOnPlateau`: `threshold` is 1, which is not"),
        (plateau.with_threshold(Threshold::Absolute(-1.0)).boxed(), "`ReduceOnPlateau`: `threshold` is -1"),
        (Constant(1.0).warmup(2, NAN).boxed(), "`Warmup`: `factor` is NaN"),
        (Constant(1.0).scale(NAN).boxed(), "`Affine`: `factor` is NaN"),
        (Constant(1.0).offset(f64::INFINITY).boxed(), "`Affine`: `offset` is inf"),
        (Constant(1.0).at_least(NAN).boxed(), "`Bounded`: `low` is NaN, which is not in the numbers below infinity"),
        (Constant(1.0).at_most(NAN).boxed(), "`Bounded`: `high` is NaN, which is not in the numbers from `low` up"),
        (Constant(1.0).repeat(0).boxed(), "`Repeat`: `steps` is 0"),
        (Constant(1.0).stretch(0).boxed(), "`Stretch`: `steps` is 0"),
    ];
    for (schedule, text) in cases {
        let error = schedule.check().expect_err(text);
        assert_eq!(error.kind(), ErrorKind::Hyper);
        assert!(error.to_string().starts_with(text), "{error}, not {text}");
    }
}

/// All kinds with these numbers, wherever a number fits.
fn all(x: f64, y: f64, n: u64, m: u64) -> Vec<Boxed> {
    let cycle =
        |curve, three_phase| OneCycle { from: x, peak: y, to: x, steps: n, rise: y, curve, three_phase }.boxed();
    let cyclic = |kind| Cyclic { base: x, peak: y, up: n, down: m, kind }.boxed();
    let linear = Linear { from: x, to: y, steps: n };
    vec![
        linear.boxed(),
        Polynomial { from: x, to: y, steps: n, power: y }.boxed(),
        Exponential { from: x, gamma: y }.boxed(),
        Step { from: x, gamma: y, every: n }.boxed(),
        MultiStep { from: x, gamma: y, after: vec![n, m, n] }.boxed(),
        Cosine { from: x, to: y, steps: n }.boxed(),
        CosineRestarts { from: x, to: y, first: n, multiplier: m }.boxed(),
        cycle(Curve::Linear, true),
        cycle(Curve::Cosine, false),
        cyclic(CyclicKind::Triangular),
        cyclic(CyclicKind::Triangular2),
        cyclic(CyclicKind::ExpRange { gamma: y }),
        WarmupStableDecay { from: x, peak: y, to: x, warmup: n, stable: m, decay: n, curve: Curve::Sqrt }.boxed(),
        InverseSqrt { peak: x, warmup: n }.boxed(),
        Piecewise { points: vec![(n, x), (m, y), (n, x)], curve: Curve::Sqrt }.boxed(),
        Piecewise { points: Vec::new(), curve: Curve::Hold }.boxed(),
        ReduceOnPlateau::new(x).with_factor(y).with_patience(n).with_cooldown(m).boxed(),
        linear.warmup(m, y).boxed(),
        linear.then(m, linear.skip(n)).boxed(),
        linear.stretch(n).repeat(m).skip(m).warmup(n, x).boxed(),
        linear.at_least(x).at_most(y).scale(x).offset(y).boxed(),
    ]
}

#[test]
fn no_number_makes_a_panic() {
    let numbers = [0.0, 1.0, -1.0, 0.5, f64::MAX, f64::MIN_POSITIVE, f64::INFINITY, NAN];
    let counts = [0, 1, 2, 1000, u64::MAX - 1, u64::MAX];
    let mut finite = 0_usize;
    for (x, y) in numbers.iter().flat_map(|&x| numbers.map(|y| (x, y))) {
        for (n, m) in counts.iter().flat_map(|&n| counts.map(|m| (n, m))) {
            for mut schedule in all(x, y, n, m) {
                let checked = schedule.check().is_ok();
                for metric in [y, NAN, x] {
                    schedule.observe(metric);
                }
                for step in counts {
                    let value = schedule.at(step);
                    // What has passed the check is a number, but for products and differences that overflow.
                    let sane = x.abs() <= 1.0 && y.abs() <= 1.0;
                    assert!(!(checked && sane) || value.is_finite(), "{schedule:?}: step {step}: {value}");
                    finite += usize::from(value.is_finite());
                }
            }
        }
    }
    assert!(finite > 100_000, "{finite}");
}

#[test]
fn ends_are_exact_and_stay() {
    for (from, to) in [(0.1, 0.3), (1.0, 1e-17), (0.7, -0.1), (3e-4, 3e-5), (1e-8, 0.1)] {
        for steps in [1, 2, 3, 7, 100, 12_345] {
            let kinds: [Boxed; 6] = [
                Linear { from, to, steps }.boxed(),
                Polynomial { from, to, steps, power: 1.7 }.boxed(),
                Cosine { from, to, steps }.boxed(),
                WarmupStableDecay::new(from, 0, 0, steps).with_to(to).with_curve(Curve::Sqrt).boxed(),
                Piecewise { points: vec![(0, from), (steps, to)], curve: Curve::Cosine }.boxed(),
                OneCycle { from: to, peak: from, to, steps: steps + 1, rise: 0.0, ..OneCycle::new(1.0, 1) }
                    .with_curve(Curve::Linear)
                    .boxed(),
            ];
            for (index, schedule) in kinds.iter().enumerate() {
                // A one-cycle without a rise has its top before the first step.
                assert!(schedule.at(1) == from || index == 5, "{schedule:?}");
                for step in [steps + 1, steps + 2, 2 * steps + 1, u64::MAX] {
                    assert_eq!(schedule.at(step), to, "{schedule:?}: step {step}");
                }
                let bounds = from.min(to)..=from.max(to);
                assert!(
                    (1..=steps + 1).all(|step| bounds.contains(&schedule.at(step))),
                    "{schedule:?} leaves its bounds"
                );
            }
        }
    }
}
