//! A model as one vector, and back.
#![allow(missing_docs, reason = "models that are only tested")]

use std::collections::BTreeMap;

use ndarray::{Array1, Array2, ArrayD, Axis, IxDyn, array};
use optim_core::ErrorKind;
use optim_core::flat::flatten;
use optim_core::prelude::*;

#[derive(Clone, Debug, PartialEq, Optimizable)]
struct Model {
    weight: Array2<f32>,
    #[optim(buffer)]
    mean: Vec<f32>,
    layers: Vec<Layer>,
    #[optim(freeze)]
    frozen: (f32, [f32; 2]),
    by_name: BTreeMap<String, Array1<f32>>,
    #[optim(buffer)]
    count: f32,
    empty: Array2<f32>,
    #[optim(skip)]
    name: String,
    deep: ArrayD<f32>,
}

#[derive(Clone, Debug, PartialEq, Optimizable)]
enum Layer {
    Scale(f32),
    Relu,
}

fn model() -> Model {
    // Column-major and reversed: rows 1 2 and 3 4 in logical order.
    let mut weight = array![[1.0, 3.0], [2.0, 4.0]].reversed_axes();
    weight.invert_axis(Axis(0));
    weight.assign(&array![[1.0, 2.0], [3.0, 4.0]]);
    let mut deep = ArrayD::from_elem(IxDyn(&[1, 2, 1, 1, 2]), 0.0).reversed_axes();
    deep.iter_mut().zip(10_u8..).for_each(|(x, i)| *x = i.into());
    Model {
        weight,
        mean: vec![-1.0, -0.0],
        layers: vec![Layer::Scale(5.0), Layer::Relu],
        frozen: (6.0, [7.0, 8.0]),
        by_name: [("a".to_owned(), array![9.0]), ("b".to_owned(), array![])].into(),
        count: -3.0,
        empty: Array2::zeros((0, 4)),
        name: "kept".into(),
        deep,
    }
}

fn count(n: u8) -> Vec<f32> {
    (1..=n).map(f32::from).collect()
}

#[test]
fn parameters_are_in_walking_and_logical_order_frozen_ones_too_buffers_not() {
    let model = model();
    assert!(!model.weight.is_standard_layout() && !model.deep.is_standard_layout());
    assert_eq!(model.flatten(), count(13));
    assert_eq!(model.num_params(), 13);
    let mut numbers = [0.0; 13];
    model.flatten_into(&mut numbers).unwrap();
    assert_eq!(numbers, *count(13));
    assert_eq!(flatten(&Model::zeros_like(&model)), [0.0; 13]);
}

#[test]
fn a_vector_comes_back_in_the_same_order_and_buffers_and_skipped_fields_stay() {
    let mut changed = model();
    let numbers: Vec<f32> = count(13).iter().map(|x| x * 10.0).collect();
    changed.unflatten_from(&numbers).unwrap();
    assert_eq!((changed.weight[[0, 1]], changed.frozen.1[1], changed.deep[[1, 0, 0, 1, 0]]), (20.0, 80.0, 130.0));
    assert_eq!(changed.flatten(), numbers);
    changed.unflatten_from(&count(13)).unwrap();
    assert_eq!(changed, model());
    // The layout is the model's own still.
    assert_eq!(changed.weight.strides(), model().weight.strides());
}

#[test]
fn another_model_is_made_from_a_vector() {
    let numbers: Vec<f32> = count(13).iter().map(|x| -x).collect();
    let made = model().unflatten(&numbers).unwrap();
    let mut expected = model();
    expected.scale(-1.0);
    assert_eq!(made, expected);
    assert_eq!(made.mean[1].to_bits(), (-0.0_f32).to_bits(), "buffers are copied, to the bit");
    assert_eq!(made.name, "kept");
}

#[test]
fn another_length_is_an_error_that_names_both_and_changes_nothing() {
    let mut model = model();
    for length in [0, 12, 14] {
        let mut numbers = vec![100.0; length];
        let errors = [
            model.flatten_into(&mut numbers).unwrap_err(),
            model.unflatten_from(&numbers).unwrap_err(),
            model.unflatten(&numbers).unwrap_err(),
        ];
        for error in errors {
            assert_eq!(error.kind(), ErrorKind::Shape);
            let message = format!("the flat vector holds {length} numbers, the parameters of the model are 13");
            assert_eq!(error.to_string(), message);
        }
        assert_eq!(numbers, vec![100.0; length]);
        assert_eq!(model, self::model());
    }
}

#[test]
fn what_is_no_struct_and_what_has_no_parameters_is_flattened_too() {
    assert_eq!(flatten(&array![[1.0, 2.0]]), [1.0, 2.0]);
    assert_eq!(3.0_f64.flatten(), [3.0]);
    assert_eq!((vec![1.0_f32], [2.0_f32, 3.0]).flatten(), [1.0, 2.0, 3.0]);
    assert_eq!(flatten(&()), [0.0_f64; 0]);
    let mut none = None::<f32>;
    none.unflatten_from(&[]).unwrap();
    assert!(none.unflatten_from(&[1.0]).is_err());
}

#[test]
fn arrays_keep_the_methods_of_ndarray() {
    let (x, y) = (array![[1.0, 2.0], [3.0, 4.0]], array![[0.0, 1.0], [1.0, 0.0]]);
    let product: Array2<f64> = x.dot(&y);
    assert_eq!(product, array![[2.0, 1.0], [4.0, 3.0]]);
    assert_eq!(x.flatten(), array![1.0, 2.0, 3.0, 4.0]);
    assert_eq!(Some(Some(1.0)).flatten(), Some(1.0));
}
