//! Normal numbers of a seed, drawn once: tests that compare many runs want the same ones again and again, and drawing
//! them takes longer than the steps.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use optim_core::prelude::Rng;

/// As many as a model has at most.
const COUNT: usize = 32 * 1024;

static DRAWN: Mutex<BTreeMap<u64, Arc<[f64]>>> = Mutex::new(BTreeMap::new());

/// What `Rng::new(seed).normal()` gives, one after the other; a panic behind the last one that is kept.
pub(crate) fn normals(seed: u64) -> impl FnMut() -> f64 {
    let mut drawn = DRAWN.lock().unwrap();
    let numbers = drawn.entry(seed).or_insert_with(|| {
        let mut rng = Rng::new(seed);
        (0..COUNT).map(|_| rng.normal()).collect()
    });
    let (numbers, mut next) = (Arc::clone(numbers), 0);
    move || {
        next += 1;
        numbers[next - 1]
    }
}
