//! [`Weights`]: the parameters of a model as one flat vector, and their way back.

use super::flat::set_scaled;
use crate::error::Error;
use crate::kernel::{Slot, Tensor, TensorMut};
use crate::optimizable::{Optimizable, RealOf};
use crate::optimizer::init::slots;
use crate::optimizer::{end, recycle};
use crate::outline::Outline;
use crate::path::Role;
use crate::real::{Real, Scalar};

/// Where the weights were at the start of a step, and where on the line they are now.
pub(super) struct Weights<A: 'static> {
    pub(super) outline: Outline,
    /// The parameters that move.
    pub(super) slots: Vec<Slot>,
    frozen: Vec<Slot>,
    /// All parameters at the start, in walking order: those that move, then the frozen ones.
    saved: Vec<A>,
    /// Those that move, on the line.
    pub(super) moved: Vec<A>,
    /// Memory for the lists of tensors, kept from step to step.
    written: Vec<TensorMut<'static, A>>,
    read: Vec<Tensor<'static, A>>,
}

impl<A: Real> Weights<A> {
    pub(super) fn new<M: Optimizable>(model: &M) -> Self
    where
        M::Scalar: Scalar<Real = A>,
    {
        let outline = Outline::of(model);
        let moving = slots(&outline, Role::Parameter, 0, &|_| true);
        let frozen = slots(&outline, Role::Frozen, end(&moving), &|_| true);
        let saved = vec![A::zero(); end(&frozen).max(end(&moving))];
        let moved = vec![A::zero(); end(&moving)];
        Weights { outline, slots: moving, frozen, saved, moved, written: Vec::new(), read: Vec::new() }
    }

    /// The weights at the start.
    pub(super) fn start(&self) -> &[A] {
        &self.saved[..self.moved.len()]
    }

    /// Takes the model's parameters as the start.
    pub(super) fn save<M: Optimizable<Scalar: Scalar<Real = A>>>(&mut self, model: &M) -> Result<(), Error> {
        let mut tensors = recycle(std::mem::take(&mut self.read));
        let checked = self.outline.check(model, "the model", &mut tensors);
        if checked.is_ok() {
            for slot in self.slots.iter().chain(&self.frozen) {
                tensors[slot.tensor].copy_to(&mut self.saved[slot.offset..slot.offset + slot.len]);
            }
        }
        self.read = recycle(tensors);
        checked
    }

    /// Goes to `start + at · line`.
    pub(super) fn go(&mut self, at: f64, line: &[A]) {
        let start = &self.saved[..self.moved.len()];
        self.moved
            .iter_mut()
            .zip(start.iter().zip(line))
            .for_each(|(moved, (start, line))| *moved = A::from_f64(start.as_f64() + at * line.as_f64()));
    }

    /// Goes back to the start.
    pub(super) fn go_back(&mut self) {
        let (start, moved) = (&self.saved[..self.moved.len()], &mut self.moved);
        set_scaled(moved, 1.0, start);
    }

    /// Writes the weights, where they are now, into the model; frozen parameters as they were at the start.
    pub(super) fn write<M: Optimizable<Scalar: Scalar<Real = A>>>(&mut self, model: &mut M) -> Result<(), Error> {
        let mut weights = recycle(std::mem::take(&mut self.written));
        let checked = self.outline.check_mut(model, "the model", &mut weights);
        if checked.is_ok() {
            for slot in &self.slots {
                weights[slot.tensor].copy_from(&self.moved[slot.offset..slot.offset + slot.len]);
            }
            for slot in &self.frozen {
                weights[slot.tensor].copy_from(&self.saved[slot.offset..slot.offset + slot.len]);
            }
        }
        self.written = recycle(weights);
        checked
    }

    /// Reads a gradient.
    pub(super) fn read<M: Optimizable<Scalar: Scalar<Real = A>>>(
        &mut self,
        gradient: &M,
        into: &mut [A],
    ) -> Result<(), Error> {
        let mut tensors = recycle(std::mem::take(&mut self.read));
        let checked = self.outline.check(gradient, "the gradient", &mut tensors);
        if checked.is_ok() {
            for slot in &self.slots {
                tensors[slot.tensor].copy_to(&mut into[slot.offset..slot.offset + slot.len]);
            }
        }
        self.read = recycle(tensors);
        checked
    }

    /// A number for the parameters, where the weights are now: of others it is another one, but for one in 2⁶⁴.
    pub(super) fn print(&self) -> u64 {
        let mut print = 0_u64;
        for x in self.moved.iter().chain(&self.saved[self.moved.len()..]) {
            // As `Print` mixes the shapes of models.
            let mut sum = (print.rotate_left(5) ^ x.as_f64().to_bits()).wrapping_mul(0xff51_afd7_ed55_8ccd);
            sum ^= sum >> 33;
            print = sum.wrapping_mul(0xc4ce_b9fe_1a85_ec53);
        }
        print
    }

    /// The path of a weight, and which of its tensor's it is.
    #[cold]
    pub(super) fn place(&self, index: usize) -> (&str, usize) {
        let slot = self.slots.iter().chain(&self.frozen).rfind(|slot| slot.offset <= index && slot.len > 0);
        slot.map_or(("", index), |slot| (&self.outline.places[slot.tensor].path, index - slot.offset))
    }

    /// The first parameter at the start that is not finite.
    #[cold]
    pub(super) fn not_finite(&self) -> Option<(usize, A)> {
        self.saved.iter().copied().enumerate().find(|(_, x)| !x.is_finite())
    }

    /// Takes back what can be of a model whose structure a closure has changed.
    #[cold]
    fn write_by_path<M: Optimizable<Scalar: Scalar<Real = A>>>(&self, model: &mut M) {
        model.for_each_param_mut(|path, mut value| {
            let found = self.slots.iter().chain(&self.frozen).find(|slot| {
                let place = &self.outline.places[slot.tensor];
                place.path == path && *place.shape == *value.shape()
            });
            if let Some(slot) = found {
                let saved = &self.saved[slot.offset..slot.offset + slot.len];
                value.iter_mut().zip(saved).for_each(|(w, &saved)| *w = saved);
            }
        });
    }
}

impl<A: Real> Clone for Weights<A> {
    fn clone(&self) -> Self {
        Weights {
            outline: self.outline.clone(),
            slots: self.slots.clone(),
            frozen: self.frozen.clone(),
            saved: self.saved.clone(),
            moved: self.moved.clone(),
            written: Vec::new(),
            read: Vec::new(),
        }
    }
}

/// Takes the parameters back to the start when it is dropped: after an evaluation, an error, or a panic.
pub(super) struct Restore<'s, M: Optimizable> {
    pub(super) weights: &'s mut Weights<RealOf<M>>,
    pub(super) model: &'s mut M,
    pub(super) armed: bool,
}

impl<M: Optimizable> Restore<'_, M> {
    pub(super) fn take_back(&mut self) -> Result<(), Error> {
        self.weights.go_back();
        let written = self.weights.write(self.model);
        if written.is_err() {
            self.weights.write_by_path(self.model);
        }
        written
    }
}

impl<M: Optimizable> Drop for Restore<'_, M> {
    fn drop(&mut self) {
        if self.armed {
            // A closure that changed the structure has its own error, or has panicked.
            let _ = self.take_back();
        }
    }
}
