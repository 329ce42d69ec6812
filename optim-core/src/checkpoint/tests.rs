//! Files that are damaged, or none: every one is an error that says so, and none is a panic.

use std::path::PathBuf;

use ndarray::{ArrayD, IxDyn};
use proptest::prelude::*;

use super::file::Contents;
use super::json::Result;
use super::layout::{Parts, from_file};
use super::{Checkpoint, Rng};
use crate::record::{Record, Value};

fn file(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("optim-checkpoint-{name}-{}.safetensors", std::process::id()))
}

/// The bytes that a checkpoint is written as.
fn bytes(name: &str, checkpoint: &Checkpoint) -> Vec<u8> {
    let path = file(name);
    checkpoint.save(&path).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    std::fs::remove_file(path).unwrap();
    bytes
}

fn read(bytes: Vec<u8>) -> Result<Parts> {
    Contents::parse(bytes).and_then(|contents| from_file(&contents))
}

fn small() -> Checkpoint {
    let checkpoint = Checkpoint::new().model(&(vec![1.0_f32, -0.0, 3.5], 2.0_f32));
    checkpoint.value("epoch", 3_u64).value("loss", 0.1).rng("shuffle", &Rng::new(1))
}

#[test]
fn every_truncation_and_every_flipped_bit_is_an_error() {
    let whole = bytes("flips", &small());
    assert_eq!(read(whole.clone()), Ok(small().parts));
    for length in 0..whole.len() {
        assert!(read(whole[..length].to_vec()).is_err(), "{length} bytes");
    }
    for bit in 0..8 * whole.len() {
        let mut flipped = whole.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(read(flipped).is_err(), "bit {bit}");
    }
    let mut longer = whole;
    longer.push(0);
    assert!(read(longer).is_err());
}

/// A file of this header, with so many bytes behind it.
fn with_header(header: &str, data: usize) -> Vec<u8> {
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend_from_slice(header.as_bytes());
    bytes.resize(bytes.len() + data, 1);
    bytes
}

fn refused(header: &str, data: usize) -> String {
    Contents::parse(with_header(header, data)).unwrap_err()
}

#[test]
fn what_is_wrong_with_a_file_is_said() {
    let one = |of: &str| format!("{{\"x\":{{{of}}}}}");
    let good = "\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]";
    assert!(Contents::parse(with_header(&one(good), 8)).is_ok());
    assert_eq!(refused(&one(good), 7), "it ends after 69 bytes, in `x`");
    assert_eq!(refused(&one(good), 9), "1 bytes at its end belong to nothing");
    assert_eq!(Contents::parse(vec![9; 7]).unwrap_err(), "it ends after 7 bytes, in its header");
    assert_eq!(Contents::parse(vec![255; 70]).unwrap_err(), "it ends after 70 bytes, in its header");
    let bytes = "`x` does not have the bytes of its shape";
    for places in ["[0,4]", "[8,0]", "[0]", "[0,8,8]", "[18446744073709551615,7]"] {
        assert_eq!(refused(&one(&good.replace("[0,8]", places)), 8), bytes);
    }
    for shape in ["[3]", "[4294967296,4294967296]", "[0,9223372036854775807,9223372036854775807]", "[2,2]"] {
        assert_eq!(refused(&one(&good.replace("[2]", shape)), 8), bytes);
    }
    assert_eq!(refused(&one(&good.replace("F32", "F33")), 8), "`x` has the number type `F33`");
    assert_eq!(refused(&one(&format!("{good},{good}")), 8), "`dtype` stands twice in its header");
    assert_eq!(refused(&one(&good.replace("dtype", "type")), 8), "`x` has `type`, which is not known");
    assert_eq!(refused(&one("\"shape\":[2]"), 8), "`x` has not all of `dtype`, `shape` and `data_offsets`");
    assert_eq!(refused(&one(&good.replace("[0,8]", "[4,12]")), 12), "`x` begins at byte 67, not 63");
    let twice = format!("{{\"x\":{{{good}}},\"x\":{{{good}}}}}");
    assert_eq!(refused(&twice, 8), "`x` stands twice in its header");
    let overlap = format!("{{\"x\":{{{good}}},\"y\":{{{good}}}}}");
    assert!(refused(&overlap, 8).contains("`y` begins at byte"));
    assert_eq!(refused("{}x", 0), "found `x` at byte 2 of the header, expected its end");
    assert_eq!(refused("{\"__metadata__\":{\"a\":1}}", 0), "found `1` at byte 21 of the header, expected `\"`");
}

