//! The same minima as SciPy's, with about as many calls of the function.

use optim_core::minimize::{Beta, Method, Reason};
use optim_core::prelude::*;

use crate::functions::{self, Function};

struct Row {
    name: &'static str,
    method: &'static str,
    calls: f64,
    minimum: f64,
    length: f64,
}

fn table() -> Vec<Row> {
    let lines = include_str!("scipy.csv").lines().filter(|line| !line.starts_with('#'));
    let rows = lines.map(|line| {
        let parts: Vec<&'static str> = line.split(',').collect();
        let number = |i: usize| parts[i].parse().unwrap();
        Row { name: parts[0], method: parts[1], calls: number(3), minimum: number(4), length: number(5) }
    });
    rows.collect()
}

/// Minimises, compares the result with the row, and returns calls as parts of SciPy's.
fn check<D: Method>(method: D, function: Function, start: &[f64], row: &Row) -> f64 {
    let mut x = start.to_vec();
    let report = method.init(&x).unwrap().minimize(&mut x, 10_000, |x, gradient| function(x, gradient)).unwrap();
    let name = row.name;
    assert_eq!(report.reason, Reason::Gradient, "{name}: {report}");
    assert!((report.loss - row.minimum).abs() <= 1e-9 * row.minimum.max(1.0), "{name}: {report}, not {}", row.minimum);
    let length = x.iter().map(|x| x * x).sum::<f64>().sqrt();
    assert!((length - row.length).abs() < 1e-4, "{name}: {length}, not {}", row.length);
    let part = report.evaluations as f64 / row.calls;
    println!("{name:14} {:9} {:5} calls, {part:.2} of SciPy's", row.method, report.evaluations);
    part
}

#[test]
fn lbfgs_finds_what_scipy_finds_with_as_many_calls() {
    for row in table().iter().filter(|row| row.method == "L-BFGS-B") {
        let (_, function, start) = functions::all().into_iter().find(|case| case.0 == row.name).unwrap();
        let part = check(Lbfgs::default().with_gradient_tolerance(1e-6), function, &start, row);
        assert!(part <= 1.3, "{}: {part} times as many", row.name);
    }
}

#[test]
fn conjugate_gradients_find_what_scipy_finds_with_as_many_calls() {
    let method = ConjugateGradient::default().with_gradient_tolerance(1e-6);
    for row in table().iter().filter(|row| row.method == "CG") {
        let (_, function, start) = functions::all().into_iter().find(|case| case.0 == row.name).unwrap();
        let part = check(method, function, &start, row);
        assert!(part <= 1.3, "{}: {part} times as many", row.name);
        for formula in [Beta::HagerZhang, Beta::FletcherReeves] {
            // The same minimum; Fletcher–Reeves is known to be slow.
            check(method.with_formula(formula), function, &start, row);
        }
    }
}
