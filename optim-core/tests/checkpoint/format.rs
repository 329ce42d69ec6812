//! The format: a committed file, byte for byte, and Python's `safetensors`, both ways.

use std::path::Path;
use std::process::Command;

use ndarray::{Array1, Array2, array};
use optim_core::checkpoint::{self, Checkpoint, pytorch};
use optim_core::prelude::*;
use optim_core::record::Persist;
use serde_json::Value;

use crate::Temporary;
use crate::resume::bits;

#[derive(Optimizable, Clone)]
struct Model {
    weight: Array2<f32>,
    bias: Array1<f32>,
    #[optim(freeze)]
    fixed: f32,
    #[optim(buffer)]
    mean: Array1<f32>,
}

fn model() -> Model {
    Model {
        weight: array![[1.0, -2.0, 0.5], [0.0, -0.0, 4.0]],
        bias: array![0.25, 1e-9],
        fixed: 7.0,
        mean: array![3.0],
    }
}

/// A run of two steps, with caches in both number types.
fn run() -> (Model, Optimizer<Adafactor, Model>) {
    let mut model = model();
    let mut opt = Adafactor::default().with_lr(0.5).init(&model).unwrap();
    for _ in 0..2 {
        opt.step_with(&mut model, |model, gradient| gradient.clone_from(model)).unwrap();
    }
    (model, opt)
}

fn of_run() -> Checkpoint {
    let (model, opt) = run();
    let checkpoint = Checkpoint::new().model(&model).optimizer(&opt);
    checkpoint.value("epoch", 3_u64).value("best/loss", 0.1).value("name", "a \"run\"\n").rng("shuffle", &Rng::new(1))
}

#[test]
fn a_file_is_the_same_on_every_machine_and_in_every_version() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/checkpoint/golden/adafactor.safetensors");
    let file = Temporary::new("golden");
    of_run().save(&file).unwrap();
    let found = std::fs::read(&file).unwrap();
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&golden, &found).unwrap();
    }
    assert!(
        found == std::fs::read(&golden).unwrap(),
        "the format has changed: what others have saved is to be read still"
    );
    let (mut model, mut rng) = (model(), Rng::new(9));
    let mut opt = Adafactor::default().init(&model).unwrap();
    let file = Checkpoint::open(&golden).unwrap();
    file.load(&mut model, &mut opt).unwrap();
    assert!(bits(&opt.save()) == bits(&run().1.save()));
    let values = file.values();
    assert_eq!(values.count("epoch").unwrap(), 3);
    assert_eq!(values.number("best/loss").unwrap(), 0.1);
    assert_eq!(values.text("name").unwrap(), "a \"run\"\n");
    file.restore("shuffle", &mut rng).unwrap();
    assert_eq!(rng, Rng::new(1));
    let error = file.restore("shuffled", &mut rng).unwrap_err();
    assert_eq!(error.to_string(), "`shuffled`: `xoshiro256++` is missing");
}

#[test]
fn inspecting_needs_no_model() {
    let file = Temporary::new("inspect");
    of_run().save(&file).unwrap();
    let found = checkpoint::inspect(&file).unwrap();
    let text = |name: &str| found.metadata[name].as_str();
    assert_eq!((text("schema"), text("optimizer/rule"), text("optimizer/steps")), ("1", "Adafactor", "2"));
    assert_eq!(text("optimizer/layout"), "r[row] if ndim() >= 2, c[col] if ndim() >= 2, v if ndim() < 2");
    assert_eq!(text("optimizer/hyper/lr"), "0.5 0x3fe0000000000000");
    let tensors: Vec<String> =
        found.tensors.iter().map(|(name, of)| format!("{name} {} {:?}", of.number, of.shape)).collect();
    assert_eq!(
        tensors,
        [
            "bias F32 [2]",
            "fixed F32 []",
            "mean F32 [1]",
            "optimizer/cache/c/weight F32 [3]",
            "optimizer/cache/r/weight F32 [2]",
            "optimizer/cache/v/bias F32 [2]",
            "value/shuffle/xoshiro256++ U8 [32]",
            "weight F32 [2, 3]",
        ]
    );
    assert!(found.checked && found.to_string().contains("optimizer/rule: Adafactor\n"));
}

