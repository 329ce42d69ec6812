//! Two models in step: the pairs of their parameters, compared before anything is touched.

use std::fmt::Write;

use ndarray::{ArrayViewD, ArrayViewMutD};

use crate::error::Error;
use crate::optimizable::{Optimizable, RealOf};
use crate::outline::Outline;
use crate::path::{At, Role};

/// The path of `at`, in a string that is used again.
pub(crate) fn write_path<'s>(buffer: &'s mut String, at: &At<'_>) -> &'s str {
    buffer.clear();
    // Writing to a `String` does not fail.
    let _ = write!(buffer, "{at}");
    buffer
}

pub(crate) fn for_each_pair<'a, M: Optimizable>(
    model: &'a M,
    other: &'a M,
    mut f: impl FnMut(&str, ArrayViewD<'a, RealOf<M>>, ArrayViewD<'a, RealOf<M>>),
) -> Result<(), Error> {
    let outline = Outline::of(model);
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    outline.check(model, "the model", &mut ours)?;
    outline.check(other, "the other model", &mut theirs)?;
    for ((place, ours), theirs) in outline.places.iter().zip(ours).zip(theirs) {
        if place.role != Role::Buffer {
            f(&place.path, ours.view(), theirs.view());
        }
    }
    Ok(())
}

pub(crate) fn for_each_pair_mut<'a, M: Optimizable>(
    model: &'a mut M,
    other: &'a M,
    mut f: impl FnMut(&str, ArrayViewMutD<'a, RealOf<M>>, ArrayViewD<'a, RealOf<M>>),
) -> Result<(), Error> {
    let outline = Outline::of(model);
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    outline.check(other, "the other model", &mut theirs)?;
    outline.check_mut(model, "the model", &mut ours)?;
    for ((place, ours), theirs) in outline.places.iter().zip(ours).zip(theirs) {
        if place.role != Role::Buffer {
            f(&place.path, ours.into_view(), theirs.view());
        }
    }
    Ok(())
}
