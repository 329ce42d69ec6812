//! Weights of PyTorch. `golden/torch.safetensors` and `torch.json` were made by `tools/torch_weights.py`.

use std::path::{Path, PathBuf};
use std::process::Command;

use ndarray::{Array1, Array2};
use optim_core::checkpoint::{self, pytorch};
use optim_core::prelude::*;
use serde_json::Value;

use crate::Temporary;

#[derive(Optimizable, Clone, Debug, PartialEq)]
struct Block {
    inner: Linear<f32>,
    gain: Array1<f32>,
}

/// `Sequential(Linear, Tanh, Linear)` under a name, a list of blocks, and a matrix that is no layer's.
#[derive(Optimizable, Clone, Debug, PartialEq)]
struct Network {
    body: (Linear<f32>, Tanh, Linear<f32>),
    blocks: Vec<Block>,
    table: Array2<f32>,
}

fn network() -> Network {
    let mut rng = Rng::new(1);
    let mut linear = |inputs, outputs| Linear::new(inputs, outputs, Init::HeNormal, &mut rng);
    let body = (linear(4, 6), Tanh, linear(6, 3));
    let blocks = (0..2).map(|_| Block { inner: linear(3, 3), gain: Array1::ones(3) }).collect();
    Network { body, blocks, table: Array2::zeros((2, 5)) }
}

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/checkpoint/golden").join(name)
}

fn matrix(value: &Value) -> Array2<f32> {
    let rows: Vec<Vec<f32>> = serde_json::from_value(value.clone()).unwrap();
    Array2::from_shape_vec((rows.len(), rows[0].len()), rows.concat()).unwrap()
}

#[test]
fn a_network_of_pytorch_computes_here_what_it_computed_there() {
    let mut network = network();
    pytorch::import(golden("torch.safetensors"), &mut network).unwrap();
    let run: Value = serde_json::from_slice(&std::fs::read(golden("torch.json")).unwrap()).unwrap();
    let x = matrix(&run["x"]);
    let mut workspace = network.body.workspace();
    let mut y = network.body.forward(x.view(), &mut workspace).unwrap().to_owned();
    for block in &network.blocks {
        let mut workspace = block.inner.workspace();
        y = &block.inner.forward(y.view(), &mut workspace).unwrap() * &block.gain;
    }
    let expected = matrix(&run["y"]);
    assert!(y.iter().zip(&expected).all(|(y, expected)| (y - expected).abs() < 1e-6), "{y} {expected}");
    // What is no layer's weight is not turned round.
    assert_eq!(network.table, matrix(&run["table"]));

    let file = Temporary::new("torch");
    pytorch::export(&file, &network).unwrap();
    let (ours, theirs) =
        (checkpoint::inspect(&file).unwrap(), checkpoint::inspect(golden("torch.safetensors")).unwrap());
    assert_eq!(ours.tensors, theirs.tensors);
    assert_eq!(ours.metadata["format"], "pt");
    let mut again = self::network();
    pytorch::import(&file, &mut again).unwrap();
    assert_eq!(again, network);
}

#[test]
fn half_precision_and_counts_of_pytorch() {
    let mut network = network();
    pytorch::import(golden("torch.safetensors"), &mut network).unwrap();
    let mut half = network.zeros_like();
    // The same in bfloat16, float16 and float64, with a count that no model has.
    pytorch::open(golden("torch_half.safetensors")).unwrap().convert().load_weights(&mut half).unwrap();
    let near = |a: &Array2<f32>, b: &Array2<f32>, by: f32| a.iter().zip(b).all(|(a, b)| (a - b).abs() <= by * b.abs());
    assert!(near(&half.body.0.weight, &network.body.0.weight, 0.004));
    assert_ne!(half.body.0.weight, network.body.0.weight);
    assert!(near(&half.body.2.weight, &network.body.2.weight, 0.0005));
    assert_eq!((half.table, half.blocks), (network.table, network.blocks));
}

#[test]
fn what_does_not_fit_is_refused_as_ever() {
    let mut other = (network(), 1.0_f32);
    let error = pytorch::import(golden("torch.safetensors"), &mut other).unwrap_err();
    assert_eq!(error.path(), Some("0.body.0.weight"));
    // As a part of a larger model, and a part of it alone.
    let file = pytorch::open(golden("torch.safetensors")).unwrap();
    file.clone().rename("", "0").allow_new("1").load_weights(&mut other).unwrap();
    let mut body = network().body;
    file.rename("body", "").discard("blocks").discard("table").load_weights(&mut body).unwrap();
    assert_eq!(other.0.body, body);
    assert_ne!(body, network().body);
}

#[test]
fn pytorch_reads_what_is_written_here() {
    let mut network = network();
    network.table.fill(0.25);
    let file = Temporary::new("to-torch");
    pytorch::export(&file, &network).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tools/torch_weights.py");
    let python = std::env::var_os("OPTIM_PYTHON").unwrap_or_else(|| "python3".into());
    let Ok(output) = Command::new(&python).arg(script).arg("check").arg(&file.0).output() else {
        println!("skipped: {} does not run", python.display());
        return;
    };
    if output.status.code() == Some(77) {
        println!("skipped: {}", String::from_utf8_lossy(&output.stderr));
        return;
    }
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut workspace = network.body.workspace();
    let x = matrix(&found["x"]);
    let y = network.body.forward(x.view(), &mut workspace).unwrap();
    let expected = matrix(&found["body"]);
    assert!(y.iter().zip(&expected).all(|(y, expected)| (y - expected).abs() < 1e-6), "{y} {expected}");
}
