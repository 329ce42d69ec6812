//! Checkpoints: everything that training needs to go on bit for bit, in one file.
//!
//! [`save`] writes weights, buffers and an optimizer's state; [`load`] reads them into a model and an optimizer that were
//! made as for a new run. From there on every step has the bits that it would have had without the interruption.
//!
//! ```
//! use optim_core::checkpoint;
//! use optim_core::prelude::*;
//!
//! let path = std::env::temp_dir().join("optim-doc-checkpoint.safetensors");
//! let step = |opt: &mut Optimizer<_, _>, w: &mut Vec<f32>| opt.step_with(w, |w, gradient| gradient.clone_from(w));
//!
//! let mut w = vec![1.0_f32, -2.0];
//! let mut opt = Adam::default().init(&w)?;
//! step(&mut opt, &mut w)?;
//! checkpoint::save(&path, &w, &opt)?;
//!
//! // Another day:
//! let mut again = vec![0.0; 2];
//! let mut resumed = Adam::default().init(&again)?;
//! checkpoint::load(&path, &mut again, &mut resumed)?;
//! step(&mut opt, &mut w)?;
//! step(&mut resumed, &mut again)?;
//! assert_eq!((again, resumed.steps()), (w, 2));
//! # std::fs::remove_file(path).unwrap();
//! # Ok::<(), optim_core::Error>(())
//! ```
//!
//! # What is in it
//! All tensors of the model, frozen ones and buffers too; of the optimizer what its [`Persist`] saves: the rule's name
//! and hyper-parameters, the count of steps, caches in their precision, what `evaluate` sees of the last step, and all of
//! that for groups (with what is in them, frozen or masked) and for wrappers around it. What a program adds
//! ([`Checkpoint`]): the epoch, the generator that shuffles. What is part of the program is not saved: skipped fields of a
//! model, constraints, the numbers of a schedule (what it has observed is), the choice of threads and instructions.
//!
//! # A crash at any moment
//! leaves the old file or the new one. What is written goes to a file of another name in the same folder, is on the disk
//! before it gets the name, and the folder after. A file that a dead program has left half written is removed by the next
//! `save` to the same path.
//!
//! # Loading changes everything or nothing
//! The file is checked first: a checksum finds what was cut or flipped. Then every tensor of the model and every value of
//! the optimizer has to be there, of the right shape and number type, and nothing else: a missing, superfluous, renamed or
//! reshaped parameter, another rule, a hyper-parameter out of its range are errors that name it. [`Checkpoint`] has ways to
//! load what does not quite fit.
//!
//! # The format
//! is [safetensors](https://github.com/huggingface/safetensors), which Python, and most else, reads. Weights stand under
//! their paths; caches as `optimizer/cache/m/hidden.weight`; values of a program's own behind `value/`. Counts, numbers and
//! texts stand in the metadata, numbers with all their bits: `optimizer/hyper/lr: 0.001 0x3f50624dd2f1a9fc`; with them
//! `schema` (1) and `checksum`, CRC-64/XZ over the file with its own digits as zeros. Writing and reading are done here, in
//! a few files without dependencies, since a reader for a format this small is easier to trust than to configure:
//! it never panics, whatever it is given, and needs memory in proportion to the file, whatever that says.

mod changes;
mod checksum;
mod file;
mod inspect;
mod json;
mod layout;
mod load;
mod number;
pub mod pytorch;
mod text;

use std::path::Path;

pub use self::inspect::{Inspection, StoredTensor, inspect};

use self::changes::Changes;
use self::file::{Contents, damaged};
use self::layout::Parts;
use crate::error::Error;
use crate::optimizable::Optimizable;
use crate::pattern::Pattern;
use crate::random::Rng;
use crate::record::{Persist, Record, Value};

/// Saves a model and its optimizer, in place of a file that is there already.
///
/// # Errors
/// When the file cannot be written; the old one is as before then. When the folder cannot be synced, the new one is there,
/// and may not outlast a failure of the power.
pub fn save<M: Optimizable>(path: impl AsRef<Path>, model: &M, optimizer: &impl Persist) -> Result<(), Error> {
    Checkpoint::new().model(model).optimizer(optimizer).save(path)
}

