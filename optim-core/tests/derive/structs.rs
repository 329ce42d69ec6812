//! Structs of every form: names, order, counts, and what the walks show.

use optim_core::ndarray::{Array0, Array1, Array2, Array3, ArrayD, IxDyn, arr0, array};
use optim_core::prelude::*;

use crate::{numbers, paths};

#[derive(Clone, Debug, PartialEq, Optimizable)]
struct Linear {
    weight: Array2<f32>,
    bias: Array1<f32>,
}

impl Linear {
    fn new(rows: usize, cols: usize) -> Self {
        Linear { weight: Array2::from_elem((rows, cols), 2.0), bias: Array1::from_elem(cols, 3.0) }
    }
}

#[derive(Clone, Debug, PartialEq, Optimizable)]
struct Model {
    first: Linear,
    scale: f32,
    r#type: Array0<f32>,
    table: [f32; 4],
    list: Vec<f32>,
    cube: Array3<f32>,
    dynamic: ArrayD<f32>,
    last: Tuple,
    unit: Unit,
}

#[derive(Clone, Debug, PartialEq, Optimizable)]
struct Tuple(Linear, f32);

#[derive(Clone, Debug, PartialEq, Optimizable)]
struct Unit;

#[derive(Clone, Debug, PartialEq, Optimizable)]
struct Braces {}

#[derive(Clone, Debug, PartialEq, Optimizable)]
struct Parentheses();

fn model() -> Model {
    Model {
        first: Linear::new(2, 3),
        scale: 4.0,
        r#type: arr0(5.0),
        table: [6.0; 4],
        list: vec![7.0; 5],
        cube: Array3::ones((1, 2, 3)),
        dynamic: ArrayD::ones(IxDyn(&[1, 1, 1, 1, 2])),
        last: Tuple(Linear::new(1, 1), 8.0),
        unit: Unit,
    }
}

#[test]
fn fields_are_walked_in_order_of_declaration_by_name() {
    assert_eq!(
        paths(&model()),
        [
            "first.weight",
            "first.bias",
            "scale",
            "type",
            "table",
            "list",
            "cube",
            "dynamic",
            "last.0.weight",
            "last.0.bias",
            "last.1"
        ]
    );
}

#[test]
fn shapes_are_those_of_the_fields() {
    let mut shapes = Vec::new();
    model().for_each_param(|path, value| shapes.push((path.to_owned(), value.shape().to_vec())));
    let expected: [(&str, &[usize]); 11] = [
        ("first.weight", &[2, 3]),
        ("first.bias", &[3]),
        ("scale", &[]),
        ("type", &[]),
        ("table", &[4]),
        ("list", &[5]),
        ("cube", &[1, 2, 3]),
        ("dynamic", &[1, 1, 1, 1, 2]),
        ("last.0.weight", &[1, 1]),
        ("last.0.bias", &[1]),
        ("last.1", &[]),
    ];
    assert_eq!(shapes, expected.map(|(path, shape)| (path.to_owned(), shape.to_vec())));
}

#[test]
fn parameters_are_counted() {
    assert_eq!(model().num_params(), 6 + 3 + 1 + 1 + 4 + 5 + 6 + 2 + 1 + 1 + 1);
    assert_eq!(Unit.num_params() + Braces {}.num_params() + Parentheses().num_params(), 0);
}

#[test]
fn zeros_have_the_structure_and_are_zero() {
    let zeros = model().zeros_like();
    assert_eq!(paths(&zeros), paths(&model()));
    assert!(numbers(&zeros).iter().all(|&x| x == 0.0));
    assert_eq!(zeros.num_params(), model().num_params());
    assert_eq!(
        (Unit.zeros_like(), Braces {}.zeros_like(), Parentheses().zeros_like()),
        (Unit, Braces {}, Parentheses())
    );

    let mut filled = model();
    filled.fill_zero();
    assert_eq!(filled, zeros);
}

