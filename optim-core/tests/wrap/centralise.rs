//! Gradient centralisation.

use ndarray::{Array1, Array2, Array3, array};
use optim_core::prelude::*;

use super::erased::Erased;
use super::support::{Model, changes_gradients, every_rule, number};

fn last_axis<A: Real>(rule: &Erased<Model<A>>) {
    let wrap = |opt| Wrap::<Model<A>>::centralise(opt);
    changes_gradients(rule, wrap, |_, gradient| {
        for mut column in gradient.weight.columns_mut() {
            let mut sum = 0.0;
            for g in &column {
                sum += g.as_f64();
            }
            let mean = number::<A>(sum / column.len() as f64);
            column.iter_mut().for_each(|g| *g -= mean);
        }
    });
}

fn first_axis<A: Real>(rule: &Erased<Model<A>>) {
    let wrap = |opt| Wrap::<Model<A>>::centralise(opt).outputs_first();
    changes_gradients(rule, wrap, |_, gradient| {
        for mut row in gradient.weight.rows_mut() {
            let mut sum = 0.0;
            for g in &row {
                sum += g.as_f64();
            }
            let mean = number::<A>(sum / row.len() as f64);
            row.iter_mut().for_each(|g| *g -= mean);
        }
    });
}

#[test]
fn the_mean_of_every_output_is_taken() {
    every_rule!(last_axis);
    every_rule!(first_axis);
}

#[test]
fn vectors_stay_and_so_do_outputs_with_one_weight_and_other_axes_are_all_in_the_mean() {
    type All = (Array1<f64>, Array2<f64>, Array2<f64>, Array3<f64>, Array2<f64>, f64);
    let mut model: All = (
        Array1::zeros(2),
        Array2::zeros((1, 3)),
        Array2::zeros((3, 1)),
        Array3::zeros((2, 2, 2)),
        Array2::zeros((0, 2)),
        0.0,
    );
    let gradient: All = (
        array![1.0, 2.0],
        array![[1.0, 2.0, 4.0]],
        array![[1.0], [2.0], [6.0]],
        array![[[1.0, 10.0], [2.0, 20.0]], [[3.0, 30.0], [6.0, 60.0]]],
        Array2::zeros((0, 2)),
        5.0,
    );
    let mut opt = Sgd { lr: 1.0, ..Sgd::default() }.init(&model).unwrap().centralise();
    opt.step(&mut model, &gradient).unwrap();
    assert_eq!(model.0, array![-1.0, -2.0]);
    assert_eq!(model.1, array![[-1.0, -2.0, -4.0]], "one input");
    assert_eq!(model.2, array![[2.0], [1.0], [-3.0]]);
    assert_eq!(model.3, array![[[2.0, 20.0], [1.0, 10.0]], [[0.0, 0.0], [-3.0, -30.0]]]);
    assert_eq!(model.5, -5.0);

    let mut first = model.zeros_like();
    let mut opt = Sgd { lr: 1.0, ..Sgd::default() }.init(&model).unwrap().centralise().outputs_first();
    opt.step(&mut first, &gradient).unwrap();
    let third = 7.0 / 3.0;
    assert_eq!(first.1, array![[third - 1.0, third - 2.0, third - 4.0]]);
    assert_eq!(first.2, array![[-1.0], [-2.0], [-6.0]]);
    assert_eq!(first.3, array![[[7.25, -1.75], [6.25, -11.75]], [[21.75, -5.25], [18.75, -35.25]]]);
}

#[test]
fn the_mean_is_rounded_once() {
    // The sum is 99,999,996, which `f32` does not have.
    let mut w = Array2::<f32>::zeros((3, 1));
    let mut opt = Sgd { lr: 1.0, ..Sgd::default() }.init(&w).unwrap().centralise();
    opt.step(&mut w, &array![[1e8], [-4.0], [0.0]]).unwrap();
    assert_eq!(w[[2, 0]], 33_333_332.0);
    let mut w = Array2::<f32>::zeros((1, 3));
    let mut opt = Sgd { lr: 1.0, ..Sgd::default() }.init(&w).unwrap().centralise().outputs_first();
    opt.step(&mut w, &array![[1e8, -4.0, 0.0]]).unwrap();
    assert_eq!(w[[0, 2]], 33_333_332.0);
}
