//! The containers of the standard library, alone and in each other.

use std::collections::BTreeMap;
use std::marker::PhantomData;

use optim_core::ndarray::{Array1, Array2, array};
use optim_core::prelude::*;

use crate::{numbers, paths, structure};

#[derive(Clone, Debug, PartialEq, Optimizable)]
struct Part {
    w: Array1<f32>,
}

fn part(x: f32) -> Part {
    Part { w: array![x] }
}

#[test]
fn numbers_side_by_side_are_one_tensor_and_anything_else_is_a_container() {
    assert_eq!(paths(&vec![1.0_f32, 2.0]), [""]);
    assert_eq!(paths(&[1.0_f32, 2.0]), [""]);
    assert_eq!(paths(&[[1.0_f32; 3]; 2]), ["0", "1"]);
    assert_eq!(paths(&vec![vec![1.0_f32], vec![]]), ["0", "1"]);
    assert_eq!(paths(&vec![part(1.0), part(2.0)]), ["0.w", "1.w"]);
    assert_eq!(paths(&[Some(1.0_f32), None, Some(2.0)]), ["0", "2"]);
    assert_eq!(paths(&vec![Box::new(1.0_f32)]), ["0"]);
    assert_eq!(paths(&vec![(1.0_f32,)]), ["0.0"]);
}

#[test]
fn option_and_box_add_nothing_to_the_path() {
    assert_eq!(paths(&Some(Box::new(Some(part(1.0))))), ["w"]);
    assert_eq!(paths(&None::<Part>), [""; 0]);
    assert_eq!(structure(&Some(Box::new(None::<Part>))), [": Present(true)", ": Present(false)"]);
}

#[test]
fn tuples_go_by_number_up_to_twelve() {
    assert_eq!(paths(&(1.0_f64, (), vec![2.0], Some((3.0, 4.0)))), ["0", "2", "3.0", "3.1"]);
    let twelve = (1., 2., 3., 4., 5., 6., 7., 8., 9., 10., 11., 12.);
    assert_eq!(numbers(&twelve), (1..=12).map(f64::from).collect::<Vec<_>>());
    assert_eq!(twelve.zeros_like(), (0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0.));
}

#[test]
fn maps_go_by_key_in_the_order_of_keys_and_keys_are_escaped() {
    let keys = ["z", "a", "a.b", r"a\b", "", "ключ"];
    let map: BTreeMap<String, Part> = keys.iter().map(|&key| (key.to_owned(), part(1.0))).collect();
    assert_eq!(paths(&map), [".w", "a.w", r"a\.b.w", r"a\\b.w", "z.w", "ключ.w"]);
    let zeros = map.zeros_like();
    assert_eq!(zeros.keys().collect::<Vec<_>>(), map.keys().collect::<Vec<_>>());
    assert_eq!(numbers(&zeros), [0.0; 6]);
}

/// Each container in each other.
#[derive(Clone, Debug, PartialEq, Optimizable)]
struct Nested {
    a: Vec<Option<Box<(f32, [Part; 2])>>>,
    b: [BTreeMap<String, Vec<Part>>; 1],
    c: Box<[Option<BTreeMap<String, (Array2<f32>, Vec<f32>)>>; 2]>,
    d: (Vec<[[f32; 2]; 2]>, PhantomData<str>, ()),
    e: Option<Vec<Vec<Vec<f32>>>>,
}

fn nested() -> Nested {
    Nested {
        a: vec![None, Some(Box::new((1.0, [part(2.0), part(3.0)])))],
        b: [BTreeMap::from([("k".to_owned(), vec![part(4.0), part(5.0)])])],
        c: Box::new([None, Some(BTreeMap::from([("m".to_owned(), (array![[6.0]], vec![7.0, 8.0]))]))]),
        d: (vec![[[9.0, 10.0], [11.0, 12.0]]], PhantomData, ()),
        e: Some(vec![vec![], vec![vec![13.0]]]),
    }
}

#[test]
fn containers_nest() {
    assert_eq!(
        paths(&nested()),
        [
            "a.1.0",
            "a.1.1.0.w",
            "a.1.1.1.w",
            "b.0.k.0.w",
            "b.0.k.1.w",
            "c.1.m.0",
            "c.1.m.1",
            "d.0.0.0",
            "d.0.0.1",
            "e.1.0"
        ]
    );
    assert_eq!(numbers(&nested()), (1_u8..=13).map(f32::from).collect::<Vec<_>>());
    let zeros = nested().zeros_like();
    assert_eq!((paths(&zeros), structure(&zeros)), (paths(&nested()), structure(&nested())));
    let mut zeroed = nested();
    zeroed.fill_zero();
    assert_eq!(zeroed, zeros);
}

#[test]
fn a_walk_that_changes_goes_into_every_container() {
    let mut nested = nested();
    nested.for_each_param_mut(|_, mut value| value *= -1.0);
    assert_eq!(numbers(&nested), (1_i8..=13).map(|x| f32::from(-x)).collect::<Vec<_>>());
}

#[test]
fn what_is_empty_is_a_model() {
    let empty: (Vec<f32>, Vec<Part>, BTreeMap<String, Part>, [Part; 0], Array2<f32>) =
        (vec![], vec![], BTreeMap::new(), [], Array2::zeros((0, 3)));
    assert_eq!(paths(&empty), ["0", "4"]);
    assert_eq!(empty.num_params(), 0);
    assert_eq!(empty.zeros_like(), empty);
    assert_eq!(empty.norm(), 0.0);
}
