//! Enums: variants by name, then their fields.

use optim_core::ndarray::{Array1, Array2, array};
use optim_core::path::Role::{Frozen, Parameter};
use optim_core::prelude::*;

use crate::{numbers, paths, places, structure};

#[derive(Clone, Debug, PartialEq, Optimizable)]
enum Layer {
    Dense {
        w: Array2<f32>,
        #[optim(group = "no_decay")]
        b: Array1<f32>,
    },
    Scale(f32, #[optim(rename = "shift")] f32),
    Relu,
    Named {},
    Empty(),
    #[optim(rename = "old_name", freeze)]
    New(f32),
    #[optim(group = "embeddings")]
    Embedding(f32),
    OnlySkipped(#[optim(skip)] String),
    #[cfg(any())]
    Never(String),
}

#[derive(Optimizable)]
struct Network {
    layers: Vec<Layer>,
}

fn network() -> Network {
    let layers = vec![
        Layer::Dense { w: array![[1.0, 2.0]], b: array![3.0, 4.0] },
        Layer::Scale(5.0, 6.0),
        Layer::Relu,
        Layer::Named {},
        Layer::Empty(),
        Layer::New(7.0),
        Layer::Embedding(8.0),
        Layer::OnlySkipped("kept".into()),
    ];
    Network { layers }
}

#[test]
fn a_variant_goes_by_its_name_then_its_fields() {
    assert_eq!(
        paths(&network()),
        [
            "layers.0.Dense.w",
            "layers.0.Dense.b",
            "layers.1.Scale.0",
            "layers.1.Scale.shift",
            "layers.5.old_name.0",
            "layers.6.Embedding.0"
        ]
    );
    assert_eq!(paths(&Layer::Scale(1.0, 2.0)), ["Scale.0", "Scale.shift"]);
}

#[test]
fn attributes_of_a_variant_reach_down() {
    let layers: Vec<_> = places(&network()).into_iter().map(|(_, role, group)| (role, group)).collect();
    assert_eq!(
        layers,
        [
            (Parameter, None),
            (Parameter, Some("no_decay")),
            (Parameter, None),
            (Parameter, None),
            (Frozen, None),
            (Parameter, Some("embeddings"))
        ]
    );
}

#[test]
fn a_walk_says_which_variant_it_is_whether_or_not_it_has_fields() {
    assert_eq!(
        structure(&network()),
        [
            "layers: Length(8)",
            "layers.0: Variant(\"Dense\")",
            "layers.1: Variant(\"Scale\")",
            "layers.2: Variant(\"Relu\")",
            "layers.3: Variant(\"Named\")",
            "layers.4: Variant(\"Empty\")",
            "layers.5: Variant(\"old_name\")",
            "layers.6: Variant(\"Embedding\")",
            "layers.7: Variant(\"OnlySkipped\")",
        ]
    );
}

#[test]
fn zeros_and_changes_keep_the_variant() {
    let mut network = network();
    network.for_each_param_mut(|_, mut value| value *= 2.0);
    assert_eq!(numbers(&network), [2.0, 4.0, 6.0, 8.0, 10.0, 12.0, 14.0, 16.0]);
    let zeros = network.zeros_like();
    assert_eq!(zeros.layers[1], Layer::Scale(0.0, 0.0));
    assert_eq!(zeros.layers[2], Layer::Relu);
    assert_eq!(zeros.layers[7], Layer::OnlySkipped("kept".into()));
    assert_eq!(structure(&zeros), structure(&network));
}

#[derive(Debug, Optimizable)]
enum Never {}

#[test]
fn an_enum_without_variants_is_a_model_of_which_there_is_none() {
    let none: [Option<Never>; 2] = [None, None];
    assert_eq!(none.num_params(), 0);
    assert!(none.zeros_like().iter().all(Option::is_none));
}

#[test]
fn other_variants_differ_and_the_path_is_named() {
    let relu = Layer::Relu;
    let error = relu.for_each_pair(&Layer::Empty(), |_, _, _| ()).unwrap_err();
    assert_eq!(error.to_string(), "the other model: the whole model is the variant `Empty`, not `Relu`");

    let (one, mut other) = (network(), network());
    other.layers[1] = Layer::New(1.0);
    let error = one.for_each_pair(&other, |_, _, _| unreachable!()).unwrap_err();
    assert_eq!(error.path(), Some("layers.1"));
    assert_eq!(error.to_string(), "the other model: `layers.1` is the variant `old_name`, not `Scale`");
}