/// Runs the script, or says why not.
fn script(arguments: &[&Path]) -> Option<String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tools/safetensors_check.py");
    let python = std::env::var_os("OPTIM_PYTHON").unwrap_or_else(|| "python3".into());
    let output = match Command::new(&python).arg(script).args(arguments).output() {
        Ok(output) => output,
        Err(error) => {
            println!("skipped: {} does not run: {error}", python.display());
            return None;
        }
    };
    let (text, error) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if output.status.code() == Some(77) {
        println!("skipped: {error}");
        return None;
    }
    assert!(output.status.success(), "{error}");
    Some(text.into_owned())
}

#[test]
fn python_reads_what_is_written_here() {
    let file = Temporary::new("to-python");
    // Leaves without a path, without a number, and of the other type.
    let checkpoint = of_run().value("empty", ndarray::ArrayD::<f64>::zeros(vec![0, 2]));
    let checkpoint = checkpoint.value("wide", array![0.1_f64, f64::INFINITY].into_dyn());
    checkpoint.save(&file).unwrap();
    let Some(text) = script(&["read".as_ref(), file.as_ref()]) else { return };
    let found: Value = serde_json::from_str(&text).unwrap();
    let inspected = checkpoint::inspect(&file).unwrap();
    let metadata: std::collections::BTreeMap<String, String> =
        serde_json::from_value(found["metadata"].clone()).unwrap();
    assert_eq!(metadata, inspected.metadata);
    assert_eq!(found["checksum"], metadata["checksum"].as_str());
    let hex = |bytes: &[u8]| bytes.iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
    let mut count = 0;
    let mut expect = |name: &str, of: &str, shape: &[usize], bytes: Vec<u8>| {
        let tensor = &found["tensors"][name];
        let there = (tensor["dtype"].as_str(), tensor["bytes"].as_str(), tensor["shape"].clone());
        assert_eq!(there, (Some(of), Some(hex(&bytes).as_str()), serde_json::json!(shape)), "{name}");
        count += 1;
    };
    let (model, opt) = run();
    model.for_each_tensor(|path, _, value| {
        expect(path, "float32", value.shape(), value.iter().flat_map(|x| x.to_le_bytes()).collect());
    });
    for (name, value) in opt.save().iter() {
        if let optim_core::record::Value::F32(array) = value {
            let bytes = array.iter().flat_map(|x| x.to_le_bytes()).collect();
            expect(&format!("optimizer/{name}"), "float32", array.shape(), bytes);
        }
    }
    let wide = [0.1_f64, f64::INFINITY].iter().flat_map(|x| x.to_le_bytes()).collect();
    expect("value/wide", "float64", &[2], wide);
    expect("value/empty", "float64", &[0, 2], Vec::new());
    assert_eq!(count + 1, inspected.tensors.len(), "all but the generator");
}

#[test]
fn what_python_writes_is_read_here() {
    let file = Temporary::new("from-python");
    if script(&["write".as_ref(), file.as_ref()]).is_none() {
        return;
    }
    let found = checkpoint::inspect(&file).unwrap();
    assert!(!found.checked);
    assert_eq!(found.metadata["note"], "\"ü\"\n");
    let mut model = (Array2::<f32>::zeros((2, 3)), vec![0.0_f32; 2], 0.0_f32);
    pytorch::open(&file).unwrap().convert().load_weights(&mut model).unwrap();
    assert_eq!(model, (array![[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]], vec![0.5, -0.25], 1.5));
    let error = Checkpoint::open(&file).unwrap_err().to_string();
    assert!(error.ends_with("it is not a checkpoint of this library, or was changed by something else"), "{error}");
}

#[test]
fn a_model_that_is_one_tensor_has_an_empty_path() {
    let file = Temporary::new("leaf");
    let w = vec![1.0_f32, 2.0];
    let opt = Adam::default().init(&w).unwrap();
    checkpoint::save(&file, &w, &opt).unwrap();
    let mut again = vec![0.0; 2];
    checkpoint::load(&file, &mut again, &mut opt.clone()).unwrap();
    assert_eq!(again, w);
    if let Some(text) = script(&["read".as_ref(), file.as_ref()]) {
        let found: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(found["tensors"][""]["bytes"], "0000803f00000040");
    }
}