/// Loads a model and its optimizer.
///
/// # Errors
/// When the file cannot be read, is damaged, or does not fit; nothing has changed then.
pub fn load<M: Optimizable, O: Persist + Clone>(
    path: impl AsRef<Path>,
    model: &mut M,
    optimizer: &mut O,
) -> Result<(), Error> {
    Checkpoint::open(path)?.load(model, optimizer)
}

/// Loads a model without its optimizer.
///
/// # Errors
/// As [`load`].
pub fn load_weights<M: Optimizable>(path: impl AsRef<Path>, model: &mut M) -> Result<(), Error> {
    Checkpoint::open(path)?.load_weights(model)
}

/// What is in a checkpoint: put together to be saved, or read from a file to be loaded.
///
/// ```
/// use optim_core::checkpoint::Checkpoint;
/// use optim_core::prelude::*;
///
/// let path = std::env::temp_dir().join("optim-doc-values.safetensors");
/// let w = vec![1.0_f32, -2.0];
/// let opt = Adam::default().init(&w)?;
/// let mut shuffle = Rng::new(7);
/// shuffle.bits();
/// Checkpoint::new().model(&w).optimizer(&opt).value("epoch", 3_u64).rng("shuffle", &shuffle).save(&path)?;
///
/// let (mut again, mut rng) = (vec![0.0; 2], Rng::new(0));
/// let mut resumed = Adam::default().init(&again)?;
/// let file = Checkpoint::open(&path)?;
/// file.load(&mut again, &mut resumed)?;
/// file.restore("shuffle", &mut rng)?;
/// assert_eq!((file.values().count("epoch")?, again, rng), (3, w, shuffle));
/// # std::fs::remove_file(path).unwrap();
/// # Ok::<(), optim_core::Error>(())
/// ```
///
/// # A model that has changed
/// Each of these says what is to be done with a file when it is loaded: [`rename`](Self::rename),
/// [`discard`](Self::discard), [`convert`](Self::convert), [`grow`](Self::grow), [`forget`](Self::forget),
/// [`allow_new`](Self::allow_new). They are done in this order, for weights and for what the optimizer knows of them, and
/// what they do not speak of has to fit as ever. A path names a parameter and all below it. In all but `rename` it may be a
/// pattern, as [`paths`](crate::selection::paths) has them: `**.bias`.
///
/// What wrappers keep for each weight goes along: of a new parameter, or the new elements of one that has grown, an
/// average or a slow weight begins at the weight as the model has it, and a sum at 0. Vectors of a
/// [`Minimizer`](crate::minimize::Minimizer) are over all weights together: only `rename` and `convert` do not break them.
///
/// ```
/// use optim_core::checkpoint::{self, Checkpoint};
/// use optim_core::ndarray::{Array2, array};
/// use optim_core::prelude::*;
///
/// #[derive(Optimizable)]
/// struct Old {
///     table: Array2<f32>,
/// }
///
/// #[derive(Optimizable)]
/// struct New {
///     embedding: Array2<f32>,
///     gain: f32,
/// }
///
/// let path = std::env::temp_dir().join("optim-doc-changes.safetensors");
/// let old = Old { table: array![[1.0, 2.0]] };
/// checkpoint::save(&path, &old, &Adam::default().init(&old)?)?;
///
/// let mut new = New { embedding: Array2::zeros((2, 2)), gain: 5.0 };
/// let mut opt = Adam::default().init(&new)?;
/// let error = checkpoint::load(&path, &mut new, &mut opt).unwrap_err();
/// assert_eq!(error.path(), Some("embedding"));
/// Checkpoint::open(&path)?
///     .rename("table", "embedding")
///     .grow("embedding")
///     .allow_new("gain")
///     .load(&mut new, &mut opt)?;
/// assert_eq!((new.embedding, new.gain), (array![[1.0, 2.0], [0.0, 0.0]], 5.0));
/// # std::fs::remove_file(path).unwrap();
/// # Ok::<(), optim_core::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Checkpoint {
    parts: Parts,
    changes: Changes,
    /// Whether matrices of layers stand the other way round, as PyTorch has them.
    transposed: bool,
}

