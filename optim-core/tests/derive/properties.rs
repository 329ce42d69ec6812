//! What holds of every model: models of random structure.

use std::collections::{BTreeMap, BTreeSet};

use optim_core::ndarray::{Array1, Array2};
use optim_core::path::Role;
use optim_core::prelude::*;
use proptest::prelude::*;

use crate::{numbers, paths, places, structure};

/// Everything in one type, nested in itself.
#[derive(Clone, Debug, PartialEq, Optimizable)]
enum Any {
    Number(f64),
    Vector(Array1<f64>),
    Matrix {
        w: Array2<f64>,
        #[optim(rename = "b")]
        bias: Vec<f64>,
    },
    List(Vec<Any>),
    Maybe(Option<Box<Self>>),
    Map(BTreeMap<String, Any>),
    Pair(#[optim(freeze, group = "left")] Box<(Any, Any)>),
    Buffer(#[optim(buffer)] Box<Any>, #[optim(skip)] u8),
    Nothing,
}

fn number() -> impl Strategy<Value = f64> {
    (-100_i8..100).prop_map(f64::from)
}

fn any_model() -> impl Strategy<Value = Any> {
    let vector = || prop::collection::vec(number(), 0..4);
    let leaf = prop_oneof![
        number().prop_map(Any::Number),
        vector().prop_map(|v| Any::Vector(v.into())),
        (0..3_usize, 0..3_usize, number(), vector())
            .prop_map(|(rows, cols, x, bias)| Any::Matrix { w: Array2::from_elem((rows, cols), x), bias }),
        Just(Any::Nothing),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Any::List),
            prop::option::of(inner.clone().prop_map(Box::new)).prop_map(Any::Maybe),
            prop::collection::btree_map("[a.\\\\]{0,3}", inner.clone(), 0..4).prop_map(Any::Map),
            (inner.clone(), inner.clone()).prop_map(|pair| Any::Pair(Box::new(pair))),
            (inner, any::<u8>()).prop_map(|(inner, byte)| Any::Buffer(Box::new(inner), byte)),
        ]
    })
}

proptest! {
    #[test]
    fn paths_are_unique(model in any_model()) {
        let paths = paths(&model);
        prop_assert_eq!(paths.iter().collect::<BTreeSet<_>>().len(), paths.len(), "{:?}", paths);
    }

    #[test]
    fn zeros_have_the_structure_and_no_number(model in any_model()) {
        let zeros = model.zeros_like();
        prop_assert_eq!(places(&zeros), places(&model));
        prop_assert_eq!(structure(&zeros), structure(&model));
        prop_assert!(numbers(&zeros).iter().all(|&x| x == 0.0));
        let mut filled = model.clone();
        filled.fill_zero();
        prop_assert_eq!(filled, zeros);
    }

    #[test]
    fn reading_and_changing_walks_see_the_same(model in any_model()) {
        let (mut read, mut changed) = (Vec::new(), Vec::new());
        model.for_each_tensor(|path, role, value| read.push((path.to_owned(), role, value.to_owned())));
        model.clone().for_each_tensor_mut(|path, role, value| changed.push((path.to_owned(), role, value.to_owned())));
        prop_assert_eq!(&read, &changed);
        let count = read.iter().filter(|(_, role, _)| *role != Role::Buffer).map(|(.., value)| value.len()).sum::<usize>();
        prop_assert_eq!(count, model.num_params());
    }

    #[test]
    fn a_model_fits_itself_and_another_exactly_where_structure_and_shapes_agree(one in any_model(), other in any_model()) {
        let shapes = |model: &Any| {
            let mut shapes = Vec::new();
            model.for_each_tensor(|path, _, value| shapes.push((path.to_owned(), value.shape().to_vec())));
            shapes
        };
        prop_assert!(one.for_each_pair(&one.clone(), |_, _, _| ()).is_ok());
        let same = structure(&one) == structure(&other) && shapes(&one) == shapes(&other);
        prop_assert_eq!(one.for_each_pair(&other, |_, _, _| ()).is_ok(), same);
    }

    #[test]
    fn adding_is_elementwise(model in any_model(), factor in -3_i8..3) {
        let mut sum = model.zeros_like();
        sum.add_scaled(f64::from(factor), &model).unwrap();
        let mut expected = model;
        let factor = f64::from(factor);
        expected.for_each_tensor_mut(|_, role, mut value| {
            value.mapv_inplace(|x| if role == Role::Buffer { 0.0 } else { factor * x + 0.0 });
        });
        prop_assert_eq!(&sum, &expected);
        prop_assert_eq!(sum.dot(&sum).unwrap().sqrt(), sum.norm());
    }

    #[test]
    fn flat_and_back_is_the_same_model(model in any_model()) {
        let numbers = model.flatten();
        prop_assert_eq!(numbers.len(), model.num_params());
        let mut parameters = Vec::new();
        model.for_each_param(|_, value| parameters.extend(value.iter().copied()));
        prop_assert_eq!(&numbers, &parameters);
        prop_assert_eq!(&model.unflatten(&numbers).unwrap(), &model);
        let mut other = model.clone();
        other.for_each_param_mut(|_, mut value| value.fill(f64::NAN));
        other.unflatten_from(&numbers).unwrap();
        prop_assert_eq!(other, model);
    }
}
