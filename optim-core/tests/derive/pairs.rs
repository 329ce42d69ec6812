//! Two models in step, and what is said where they differ.

use std::collections::BTreeMap;

use optim_core::ErrorKind;
use optim_core::ndarray::{Array1, Array2, array};
use optim_core::prelude::*;

#[derive(Clone, Debug, PartialEq, Optimizable)]
struct Model {
    weight: Array2<f64>,
    layers: Vec<Layer>,
    maybe: Option<Box<Layer>>,
    by_name: BTreeMap<String, Array1<f64>>,
    #[optim(buffer)]
    mean: Vec<f64>,
    #[optim(freeze)]
    frozen: f64,
    #[optim(skip)]
    name: String,
}

#[derive(Clone, Debug, PartialEq, Optimizable)]
enum Layer {
    Dense { w: Array1<f64> },
    Relu,
}

fn model() -> Model {
    Model {
        weight: array![[1.0, 2.0], [3.0, 4.0]],
        layers: vec![Layer::Dense { w: array![5.0] }, Layer::Relu],
        maybe: Some(Box::new(Layer::Dense { w: array![6.0] })),
        by_name: BTreeMap::from([("a.b".to_owned(), array![7.0]), ("c".to_owned(), array![8.0])]),
        mean: vec![9.0, 10.0],
        frozen: 11.0,
        name: "one".into(),
    }
}

#[test]
fn parameters_are_paired_buffers_are_not() {
    let (mut one, mut other) = (model(), model());
    other.scale(10.0);
    other.name = "another".into();
    let mut seen = Vec::new();
    one.for_each_pair(&other, |path, ours, theirs| {
        assert_eq!(ours.mapv(|x| 10.0 * x), theirs);
        seen.push(path.to_owned());
    })
    .unwrap();
    let expected = ["weight", "layers.0.Dense.w", "maybe.Dense.w", r"by_name.a\.b", "by_name.c", "frozen"];
    assert_eq!(seen, expected);

    one.for_each_pair_mut(&other, |_, mut ours, theirs| ours += &theirs).unwrap();
    assert_eq!((one.weight[[1, 1]], one.frozen), (44.0, 121.0));
    assert_eq!(one.mean, [9.0, 10.0]);
}

/// The error for a model that was changed so, and that nothing has moved.
fn difference(change: impl FnOnce(&mut Model)) -> Error {
    let mut other = model();
    change(&mut other);
    let error =
        model().for_each_pair(&other, |_, _, _| unreachable!("nothing is compared before it fits")).unwrap_err();
    let mut unchanged = model();
    assert_eq!(unchanged.add_scaled(1.0, &other).unwrap_err(), error);
    assert_eq!(unchanged, model());
    error
}

#[test]
fn a_difference_names_the_path() {
    let cases: [(Error, &str, ErrorKind, &str); 9] = [
        (
            difference(|model| model.weight = Array2::zeros((2, 3))),
            "weight",
            ErrorKind::Shape,
            "the other model: `weight` has the shape [2, 3], not [2, 2]",
        ),
        (
            difference(|model| model.layers[0] = Layer::Dense { w: Array1::zeros(0) }),
            "layers.0.Dense.w",
            ErrorKind::Shape,
            "the other model: `layers.0.Dense.w` has the shape [0], not [1]",
        ),
        (
            difference(|model| model.layers.push(Layer::Relu)),
            "layers",
            ErrorKind::Structure,
            "the other model: `layers` has 3 elements, not 2",
        ),
        (
            difference(|model| model.layers.swap(0, 1)),
            "layers.0",
            ErrorKind::Structure,
            "the other model: `layers.0` is the variant `Relu`, not `Dense`",
        ),
        (
            difference(|model| model.maybe = None),
            "maybe",
            ErrorKind::Structure,
            "the other model: `maybe` is `None`, not `Some`",
        ),
        (
            difference(|model| model.maybe = Some(Box::new(Layer::Relu))),
            "maybe",
            ErrorKind::Structure,
            "the other model: `maybe` is the variant `Relu`, not `Dense`",
        ),
        (
            difference(|model| drop(model.by_name.remove("c"))),
            "by_name",
            ErrorKind::Structure,
            "the other model: `by_name` has 1 elements, not 2",
        ),
        (
            difference(|model| {
                let array = model.by_name.remove("c").unwrap();
                model.by_name.insert("d".into(), array);
            }),
            "by_name",
            ErrorKind::Structure,
            "the other model: `by_name` has the key \"d\", not \"c\"",
        ),
        (
            difference(|model| model.mean.clear()),
            "mean",
            ErrorKind::Structure,
            "the other model: `mean` has 0 elements, not 2",
        ),
    ];
    for (error, path, kind, message) in cases {
        assert_eq!((error.path(), error.kind(), error.to_string().as_str()), (Some(path), kind, message));
    }
}

#[test]
fn some_where_the_model_has_none() {
    let (none, some) = (None::<f64>, Some(1.0));
    let error = none.for_each_pair(&some, |_, _, _| ()).unwrap_err();
    assert_eq!(error.to_string(), "the other model: the whole model is `Some`, not `None`");
    assert_eq!(error.path(), Some(""));
}

#[test]
fn gradients_are_added_scaled_and_measured() {
    let mut gradient = model().zeros_like();
    gradient.add_scaled(2.0, &model()).unwrap();
    gradient.scale(0.5);
    let mut expected = model();
    // What has no gradient has none.
    expected.mean.fill(0.0);
    assert_eq!(gradient, expected);
    let squares = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 11.0_f64].iter().map(|x| x * x).sum::<f64>();
    assert_eq!(model().dot(&gradient).unwrap(), squares);
    assert_eq!(gradient.norm(), squares.sqrt());
}

/// What a step says of a gradient of another structure, and that nothing has moved.
fn refused(change: impl FnOnce(&mut Model)) -> String {
    let mut weights = model();
    let mut gradient = weights.zeros_like();
    let mut opt = Adam::default().init(&weights).unwrap();
    change(&mut gradient);
    let error = opt.step(&mut weights, &gradient).unwrap_err();
    assert!(error.path().is_some(), "{error}");
    assert_eq!((weights, opt.steps()), (model(), 0));
    error.to_string()
}

#[test]
fn a_step_refuses_a_gradient_of_another_structure_and_names_the_path() {
    for (found, expected) in [
        (
            refused(|gradient| gradient.layers[1] = Layer::Dense { w: array![0.0] }),
            "the gradient: `layers.1` is the variant `Dense`, not `Relu`",
        ),
        (refused(|gradient| drop(gradient.layers.pop())), "the gradient: `layers` has 1 elements, not 2"),
        (refused(|gradient| gradient.maybe = None), "the gradient: `maybe` is `None`, not `Some`"),
        (
            refused(|gradient| {
                let array = gradient.by_name.remove("a.b").unwrap();
                gradient.by_name.insert("a".into(), array);
            }),
            "the gradient: `by_name` has the key \"a\", not \"a.b\"",
        ),
        (refused(|gradient| gradient.by_name.clear()), "the gradient: `by_name` has 0 elements, not 2"),
        (
            refused(|gradient| *gradient.by_name.get_mut("a.b").unwrap() = array![]),
            r"the gradient: `by_name.a\.b` has the shape [0], not [1]",
        ),
    ] {
        assert_eq!(found, expected);
    }
}