/// To be saved.
impl Checkpoint {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Checkpoint::default()
    }

    /// With the tensors of a model, as they are now.
    #[must_use]
    pub fn model<M: Optimizable>(mut self, model: &M) -> Self {
        self.parts.weights = load::weights(model);
        self
    }

    /// With the state of an optimizer, as it is now.
    #[must_use]
    pub fn optimizer(mut self, optimizer: &impl Persist) -> Self {
        self.parts.optimizer = Some(optimizer.save());
        self
    }

    /// With a value of the program's own.
    #[must_use]
    pub fn value(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.parts.values.put(name, value.into());
        self
    }

    /// With the state of something of the program's own.
    #[must_use]
    pub fn part(mut self, name: &str, part: &impl Persist) -> Self {
        self.parts.values.put_part(name, part.save());
        self
    }

    /// With the state of a generator: the order of batches goes on where it was.
    #[must_use]
    pub fn rng(self, name: &str, rng: &Rng) -> Self {
        self.part(name, rng)
    }

    /// Writes it, in place of a file that is there already.
    ///
    /// # Errors
    /// When the file cannot be written; the old one is as before then.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        let (metadata, tensors) = layout::to_file(&self.parts);
        file::write(path.as_ref(), &metadata, tensors)
    }
}

/// Read from a file.
impl Checkpoint {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// When it cannot be read, is damaged, is no checkpoint, or one of a newer schema.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let contents = Contents::read(path)?;
        let parts = layout::from_file(&contents).map_err(|text| damaged(path, &text))?;
        Ok(Checkpoint { parts, ..Checkpoint::default() })
    }

    /// What was saved under `old`, and below it, is loaded as `new`. Either may be `""`, the whole model: so what was a
    /// model becomes a part of one, or a part a model.
    #[must_use]
    pub fn rename(mut self, old: &str, new: &str) -> Self {
        self.changes.renamed.push((old.to_owned(), new.to_owned()));
        self
    }

    /// What the model does not have any more is left out. Paths are those after `rename`.
    #[must_use]
    pub fn discard(mut self, path: &str) -> Self {
        self.changes.discarded.push(Pattern::with_all_below(path));
        self
    }

    /// Numbers are rounded to the model's type, `f32` or `f64`, where they are of the other.
    #[must_use]
    pub fn convert(mut self) -> Self {
        self.changes.converts = true;
        self
    }

    /// A tensor of the model that is larger than in the file gets the saved numbers at its beginning, in every axis, and
    /// keeps what it has in the rest; its caches likewise.
    #[must_use]
    pub fn grow(mut self, path: &str) -> Self {
        self.changes.grown.push(Pattern::with_all_below(path));
        self
    }

    /// Weights are loaded, and what the optimizer knew of them is not: caches keep what they have, which is what `init`
    /// gave them in a new optimizer. For parameters that were frozen, or are.
    ///
    /// Caches that start at the weight (`z` of schedule-free rules) start at that of the model given to `init`, not at that
    /// of the file: for such a rule, load the weights alone first, and make the optimizer for that model.
    #[must_use]
    pub fn forget(mut self, path: &str) -> Self {
        self.changes.forgotten.push(Pattern::with_all_below(path));
        self
    }

    /// Parameters that are not in the file keep what they have, and so do their caches.
    #[must_use]
    pub fn allow_new(mut self, path: &str) -> Self {
        self.changes.new.push(Pattern::with_all_below(path));
        self
    }

    /// Loads a model and its optimizer.
    ///
    /// # Errors
    /// When something does not fit; nothing has changed then.
    pub fn load<M: Optimizable, O: Persist + Clone>(&self, model: &mut M, optimizer: &mut O) -> Result<(), Error> {
        load::load(&self.parts, &self.changes, model, optimizer)
    }

    /// Loads a model without its optimizer.
    ///
    /// # Errors
    /// When something does not fit; nothing has changed then.
    pub fn load_weights<M: Optimizable>(&self, model: &mut M) -> Result<(), Error> {
        let tensors = load::tensors(&*model);
        let adapted = load::adapt(&self.parts, &self.changes, self.transposed, &tensors)?;
        drop(tensors);
        adapted.write(model);
        Ok(())
    }

    /// The program's own values.
    pub fn values(&self) -> &Record {
        &self.parts.values
    }

    /// Loads something of the program's own that was saved as a [`part`](Self::part) or an [`rng`](Self::rng).
    ///
    /// # Errors
    /// When it is not there, or does not fit; nothing has changed then.
    pub fn restore<P: Persist + Clone>(&self, name: &str, part: &mut P) -> Result<(), Error> {
        let mut loaded = part.clone();
        loaded.load(&self.parts.values.part(name)).map_err(|error| Error::data(format!("`{name}`: {error}")))?;
        *part = loaded;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
