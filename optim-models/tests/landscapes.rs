//! Landscapes: gradients, and the story that each tells with its learning rates.

use optim_core::gradcheck::GradientCheck;
use optim_core::prelude::*;
use optim_models::landscape::{LANDSCAPES, Landscape, Point, Ravine, Rosenbrock, Saddle, TwoValleys};

const RULES: [&str; 7] = ["Sgd", "Momentum", "Nag", "Adagrad", "RmsProp", "Adam", "AdamW"];

#[test]
fn gradients_are_those_of_differences() -> Result<(), Error> {
    let mut rng = Rng::new(1);
    for landscape in LANDSCAPES {
        let [xs, ys] = landscape.domain();
        for _ in 0..50 {
            let mut between = |range: &std::ops::Range<f64>| range.start + rng.uniform() * (range.end - range.start);
            let mut point = [between(&xs), between(&ys)];
            let f = |point: &mut Point, grad: &mut Point| {
                *grad = landscape.gradient(*point);
                Ok(landscape.value(*point))
            };
            GradientCheck::default().model(&mut point, f).map_err(|error| error.within(landscape.name()))?;
        }
    }
    Ok(())
}

#[test]
fn minima_are_the_lowest_places_of_their_domains() {
    for landscape in LANDSCAPES {
        let ([xs, ys], lowest) = (landscape.domain(), landscape.minimum());
        assert!(landscape.gradient(lowest).iter().all(|g| g.abs() < 1e-12), "{}", landscape.name());
        let inside = |at: Point| xs.contains(&at[0]) && ys.contains(&at[1]);
        assert!(inside(lowest) && inside(landscape.start()), "{}", landscape.name());
        for i in 0..=100 {
            for j in 0..=100 {
                let share = |range: &std::ops::Range<f64>, k: i32| {
                    range.start + f64::from(k) / 100.0 * (range.end - range.start)
                };
                let value = landscape.value([share(&xs, i), share(&ys, j)]);
                assert!(value >= landscape.value(lowest) - 1e-12, "{}", landscape.name());
            }
        }
    }
}

/// The path of a rule, from the real one.
fn path(landscape: &dyn Landscape, rule: &str) -> Vec<Point> {
    fn walk<R: Rule>(landscape: &dyn Landscape, mut rule: R) -> Vec<Point> {
        rule.set("lr", landscape.learning_rate(R::NAME).unwrap()).unwrap();
        let mut point = landscape.start();
        let mut opt = rule.init(&point).unwrap();
        let mut path = vec![point];
        for _ in 0..landscape.steps() {
            opt.step_with(&mut point, |point, grad| *grad = landscape.gradient(*point)).unwrap();
            path.push(point);
        }
        path
    }
    match rule {
        "Sgd" => walk(landscape, Sgd::default()),
        "Momentum" => walk(landscape, Momentum::default()),
        "Nag" => walk(landscape, Nag::default()),
        "Adagrad" => walk(landscape, Adagrad::default()),
        "RmsProp" => walk(landscape, RmsProp::default()),
        "Adam" => walk(landscape, Adam::default()),
        "AdamW" => walk(landscape, AdamW::default()),
        _ => panic!("no rule {rule}"),
    }
}

fn distance(a: Point, b: Point) -> f64 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}

/// The first step from which on the path stays within 0.2 of the minimum.
fn arrival(landscape: &dyn Landscape, rule: &str) -> usize {
    let path = path(landscape, rule);
    let away = path.iter().rposition(|&at| distance(at, landscape.minimum()) > 0.2);
    away.map_or(0, |step| step + 1)
}

#[test]
fn every_path_stays_in_the_picture() {
    for landscape in LANDSCAPES {
        let [xs, ys] = landscape.domain();
        for rule in RULES {
            let out = path(landscape, rule).into_iter().find(|at| !xs.contains(&at[0]) || !ys.contains(&at[1]));
            assert_eq!(out, None, "{} on {}", rule, landscape.name());
        }
        assert_eq!(landscape.learning_rate("nothing"), None);
    }
}

#[test]
fn every_rule_arrives_where_no_valley_holds_it() {
    for landscape in [&Ravine as &dyn Landscape, &Rosenbrock, &Saddle] {
        for rule in RULES {
            assert!(arrival(landscape, rule) <= landscape.steps(), "{rule} on {}", landscape.name());
        }
    }
}

#[test]
fn in_the_ravine_plain_descent_goes_from_wall_to_wall_and_takes_longest() {
    let plain = path(&Ravine, "Sgd");
    assert!(plain[..10].windows(2).all(|step| step[0][1] * step[1][1] < 0.0));
    for rule in &RULES[1..] {
        assert!(2 * arrival(&Ravine, rule) < arrival(&Ravine, "Sgd"), "{rule}");
    }
}

#[test]
fn on_the_saddle_plain_descent_stays_longest() {
    let near = |rule| path(&Saddle, rule).iter().filter(|&&at| distance(at, [0.0, 0.0]) < 0.1).count();
    assert!(near("Sgd") > 15, "{}", near("Sgd"));
    for rule in &RULES[1..] {
        assert!(arrival(&Saddle, rule) < arrival(&Saddle, "Sgd"), "{rule}");
    }
    for rule in ["Adagrad", "RmsProp", "Adam", "AdamW"] {
        assert_eq!(near(rule), 0, "{rule}");
    }
}

#[test]
fn plain_descent_stays_in_the_nearer_valley_and_momentum_leaves_it() {
    let end = |rule| *path(&TwoValleys, rule).last().unwrap();
    assert!(distance(end("Sgd"), TwoValleys::LOCAL_MINIMUM) < 0.05);
    for rule in ["Momentum", "Nag"] {
        assert!(distance(end(rule), TwoValleys.minimum()) < 0.05, "{rule}");
    }
}

/// The same story from loops written by hand: what the pictures show is not a matter of this library's rules.
#[test]
fn the_same_by_hand() {
    let lr = |rule| TwoValleys.learning_rate(rule).unwrap();
    let (mut plain, mut momentum, mut nesterov) = ([TwoValleys.start(); 3]).into();
    let (mut v, mut u) = ([0.0; 2], [0.0; 2]);
    for _ in 0..TwoValleys.steps() {
        let g = TwoValleys.gradient(plain);
        let h = TwoValleys.gradient(momentum);
        let k = TwoValleys.gradient([nesterov[0] + 0.9 * u[0], nesterov[1] + 0.9 * u[1]]);
        for i in 0..2 {
            plain[i] -= lr("Sgd") * g[i];
            v[i] = 0.9 * v[i] - lr("Momentum") * h[i];
            momentum[i] += v[i];
            u[i] = 0.9 * u[i] - lr("Nag") * k[i];
            nesterov[i] += u[i];
        }
    }
    assert!(distance(plain, TwoValleys::LOCAL_MINIMUM) < 0.05);
    assert!(distance(momentum, TwoValleys.minimum()) < 0.05);
    assert!(distance(nesterov, TwoValleys.minimum()) < 0.05);
}