#[test]
fn what_somebody_else_wrote_is_no_checkpoint() {
    let text = read(with_header("{\"__metadata__\":{\"schema\":\"1\"}}", 0)).unwrap_err();
    assert_eq!(text, "it is not a checkpoint of this library, or was changed by something else");
}

#[test]
fn a_newer_schema_is_named() {
    let whole = bytes("newer", &small());
    let header = String::from_utf8_lossy(&whole[8..]).into_owned();
    let at = 8 + header.find("\"schema\":\"1\"").unwrap() + 10;
    let mut newer = whole;
    newer[at] = b'2';
    // As that version would have written it.
    let wrong = read(newer.clone()).unwrap_err();
    let sum = wrong.strip_prefix("it is damaged: its checksum is ").unwrap()[..16].to_owned();
    newer[8 + 29..][..16].copy_from_slice(sum.as_bytes());
    assert_eq!(read(newer).unwrap_err(), "its schema is 2, and this version reads up to 1");
}

fn value() -> impl Strategy<Value = Value> {
    let shape = prop::collection::vec(0..4_usize, 0..4);
    let array = (shape, any::<u64>()).prop_map(|(shape, seed)| {
        let mut rng = Rng::new(seed);
        ArrayD::from_shape_simple_fn(IxDyn(&shape), move || rng.normal())
    });
    prop_oneof![
        any::<u64>().prop_map(Value::Count),
        prop_oneof![any::<f64>(), any::<u64>().prop_map(f64::from_bits)]
            .prop_filter("equal to itself", |x| !x.is_nan())
            .prop_map(Value::Number),
        "(?s).{0,9}".prop_map(Value::Text),
        array.clone().prop_map(Value::F64),
        array.prop_map(|array| Value::F32(array.mapv(<f32 as crate::Real>::from_f64))),
        prop::collection::vec(any::<u8>(), 0..9).prop_map(Value::Bytes),
    ]
}

fn record() -> impl Strategy<Value = Record> {
    let name = prop_oneof!["(?s).{0,5}", "[a-c/.]{0,5}", "(optimizer|value|__metadata__|/)[/a]{0,3}"];
    prop::collection::vec((name, value()), 0..6).prop_map(|values| {
        let mut record = Record::new();
        for (name, value) in &values {
            record.put(name, value.clone());
        }
        record
    })
}

/// Texts that are nearly headers.
fn header() -> impl Strategy<Value = String> {
    let token = prop::sample::select(
        &[
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            "\"",
            "\\",
            "\\u00",
            "\\ud83e",
            "0",
            "7",
            "12",
            "18446744073709551615",
            " ",
            "é",
            "\"x\"",
            "\"__metadata__\"",
            "\"dtype\":",
            "\"F32\"",
            "\"U8\"",
            "\"shape\":",
            "\"data_offsets\":",
            "[0,4]",
            "[1]",
            "{\"x\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]}",
        ][..],
    );
    prop::collection::vec(token, 0..24).prop_map(|tokens| tokens.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_saved_comes_back(weights in record(), optimizer in record(), values in record()) {
        // Weights are tensors.
        let mut tensors = Record::new();
        for (path, value) in weights.iter() {
            if matches!(value, Value::F32(_) | Value::F64(_)) {
                tensors.put(path, value.clone());
            }
        }
        let optimizer = (optimizer != Record::new()).then_some(optimizer);
        let parts = Parts { weights: tensors, optimizer, values };
        let checkpoint = Checkpoint { parts: parts.clone(), ..Checkpoint::new() };
        prop_assert_eq!(read(bytes("any", &checkpoint)), Ok(parts));
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..64), header in header(), data in 0..9_usize) {
        let _ = read(bytes);
        let _ = read(with_header(&header, data)).is_ok();
    }

    #[test]
    fn no_change_of_a_file_without_checksum_makes_it_panic(flips in prop::collection::vec(any::<prop::sample::Index>(), 1..4)) {
        let header = "{\"__metadata__\":{\"a\":\"b\\u00e9\"},\"x\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[0,8]}}";
        let mut bytes = with_header(header, 8);
        for flip in flips {
            let bit = flip.index(8 * bytes.len());
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
        if let Ok(contents) = Contents::parse(bytes) {
            for (_, stored) in &contents.tensors {
                let _ = super::layout::value(&contents, stored);
            }
        }
    }
}
