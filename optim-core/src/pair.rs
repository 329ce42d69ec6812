//! Two models in step: the pairs of their parameters, compared before anything is touched.

use std::fmt::Write;

use ndarray::{ArrayViewD, ArrayViewMutD};

use crate::error::Error;
use crate::kernel::{Tensor, TensorMut};
use crate::optimizable::{Optimizable, RealOf};
use crate::outline::Outline;
use crate::path::{At, Role};
use crate::real::Real;
use crate::walk::{Structure, Visitor, VisitorMut};

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

/// Adds `factor · other` to the parameters of `model`; `list` is memory that is used again. Allocates nothing but that,
/// unless it has something to report.
pub(crate) fn add_scaled<'a, M: Optimizable>(
    model: &mut M,
    factor: f64,
    other: &'a M,
    list: &mut Vec<Tensor<'a, RealOf<M>>>,
) -> Result<(), Error> {
    check_alike(model, other, "the other model")?;
    list.clear();
    other.walk(&mut List(list));
    model.walk_mut(&mut Add { factor: Real::from_f64(factor), others: list.iter() });
    Ok(())
}

struct List<'l, 'a, A>(&'l mut Vec<Tensor<'a, A>>);

impl<'a, A> Visitor<'a, A> for List<'_, 'a, A> {
    #[inline]
    fn tensor(&mut self, _: &At<'_>, tensor: Tensor<'a, A>) {
        self.0.push(tensor);
    }
}

/// Adds to each tensor that of the other model in its place.
struct Add<'l, 'a, A> {
    factor: A,
    others: std::slice::Iter<'l, Tensor<'a, A>>,
}

impl<A: Real> VisitorMut<'_, A> for Add<'_, '_, A> {
    fn tensor(&mut self, at: &At<'_>, mut tensor: TensorMut<'_, A>) {
        if let Some(other) = self.others.next()
            && at.role() != Role::Buffer
            && tensor.len() == other.len()
        {
            tensor.add_scaled(self.factor, other);
        }
    }
}

/// Whether `other` has the structure and the shapes of `model`; `what` names it in the error. Allocates nothing unless
/// it has something to report.
pub(crate) fn check_alike<M: Optimizable>(model: &M, other: &M, what: &'static str) -> Result<(), Error> {
    if Print::of(model) == Print::of(other) {
        return Ok(());
    }
    Outline::of(model).check(other, what, &mut Vec::new())
}

/// A number for structure and shapes: of two models that differ in either it differs too, but for one pair in 2⁶⁴.
#[derive(PartialEq)]
struct Print(u64);

impl Print {
    fn of<M: Optimizable>(model: &M) -> Self {
        let mut print = Print(0);
        model.walk(&mut print);
        print
    }

    #[inline]
    fn add(&mut self, number: usize) {
        // The mixing step of MurmurHash3: every bit of the number reaches every bit of the sum.
        let mut sum = (self.0.rotate_left(5) ^ number as u64).wrapping_mul(0xff51_afd7_ed55_8ccd);
        sum ^= sum >> 33;
        self.0 = sum.wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    }

    fn add_text(&mut self, text: &str) {
        self.add(text.len());
        text.bytes().for_each(|byte| self.add(byte.into()));
    }
}

impl<'a, A> Visitor<'a, A> for Print {
    #[inline]
    fn tensor(&mut self, _: &At<'_>, tensor: Tensor<'a, A>) {
        self.add(tensor.shape().len());
        tensor.shape().iter().for_each(|&length| self.add(length));
    }

    fn structure(&mut self, _: &At<'_>, structure: Structure<'_>) {
        match structure {
            Structure::Length(length) => self.add(length),
            Structure::Present(present) => self.add(present.into()),
            Structure::Variant(name) => self.add_text(name),
            Structure::Key(key) => self.add_text(key),
        }
    }
}
