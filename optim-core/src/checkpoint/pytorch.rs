//! Weights as PyTorch has them: files of `safetensors.torch`.
//!
//! ```python
//! from safetensors.torch import load_file, save_file
//! network = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Tanh(), torch.nn.Linear(8, 3))
//! network.load_state_dict(load_file("network.safetensors"))
//! ```
//!
//! reads what [`export`] wrote of `(Linear, Tanh, Linear)`, and [`import`] reads what `save_file` writes. Names are the
//! same where a struct's fields are called as the module's attributes, and a tuple or a list stands for a `Sequential` or
//! a `ModuleList`: `0.weight`, `2.bias`. The weight of a [`Linear`](crate::layers::Linear) is turned round, `(in, out)`
//! here and `(out, in)` there, wherever in a model the layer stands; all other tensors are taken as they are.

use std::path::Path;

use super::Checkpoint;
use super::file::{self, Contents, damaged};
use super::layout::{Parts, part, value};
use super::load::{tensors, turn};
use super::number::Number;
use crate::error::Error;
use crate::optimizable::Optimizable;
use crate::record::{Record, tensor};

/// Writes all tensors of a model, frozen ones and buffers too.
///
/// # Errors
/// When the file cannot be written; one that was there is as before then.
pub fn export<M: Optimizable>(path: impl AsRef<Path>, model: &M) -> Result<(), Error> {
    let mut weights = Record::new();
    for (path, transposed, value) in tensors(model).0 {
        let value = if transposed { turn(value) } else { value };
        weights.put(&path, tensor(value.to_owned()));
    }
    let tensors = weights.iter().filter_map(|(path, value)| Some((path.to_owned(), part(value)?))).collect();
    // Libraries around PyTorch ask for it.
    let metadata = [("format".to_owned(), "pt".to_owned())];
    file::write(path.as_ref(), &metadata, tensors)
}

/// Reads all tensors of a model.
///
/// ```
/// use optim_core::checkpoint::pytorch;
/// use optim_core::ndarray::array;
/// use optim_core::prelude::*;
///
/// let path = std::env::temp_dir().join("optim-doc-pytorch.safetensors");
/// let layer = Linear { weight: array![[1.0_f32, 2.0, 3.0]], bias: array![0.0, 0.5, 1.0] };
/// pytorch::export(&path, &layer)?;
/// assert_eq!(optim_core::checkpoint::inspect(&path)?.tensors["weight"].shape, [3, 1]);
/// let mut again = layer.zeros_like();
/// pytorch::import(&path, &mut again)?;
/// assert_eq!(again, layer);
/// # std::fs::remove_file(path).unwrap();
/// # Ok::<(), optim_core::Error>(())
/// ```
///
/// # Errors
/// When the file cannot be read, is damaged, or does not have the model's tensors and no others; nothing has changed
/// then. [`open`] has ways to read what does not quite fit.
pub fn import<M: Optimizable>(path: impl AsRef<Path>, model: &mut M) -> Result<(), Error> {
    open(path)?.load_weights(model)
}

/// Reads a file, to be loaded with [`Checkpoint::load_weights`] after [`rename`](Checkpoint::rename),
/// [`discard`](Checkpoint::discard), [`convert`](Checkpoint::convert) and the like. Numbers of half precision (`F16`,
/// `BF16`) become `f32`; whole numbers and truth values are left out, since no model has any.
///
/// # Errors
/// When the file cannot be read, or is damaged.
pub fn open(path: impl AsRef<Path>) -> Result<Checkpoint, Error> {
    let path = path.as_ref();
    let contents = Contents::read(path)?;
    let mut weights = Record::new();
    for (name, stored) in &contents.tensors {
        if !matches!(stored.number, Number::U8 | Number::Other(..)) {
            let value = value(&contents, stored).map_err(|text| damaged(path, &format!("`{name}` {text}")))?;
            weights.put(name, value);
        }
    }
    Ok(Checkpoint { parts: Parts { weights, ..Parts::default() }, transposed: true, ..Checkpoint::default() })
}
