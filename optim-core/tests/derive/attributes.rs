//! Roles, groups, names and skipped fields.

use optim_core::ndarray::{Array1, Array2, array};
use optim_core::path::Role::{Buffer, Frozen, Parameter};
use optim_core::prelude::*;

use crate::{paths, places};

#[derive(Clone, Optimizable)]
struct Norm {
    gain: Array1<f64>,
    #[optim(buffer)]
    mean: Array1<f64>,
}

fn norm() -> Norm {
    Norm { gain: array![1.0, 2.0], mean: array![3.0, 4.0] }
}

#[derive(Optimizable)]
struct Model {
    plain: Norm,
    #[optim(freeze)]
    frozen: Norm,
    #[optim(buffer)]
    buffer: Vec<Norm>,
    #[optim(group = "outer")]
    grouped: Grouped,
    #[optim(freeze, group = "slow")]
    both: f64,
    #[optim(freeze)]
    #[optim(group = "slow")]
    in_two: f64,
}

#[derive(Optimizable)]
struct Grouped {
    a: f64,
    #[optim(group = "inner")]
    b: (f64, Option<Norm>),
}

fn model() -> Model {
    let grouped = Grouped { a: 1.0, b: (2.0, Some(norm())) };
    Model { plain: norm(), frozen: norm(), buffer: vec![norm()], grouped, both: 1.0, in_two: 2.0 }
}

#[test]
fn roles_and_groups_reach_down_and_the_innermost_group_wins() {
    let expected = [
        ("plain.gain", Parameter, None),
        ("plain.mean", Buffer, None),
        ("frozen.gain", Frozen, None),
        ("frozen.mean", Buffer, None),
        ("buffer.0.gain", Buffer, None),
        ("buffer.0.mean", Buffer, None),
        ("grouped.a", Parameter, Some("outer")),
        ("grouped.b.0", Parameter, Some("inner")),
        ("grouped.b.1.gain", Parameter, Some("inner")),
        ("grouped.b.1.mean", Buffer, Some("inner")),
        ("both", Frozen, Some("slow")),
        ("in_two", Frozen, Some("slow")),
    ];
    assert_eq!(places(&model()), expected.map(|(path, role, group)| (path.to_owned(), role, group)));
}

#[test]
fn parameters_are_those_that_are_differentiated() {
    let mut params = Vec::new();
    model().for_each_param(|path, _| params.push(path.to_owned()));
    let expected: Vec<String> =
        places(&model()).into_iter().filter(|(_, role, _)| *role != Buffer).map(|(path, ..)| path).collect();
    assert_eq!(params, expected);
    assert_eq!(model().num_params(), 2 + 2 + 1 + 1 + 2 + 1 + 1);
}

#[test]
fn zeros_are_zero_in_every_role() {
    let zeros = model().zeros_like();
    zeros.for_each_tensor(|path, _, value| assert!(value.iter().all(|&x| x == 0.0), "{path}"));
    assert_eq!(places(&zeros), places(&model()));
}

#[derive(Optimizable)]
struct Renamed {
    #[optim(rename = "w")]
    weight: Array2<f64>,
    #[optim(rename = "a name/of its own")]
    inner: (Norm, f64),
    r#for: f64,
}

#[derive(Optimizable)]
struct RenamedTuple(f64, #[optim(rename = "second")] f64, #[optim(rename = "1")] f64);

#[test]
fn renamed_fields_go_by_their_new_name() {
    let renamed = Renamed { weight: array![[1.0]], inner: (norm(), 1.0), r#for: 2.0 };
    let name = "a name/of its own";
    assert_eq!(
        paths(&renamed),
        ["w", &format!("{name}.0.gain"), &format!("{name}.0.mean"), &format!("{name}.1"), "for"]
    );
    assert_eq!(paths(&RenamedTuple(1.0, 2.0, 3.0)), ["0", "second", "1"]);
}

/// Has no `Clone`.
#[derive(Debug, PartialEq)]
struct Once(u8);

#[derive(Optimizable)]
struct Skipping<'a, T> {
    #[optim(skip)]
    name: &'a str,
    weight: f64,
    #[optim(skip)]
    extra: Vec<T>,
    #[optim(skip = Once(7))]
    once: Once,
    #[optim(skip = if cfg!(all()) { Vec::<Once>::new() } else { vec![Once(1), Once(2)] })]
    several: Vec<Once>,
    #[optim(skip)]
    function: fn(f64) -> f64,
}

#[test]
fn skipped_fields_are_not_looked_at_and_go_into_gradients_as_clones_or_as_said() {
    let skipping = Skipping {
        name: "model",
        weight: 1.0,
        extra: vec!['a'],
        once: Once(1),
        several: vec![Once(2)],
        function: f64::sqrt,
    };
    assert_eq!(paths(&skipping), ["weight"]);
    let zeros = skipping.zeros_like();
    assert_eq!((zeros.name, zeros.weight, zeros.extra), ("model", 0.0, vec!['a']));
    assert_eq!((zeros.once, zeros.several), (Once(7), vec![]));
    assert_eq!((zeros.function)(9.0), 3.0);
    // The model itself is as it was.
    assert_eq!((skipping.once, skipping.several), (Once(1), vec![Once(2)]));
}

/// Values that are made from parameters, constants and functions of the model's type; of types without `Clone`.
#[derive(Optimizable)]
struct Made<'a, T: Default> {
    weight: f64,
    #[optim(skip = T::default())]
    parameter: T,
    #[optim(skip = Self::scratch(3))]
    scratch: std::cell::RefCell<Vec<u8>>,
    #[optim(skip = Box::new(|x| x + 1.0))]
    closure: Box<dyn Fn(f64) -> f64 + 'a>,
    #[optim(skip = { let one = self::ONE; one + 1 })]
    block: i32,
    #[optim(skip = Default::default())]
    lock: std::sync::Mutex<Vec<T>>,
    #[optim(skip = Box::leak(Box::default()))]
    borrowed: &'a mut String,
}

const ONE: i32 = 1;

impl<T: Default> Made<'_, T> {
    fn scratch(length: usize) -> std::cell::RefCell<Vec<u8>> {
        vec![0; length].into()
    }
}

#[derive(Optimizable)]
enum MadeVariant {
    One(#[optim(skip = Once(3))] Once, f64),
    Two {
        #[optim(skip = Once(4))]
        once: Once,
    },
}

#[test]
fn what_stands_in_place_of_a_skipped_field_is_any_expression() {
    let mut text = "text".to_owned();
    let made = Made {
        weight: 1.0,
        parameter: 'x',
        scratch: vec![1].into(),
        closure: Box::new(|x| x),
        block: 0,
        lock: vec!['y'].into(),
        borrowed: &mut text,
    };
    let zeros = made.zeros_like();
    assert_eq!((zeros.parameter, zeros.scratch.into_inner(), (zeros.closure)(1.0)), ('\0', vec![0; 3], 2.0));
    assert_eq!((zeros.block, zeros.lock.into_inner().unwrap(), zeros.borrowed.as_str()), (2, vec![], ""));
    assert_eq!((paths(&made), made.block, made.borrowed.as_str()), (vec!["weight".into()], 0, "text"));

    let MadeVariant::One(once, number) = MadeVariant::One(Once(1), 2.0).zeros_like() else { panic!() };
    assert_eq!((once, number), (Once(3), 0.0));
    let MadeVariant::Two { once } = (MadeVariant::Two { once: Once(1) }).zeros_like() else { panic!() };
    assert_eq!(once, Once(4));
}