#[test]
fn a_walk_that_changes_sees_the_same_places_and_changes_them() {
    let mut changed = model();
    let mut seen = Vec::new();
    changed.for_each_param_mut(|path, mut value| {
        seen.push(path.to_owned());
        value += 1.0;
    });
    assert_eq!(seen, paths(&model()));
    let expected: Vec<f32> = numbers(&model()).iter().map(|x| x + 1.0).collect();
    assert_eq!(numbers(&changed), expected);
    assert_eq!(changed.last.1, 9.0);
}

#[test]
fn what_a_walk_shows_lives_as_long_as_the_borrow_of_the_model() {
    let mut model = model();
    let mut views = Vec::new();
    model.for_each_param_mut(|_, value| views.push(value));
    views[0][[1, 2]] = 100.0;
    views[2].fill(-1.0);
    assert_eq!((model.first.weight[[1, 2]], model.scale), (100.0, -1.0));
}

#[test]
fn a_leaf_that_is_the_whole_model_has_the_empty_path() {
    assert_eq!(paths(&array![1.0, 2.0]), [""]);
    assert_eq!(paths(&1.0_f32), [""]);
    assert_eq!(paths(&vec![1.0_f64]), [""]);
}

/// Fields that are configured away are not there.
#[derive(Optimizable)]
struct Configured {
    #[cfg(any())]
    never: String,
    #[cfg(not(any()))]
    always: f64,
    #[cfg_attr(all(), optim(rename = "other"))]
    named: f64,
    #[cfg_attr(any(), optim(skip))]
    kept: f64,
}

/// Tuple fields are counted without those that are configured away.
#[derive(Optimizable)]
struct ConfiguredTuple(#[cfg(any())] Nonexistent, f64, #[cfg(any())] u8, #[cfg(not(any()))] f64);

#[derive(Optimizable)]
enum ConfiguredVariant {
    #[cfg(any())]
    Never(Nonexistent),
    Some {
        #[cfg(any())]
        never: Nonexistent,
        #[cfg_attr(all(), optim(freeze))]
        always: f64,
    },
}

/// Raw identifiers wherever a name may stand.
#[derive(Optimizable)]
struct r#Raw {
    r#fn: f64,
    r#type: Vec<r#Raw>,
    #[optim(rename = "for")]
    r#loop: r#RawChoice,
}

#[derive(Optimizable)]
enum r#RawChoice {
    r#Match(f64),
    r#If { r#in: f64 },
}

#[test]
fn raw_identifiers_go_by_their_name() {
    let leaf = Raw { r#fn: 1.0, r#type: vec![], r#loop: RawChoice::If { r#in: 2.0 } };
    let model = Raw { r#fn: 3.0, r#type: vec![leaf], r#loop: RawChoice::Match(4.0) };
    assert_eq!(paths(&model), ["fn", "type.0.fn", "type.0.for.If.in", "for.Match.0"]);
}

#[test]
fn cfg_decides_which_fields_and_attributes_there_are() {
    assert_eq!(paths(&Configured { always: 1.0, named: 2.0, kept: 3.0 }), ["always", "other", "kept"]);
    assert_eq!(paths(&ConfiguredTuple(1.0, 2.0)), ["0", "1"]);
    assert_eq!(paths(&ConfiguredVariant::Some { always: 1.0 }), ["Some.always"]);
}

/// A struct of more fields than anything counts on.
macro_rules! wide {
    ($($field:ident)*) => {
        #[derive(Default, Optimizable)]
        struct Wide { $($field: Vec<Option<f32>>),* }
    };
}
wide!(a0 a1 a2 a3 a4 a5 a6 a7 a8 a9 b0 b1 b2 b3 b4 b5 b6 b7 b8 b9 c0 c1 c2 c3 c4 c5 c6 c7 c8 c9 d0 d1 d2 d3 d4 d5 d6 d7);

#[test]
fn a_wide_struct_is_a_model() {
    let wide = Wide { d7: vec![Some(1.0)], ..Wide::default() };
    assert_eq!(paths(&wide), ["d7.0"]);
}
