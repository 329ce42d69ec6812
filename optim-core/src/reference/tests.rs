//! Texts of any kind: those with mistakes, and those that no rule of the catalogue has yet.

use ndarray::{Array1, Array2, ArrayD, ArrayView2, ArrayViewMut2, array};

use std::collections::BTreeSet;

use super::sums::{self, Grid};

use super::{Reference, rate, understood};
use crate::error::{Error, ErrorKind};
use crate::math;
use crate::optimizable::Optimizable;
use crate::real::Real;
use crate::rule::{Cache, CacheScope};
use crate::tiled::CALL_NUMBERS;

const fn cache(name: &'static str, scope: CacheScope) -> Cache {
    Cache { name, scope, condition: None }
}

const NONE: &[Cache] = &[];
const WEIGHTS: &[Cache] = &[cache("m", CacheScope::Weight), cache("v", CacheScope::Weight)];

/// A rule of a text of its own.
fn reference<A: Real>(
    text: &str,
    hypers: &[(&'static str, f64)],
    caches: &'static [Cache],
    model: &impl Optimizable,
) -> Result<Reference<A>, Error> {
    let known: Vec<_> = hypers.iter().map(|&(name, _)| rate::Hyper { name, flag: name.starts_with("is_") }).collect();
    let values = hypers.iter().map(|&(_, value)| value).collect();
    let program = understood("Rule", text, &known, caches)?;
    Ok(Reference::of_program("Rule", program, called, values, caches, model, BTreeSet::new()))
}

/// The matrix upside down, and the number of the call and its numbers added.
fn called<A: Real>(
    call: usize,
    input: ArrayView2<'_, A>,
    mut output: ArrayViewMut2<'_, A>,
    numbers: &[f64; CALL_NUMBERS],
) {
    let more = A::from_f64(call as f64 + numbers.iter().sum::<f64>());
    output.assign(&input.slice(ndarray::s![..;-1, ..]));
    output.mapv_inplace(|x| x + more);
}

/// What is wrong with a text.
fn mistake(text: &str) -> String {
    let error = reference::<f64>(text, &[("lr", 0.1), ("is_on", 1.0)], WEIGHTS, &1.0_f64).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Data);
    error.to_string().strip_prefix("`Rule`: the text of the formula: ").unwrap().to_owned()
}

fn in_update(line: &str) -> String {
    mistake(&format!("update(w, g):\n  {line}"))
}

#[test]
fn a_text_with_a_mistake_is_an_error_that_says_where() {
    assert_eq!(mistake(""), "there is no section `update`");
    assert_eq!(mistake("upgrade(w):"), "line 1: there is no section `upgrade`");
    assert_eq!(mistake("update(w):"), "line 1: `update` has 1 parameter(s)");
    assert_eq!(mistake("update(w, g)"), "line 1: found the end of the line, not `:`");
    assert_eq!(mistake("update(w, g):\nupdate(w, g):"), "line 2: there are two sections `update`");
    assert_eq!(mistake("  update(w, g):"), "line 1: a section begins without indentation");
    assert_eq!(mistake("update(w, g):\n   w = g"), "line 2: found 3 spaces before it, not 2");
    assert_eq!(mistake("update(w, g):\n  else:\n    w = g"), "line 2: `else` without an `if`");
    assert_eq!(mistake("evaluate(w):\nupdate(w, g):\n  w = g"), "line 1: `evaluate` gives no value");
    assert_eq!(mistake("step(t):\n  let a = m\nupdate(w, g):\n  w = g")[..15], *"line 2: `step` ");
    assert_eq!(mistake("cache:\n  z = w\nupdate(w, g):\n  w = g"), "line 2: there is no cache `z`");
    assert_eq!(mistake("cache:\n  m = g\nupdate(w, g):\n  w = g"), "line 2: there is no `g`");
    assert_eq!(
        mistake("evaluate(w):\n  m = w\n  w\nupdate(w, g):\n  w = g"),
        "line 1: a point is computed, and nothing assigned"
    );
}

#[test]
fn a_line_with_a_mistake_is_an_error_that_names_it() {
    assert_eq!(in_update("w -= rate * g"), "line 2: there is no `rate`");
    assert_eq!(in_update("w -= sin(g)"), "line 2: there is no function `sin`");
    assert_eq!(in_update("w -= pow(g)"), "line 2: `pow` takes 2 argument(s), found 1");
    assert_eq!(in_update("w -= g g"), "line 2: found `g`, not the end");
    assert_eq!(in_update("w -= (g"), "line 2: found the end of the line, not `)`");
    assert_eq!(in_update("w -="), "line 2: found the end of the line where an expression belongs");
    assert_eq!(in_update("w"), "line 2: found the end of the line where an assignment belongs");
    assert_eq!(in_update("w ? g"), "line 2: `?` belongs to nothing in a rule");
    assert_eq!(in_update("lr = g"), "line 2: `lr` cannot be assigned to");
    assert_eq!(in_update("w = if is_on { g }"), "line 2: found the end of the line, not `else`");
    assert_eq!(in_update("w = if g { w } else { g }"), "line 2: found a number where a condition belongs");
    assert_eq!(in_update("w = is_on"), "line 2: found a condition where a number belongs");
    assert_eq!(
        in_update("w = if is_on { g } else { is_on }"),
        "line 2: one branch gives a number and the other a condition"
    );
    assert_eq!(in_update("w = a::b()"), "line 2: `a::b` is called with one matrix and at most 8 numbers");
    let message = "line 2: `::a::b` is called with one matrix, and numbers of the whole matrix behind it";
    assert_eq!(in_update("w = ::a::b(w, g)"), message);
    assert_eq!(in_update("if is_on:\n    let a = g\n  w = a"), "line 4: there is no `a`");
    assert_eq!(in_update("w = norm(g, g)"), "line 2: `norm` takes 1 argument(s), found 2");
}

#[test]
fn nothing_exhausts_the_stack() {
    let deep = |open: &str, close: &str| format!("w = {}g{}", open.repeat(5000), close.repeat(5000));
    assert_eq!(in_update(&deep("(", ")")), "line 2: nested too deep");
    assert_eq!(in_update(&deep("-", "")), "line 2: nested too deep");
    assert_eq!(in_update(&deep("sqrt(", ")")), "line 2: nested too deep");
    assert_eq!(in_update(&deep("if is_on { ", " } else { g }")), "line 2: nested too deep");
    assert_eq!(in_update(&format!("w = g{}", " + g".repeat(5000))), "line 2: too many terms");
    let mut text = String::from("update(w, g):\n");
    for depth in 1..1000 {
        text += &"  ".repeat(depth);
        text += "if is_on:\n";
    }
    assert_eq!(mistake(&text), "line 162: nested too deep");
    // As deep as the macro lets anybody write.
    let fits = format!("update(w, g):\n  w = {}g{}", "(".repeat(128), ")".repeat(128));
    assert!(reference::<f64>(&fits, &[], NONE, &1.0_f64).is_ok());
    let fits = format!("update(w, g):\n  w = g{}", " + g".repeat(255));
    assert!(reference::<f64>(&fits, &[], NONE, &1.0_f64).is_ok());
}

#[test]
fn a_target_has_a_number_for_each_of_what_is_assigned() {
    const CACHES: &[Cache] = &[cache("r", CacheScope::Row), cache("s", CacheScope::Tensor)];
    let refused = |line: &str| {
        let text = format!("update(w, g):\n  {line}");
        let model = Array2::<f64>::zeros((2, 2));
        reference::<f64>(&text, &[], CACHES, &model).err().map(|error| error.to_string())
    };
    assert_eq!(refused("r = row_mean(g)"), None);
    assert_eq!(refused("r = norm(g)"), None);
    for line in ["r = g", "r = col_mean(g)", "s = row_mean(g)", "s += g", "if g > 0:\n    s = 1"] {
        assert!(refused(line).unwrap().contains("has fewer numbers than what is assigned to it"), "{line}");
    }
}

const LAMB: &str = "step(t):
  let c1 = 1 - pow(beta1, t)
  let c2 = 1 - pow(beta2, t)
update(w, g):
  m = beta1 * m + (1 - beta1) * g
  v = beta2 * v + (1 - beta2) * g * g
  let u = m / c1 / (sqrt(v / c2) + 1e-6)
  let nw = norm(w)
  let nu = norm(u)
  let r = if nw > 0 && nu > 0 { nw / nu } else { 1 }
  w -= lr * r * u";

#[test]
fn lamb_by_hand_in_both_types() {
    fn check<A: Real>() {
        let number = |x: f64| A::from_f64(x);
        let shapes = [&[3, 50][..], &[7], &[0, 4], &[]];
        let value = |seed: usize, i: usize| number(((seed * 131 + i * 7919) % 997) as f64 / 500.0 - 1.0);
        let tensors = |seed: usize| -> Vec<ArrayD<A>> {
            let tensor = |k: usize, shape: &[usize]| {
                let n = shape.iter().product::<usize>();
                ArrayD::from_shape_vec(shape, (0..n).map(|i| value(seed + k, i)).collect()).unwrap()
            };
            shapes.iter().enumerate().map(|(k, shape)| tensor(k, shape)).collect()
        };
        let mut model = tensors(1);
        let (lr, beta1, beta2) = (0.01, 0.9, 0.99);
        let hypers = [("lr", lr), ("beta1", beta1), ("beta2", beta2)];
        let mut reference = reference::<A>(LAMB, &hypers, WEIGHTS, &model).unwrap();
        let mut caches: Vec<Vec<[A; 2]>> = model.iter().map(|w| vec![[A::zero(); 2]; w.len()]).collect();
        for t in 1..5_usize {
            let gradient = tensors(10 * t);
            reference.step(&gradient).unwrap();
            let (c1, c2) = (1.0 - math::pow(beta1, t as f64), 1.0 - math::pow(beta2, t as f64));
            for ((w, g), caches) in model.iter_mut().zip(&gradient).zip(&mut caches) {
                let mut u = Vec::new();
                for (&g, [m, v]) in g.iter().zip(caches) {
                    *m = number(beta1) * *m + number(1.0 - beta1) * g;
                    *v = number(beta2) * *v + number(1.0 - beta2) * g * g;
                    u.push(*m / number(c1) / (num_traits::Float::sqrt(*v / number(c2)) + number(1e-6)));
                }
                let norm = |x: &[A]| {
                    let squares: Vec<f64> = x.iter().map(|x| x.as_f64() * x.as_f64()).collect();
                    sums::tensor(Grid::of(&[x.len()]), &squares).sqrt()
                };
                let (nw, nu) = (norm(&w.iter().copied().collect::<Vec<A>>()), norm(&u));
                let r = if nw > 0.0 && nu > 0.0 { nw / nu } else { 1.0 };
                w.iter_mut().zip(&u).for_each(|(w, &u)| *w -= number(lr * r) * u);
            }
            for (w, (path, found)) in model.iter().zip(reference.weights()) {
                assert_eq!(w.iter().copied().collect::<Vec<A>>(), found, "{} {path}, step {t}", A::NAME);
            }
        }
    }
    check::<f32>();
    check::<f64>();
}

#[test]
fn rows_and_columns_and_what_becomes_of_them() {
    const CACHES: &[Cache] = &[cache("r", CacheScope::Row), cache("c", CacheScope::Col)];
    let text = "update(w, g):
  r += k * (row_mean(g * g) - r)
  c += k * (col_mean(g * g) - c)
  let e = col_mean(r)
  w -= lr * r * c / max(e, epsilon())";
    let (lr, k) = (0.3, 0.1);
    let model = array![[1.0_f32, 2.0, 3.0], [4.0, 5.0, 6.0]];
    let gradient = array![[0.3_f32, -0.2, 0.7], [0.9, 0.11, -0.4]];
    let mut reference = reference::<f32>(text, &[("lr", lr), ("k", k)], CACHES, &model).unwrap();
    let mut expected = model.clone();
    let (mut r, mut c) = ([0.0_f32; 2], [0.0_f32; 3]);
    let single = <f32 as Real>::from_f64;
    for _ in 0..3 {
        reference.step(&gradient).unwrap();
        let square = |i: usize, j: usize| f64::from(gradient[[i, j]] * gradient[[i, j]]);
        // Three terms stand in three lanes: the first and the third meet first.
        let row = |i: usize| (square(i, 0) + square(i, 2) + square(i, 1)) / 3.0;
        let col = |j: usize| (square(0, j) + square(1, j)) * 0.5;
        let new_r: [f64; 2] = std::array::from_fn(|i| f64::from(r[i]) + k * (row(i) - f64::from(r[i])));
        let new_c: [f64; 3] = std::array::from_fn(|j| f64::from(c[j]) + k * (col(j) - f64::from(c[j])));
        let e = (new_r[0] + new_r[1]) * 0.5;
        for ((i, j), w) in expected.indexed_iter_mut() {
            *w -= single(lr * new_r[i]) * single(new_c[j]) / single(e.max(f64::from(f32::EPSILON)));
        }
        (r, c) = (new_r.map(single), new_c.map(single));
        assert_eq!(reference.cache("r", "").unwrap(), r);
        assert_eq!(reference.cache("c", "").unwrap(), c);
        assert_eq!(reference.weights()[0].1, expected.iter().copied().collect::<Vec<_>>());
    }
}

#[test]
fn a_batch_of_matrices_has_rows_and_columns_of_each() {
    const CACHES: &[Cache] = &[cache("r", CacheScope::Row), cache("c", CacheScope::Col)];
    let text = "update(w, g):\n  r = row_sum(g)\n  c = col_sum(g)\n  w = row_sum(c) - col_sum(r) + ndim() * 100 + rows() * 10 + cols()";
    let gradient = ArrayD::from_shape_vec(vec![2, 2, 3], (1..13).map(f64::from).collect()).unwrap();
    let mut reference = reference::<f64>(text, &[], CACHES, &gradient).unwrap();
    reference.step(&gradient).unwrap();
    assert_eq!(reference.cache("r", "").unwrap(), [6.0, 15.0, 24.0, 33.0]);
    assert_eq!(reference.cache("c", "").unwrap(), [5.0, 7.0, 9.0, 17.0, 19.0, 21.0]);
    assert_eq!(reference.weights()[0].1, [323.0; 12]);
}

#[test]
fn the_whole_model_in_one_number() {
    const CACHES: &[Cache] = &[
        cache("d", CacheScope::Model),
        cache("s", CacheScope::Tensor),
        Cache { name: "big", scope: CacheScope::Tensor, condition: Some("numel() > 2") },
    ];
    let text = "cache:
  d = 2
step(t):
  d *= t
update(w, g):
  s = sum(w)
  if numel() > 2:
    big = max_abs(g) + mean(g)
  d = d + model_dot(w, g) + model_norm(g)
  let n = model_sum(1)
  w = if g > 0 { d } else { n }";
    let model = (array![1.0_f64, 2.0], array![3.0, 4.0, 5.0]);
    let gradient = (array![1.0, -1.0], array![-3.0, 3.0, 4.0]);
    let mut reference = reference::<f64>(text, &[], CACHES, &model).unwrap();
    reference.step(&gradient).unwrap();
    assert_eq!(reference.cache("s", "0").unwrap(), [3.0]);
    assert_eq!(reference.cache("s", "1").unwrap(), [12.0]);
    assert_eq!((reference.cache("big", "0"), reference.cache("big", "1")), (None, Some(vec![4.0 + 4.0 / 3.0])));
    let d = 2.0 + (1.0 - 2.0 - 9.0 + 12.0 + 20.0) + 6.0;
    assert_eq!(reference.cache("d", "").unwrap(), [d]);
    assert_eq!(reference.weights(), [("0", vec![d, 5.0]), ("1", vec![5.0, d, d])]);
    let wrong = (array![1.0, -1.0, 0.0], gradient.1);
    assert_eq!(reference.step(&wrong).unwrap_err().path(), Some("0"));
    assert_eq!(reference.steps(), 1);
}

#[test]
fn a_look_ahead_by_a_gradient() {
    let text = "look_ahead(w, g):
  let n = model_norm(g)
  w + rho * g / n
update(w, g):
  w -= lr * g";
    let mut model: Array1<f64> = array![3.0, 4.0];
    let mut reference = reference::<f64>(text, &[("lr", 0.5), ("rho", 1.0)], NONE, &model).unwrap();
    assert!(reference.takes_gradient() && reference.point::<Array1<f64>>(None).is_err());
    let mut seen = Vec::new();
    reference
        .step_with(&mut model, |w, gradient| {
            seen.push(w.clone());
            gradient.assign(w);
        })
        .unwrap();
    assert_eq!(seen, [array![3.0, 4.0], array![3.0 + 3.0 / 5.0, 4.0 + 4.0 / 5.0]]);
    assert_eq!(model, array![3.0 - 0.5 * seen[1][0], 4.0 - 0.5 * seen[1][1]]);
}

#[test]
fn reductions_see_what_was_assigned_before_them() {
    let text = "update(w, g):
  let before = sum(w)
  w -= g
  let after = sum(w)
  let x = if after > 0 { let n = sum(g); n * before } else { after }
  if x > 0:
    w += x
  w += if g > 1 { let h = norm(w); h } else { 0 }";
    let mut reference = reference::<f64>(text, &[], NONE, &array![3.0_f64, 4.0]).unwrap();
    reference.step(&array![1.0, 2.0]).unwrap();
    // 7 before, 4 after, 3 · 7 in each; then the norm of (23, 23) to the second.
    let norm = (2.0 * 23.0_f64 * 23.0).sqrt();
    assert_eq!(reference.weights()[0].1, [23.0, 23.0 + norm]);
}

#[test]
fn calls_are_made_for_every_matrix() {
    const CACHES: &[Cache] = &[cache("m", CacheScope::Weight)];
    let text = "update(w, g):
  m = crate::flip(g, lr, rows() * 10)
  if rows() > 2:
    w += other::flip(m + w, 100)";
    let g = |shape: &[usize]| {
        let n = shape.iter().product::<usize>();
        ArrayD::from_shape_vec(shape, (0..n).map(|i| i as f64).collect()).unwrap()
    };
    let gradient = vec![g(&[2, 2, 1]), g(&[3, 2]), g(&[0, 3]), g(&[2])];
    let model = gradient.zeros_like();
    let mut reference = reference::<f64>(text, &[("lr", 0.5)], CACHES, &model).unwrap();
    reference.step(&gradient).unwrap();
    assert_eq!(reference.cache("m", "0").unwrap(), [21.5, 20.5, 23.5, 22.5]);
    assert_eq!(reference.cache("m", "1").unwrap(), [34.5, 35.5, 32.5, 33.5, 30.5, 31.5]);
    assert_eq!(reference.cache("m", "3").unwrap(), [10.5, 11.5]);
    let weights = reference.weights();
    assert_eq!(weights[0].1, [0.0; 4]);
    assert_eq!(weights[1].1, [131.5, 132.5, 133.5, 134.5, 135.5, 136.5]);
    assert_eq!(weights[3].1, [0.0; 2]);
}
