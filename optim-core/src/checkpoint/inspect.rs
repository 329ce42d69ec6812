//! [`Inspection`]: what a file contains, without a model.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use super::file::Contents;
use crate::error::Error;

/// What a file of the format safetensors contains; made by [`inspect`]. Displays as a table.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Inspection {
    /// Texts by their names: `schema`, `optimizer/rule`, `optimizer/steps`, `optimizer/hyper/lr`, …
    pub metadata: BTreeMap<String, String>,
    /// Tensors by their names.
    pub tensors: BTreeMap<String, StoredTensor>,
    /// Whether the file has a checksum, as all have that were written here. It is right then.
    pub checked: bool,
}

/// A tensor in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoredTensor {
    /// The type of its numbers, as the format names it: `F32`, `F64`, `U8`, …
    pub number: &'static str,
    /// Its shape.
    pub shape: Vec<usize>,
}

/// Lists what a file contains: a checkpoint, or any other file of the format.
///
/// ```
/// use optim_core::checkpoint;
/// use optim_core::prelude::*;
///
/// let path = std::env::temp_dir().join("optim-doc-inspect.safetensors");
/// let model = (vec![1.0_f32, 2.0], 3.0_f32);
/// checkpoint::save(&path, &model, &Adam::default().init(&model)?)?;
/// let found = checkpoint::inspect(&path)?;
/// assert_eq!(found.metadata["optimizer/rule"], "Adam");
/// assert_eq!(found.tensors["optimizer/cache/m/0"].shape, [2]);
/// assert!(found.to_string().contains("F32 [2]  0\n"));
/// # std::fs::remove_file(path).unwrap();
/// # Ok::<(), optim_core::Error>(())
/// ```
///
/// # Errors
/// When the file cannot be read, or is damaged.
pub fn inspect(path: impl AsRef<Path>) -> Result<Inspection, Error> {
    let Contents { metadata, tensors, checked, .. } = Contents::read(path.as_ref())?;
    let tensors = tensors.into_iter().map(|(name, tensor)| {
        let (number, shape) = (tensor.number.name(), tensor.shape);
        (name, StoredTensor { number, shape })
    });
    Ok(Inspection { metadata: metadata.into_iter().collect(), tensors: tensors.collect(), checked })
}

impl fmt::Display for Inspection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, text) in &self.metadata {
            writeln!(f, "{name}: {text}")?;
        }
        for (name, StoredTensor { number, shape }) in &self.tensors {
            writeln!(f, "{number} {shape:?}  {name}")?;
        }
        Ok(())
    }
}
