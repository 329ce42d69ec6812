//! Arrays in any memory layout are walked in logical order.

use optim_core::ndarray::{Array, Array2, Array3, Axis, ShapeBuilder, s};
use optim_core::prelude::*;

use crate::numbers;

#[derive(Clone, Debug, PartialEq, Optimizable)]
struct Model {
    matrix: Array2<f64>,
    cube: Array3<f64>,
}

fn standard() -> Model {
    let count = |n: u32| (0..n).map(f64::from);
    Model {
        matrix: Array::from_iter(count(12)).into_shape_with_order((3, 4)).unwrap(),
        cube: Array::from_iter(count(24)).into_shape_with_order((2, 3, 4)).unwrap(),
    }
}

/// The same model in column-major order, sliced out of larger arrays, reversed, and with permuted axes.
fn others() -> Vec<(&'static str, Model)> {
    let model = standard();
    let mut columns = Model { matrix: Array2::zeros((3, 4).f()), cube: Array3::zeros((2, 3, 4).f()) };
    columns.matrix.assign(&model.matrix);
    columns.cube.assign(&model.cube);

    let mut matrix = Array2::from_elem((9, 9), f64::NAN).slice_move(s![1..7;2, 2..;2]);
    matrix.assign(&model.matrix);
    let mut cube = Array3::from_elem((3, 5, 9), f64::NAN).slice_move(s![1.., 1..4, ..8;2]);
    cube.assign(&model.cube);
    let sliced = Model { matrix, cube };

    let mut reversed = model.clone();
    for axis in 0..2 {
        reversed.matrix.invert_axis(Axis(axis));
        reversed.cube.invert_axis(Axis(axis));
    }
    reversed.matrix.assign(&model.matrix);
    reversed.cube.assign(&model.cube);

    let mut matrix = Array2::zeros((4, 3)).reversed_axes();
    matrix.assign(&model.matrix);
    let mut cube = Array3::zeros((4, 2, 3)).permuted_axes([1, 2, 0]);
    cube.assign(&model.cube);
    let permuted = Model { matrix, cube };

    vec![("columns", columns), ("sliced", sliced), ("reversed", reversed), ("permuted", permuted)]
}

#[test]
fn the_logical_order_is_walked() {
    for (layout, model) in others() {
        assert_eq!(model, standard(), "{layout}");
        assert!(!model.matrix.is_standard_layout() && !model.cube.is_standard_layout(), "{layout}");
        assert_eq!(numbers(&model), numbers(&standard()), "{layout}");
    }
}

#[test]
fn a_change_lands_where_it_belongs() {
    for (layout, mut model) in others() {
        let mut count = 0.0;
        model.for_each_param_mut(|_, mut value| {
            value.iter_mut().for_each(|x| {
                *x += count;
                count += 1.0;
            });
        });
        assert_eq!((model.matrix[[0, 1]], model.matrix[[2, 3]]), (2.0, 22.0), "{layout}");
        assert_eq!((model.cube[[0, 0, 0]], model.cube[[1, 2, 3]]), (12.0, 58.0), "{layout}");
        model.fill_zero();
        assert_eq!(model, model.zeros_like(), "{layout}");
    }
}

#[test]
fn models_in_different_layouts_are_walked_in_step() {
    for (layout, model) in others() {
        let mut pairs = 0;
        let same = standard();
        model
            .for_each_pair(&same, |path, ours, theirs| {
                assert_eq!(ours, theirs, "{layout}: {path}");
                pairs += ours.len();
            })
            .unwrap();
        assert_eq!(pairs, 36);
        assert_eq!(model.dot(&same).unwrap().to_bits(), same.dot(&model).unwrap().to_bits(), "{layout}");
        assert_eq!(model.norm().to_bits(), same.norm().to_bits(), "{layout}");
    }
}
