//! [`Flat`]: the parameters of a model as one stretch of numbers, and back.

use std::ops::Range;

use super::assign::Assign;
use crate::error::Error;
use crate::kernel::{Execution, Pass, Slot, TensorMut, Work};
use crate::optimizable::{Optimizable, RealOf};
use crate::path::{At, Role};
use crate::walk::VisitorMut;

/// A parameter of the model, and where its numbers stand in the stretch.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) path: String,
    pub(super) shape: Box<[usize]>,
    pub(super) range: Range<usize>,
}

/// Reads and writes the parameters of a model (not those that are frozen) in walking order, each in logical row-major
/// order, so that no memory layout shows. Allocates nothing once it has seen the model.
pub(super) struct Flat<M: Optimizable> {
    places: Vec<Place>,
    slots: Vec<Slot>,
    /// Whether the model that the places are from is the inner optimizer's.
    confirmed: bool,
    /// Memory for the list of tensors, and for the numbers of [`change`](Self::change).
    list: Vec<TensorMut<'static, RealOf<M>>>,
    numbers: Vec<RealOf<M>>,
}

impl<M: Optimizable> Flat<M> {
    pub(super) const fn new() -> Self {
        Flat { places: Vec::new(), slots: Vec::new(), confirmed: false, list: Vec::new(), numbers: Vec::new() }
    }

    /// Sees the model for the first time, where the inner optimizer has checked it: in its closures.
    pub(super) fn open(&mut self, model: &mut M) {
        if !self.confirmed {
            self.see(model);
            self.confirmed = true;
        }
    }

    /// As [`open`](Self::open), where the model is not checked yet: what is seen counts until the next time only.
    pub(super) fn open_unchecked(&mut self, model: &mut M) {
        if !self.confirmed {
            self.see(model);
        }
    }

    pub(super) fn is_confirmed(&self) -> bool {
        self.confirmed
    }

    pub(super) fn places(&self) -> &[Place] {
        &self.places
    }

    /// How many numbers there are.
    pub(super) fn len(&self) -> usize {
        self.places.last().map_or(0, |place| place.range.end)
    }

    fn see(&mut self, model: &mut M) {
        struct See<'f>(&'f mut Vec<Place>);
        impl<'a, A> VisitorMut<'a, A> for See<'_> {
            fn tensor(&mut self, at: &At<'_>, tensor: TensorMut<'a, A>) {
                if at.role() == Role::Parameter {
                    let start = self.0.last().map_or(0, |place| place.range.end);
                    let range = start..start + tensor.len();
                    self.0.push(Place { path: at.to_string(), shape: tensor.shape().into(), range });
                }
            }
        }
        self.places.clear();
        model.walk_mut(&mut See(&mut self.places));
        let slot = |(tensor, place): (usize, &Place)| {
            let (offset, len) = (place.range.start, place.range.len());
            Slot { tensor, offset, len, group: 0, frozen: false }
        };
        self.slots = self.places.iter().enumerate().map(slot).collect();
    }

    /// Copies the parameters of `model` to `numbers`; `what` is what an error calls it.
    ///
    /// # Errors
    /// When the parameters are not those that were seen; the error names the path.
    pub(super) fn read(
        &mut self,
        model: &mut M,
        what: &'static str,
        numbers: &mut Vec<RealOf<M>>,
    ) -> Result<(), Error> {
        numbers.resize(self.len(), num_traits::Zero::zero());
        self.pass(model, what, Some((Work::Save, numbers)))
    }

    /// Copies `numbers` to the parameters of `model`.
    ///
    /// # Errors
    /// When the parameters are not those that were seen; nothing has been written then.
    pub(super) fn write(&mut self, model: &mut M, what: &'static str, numbers: &mut [RealOf<M>]) -> Result<(), Error> {
        self.pass(model, what, Some((Work::Restore, numbers)))
    }

    /// Compares the parameters of `model` with those that were seen.
    ///
    /// # Errors
    /// When they differ; the error names the path.
    pub(super) fn check(&mut self, model: &mut M, what: &'static str) -> Result<(), Error> {
        self.pass(model, what, None)
    }

    /// Lets `f` change the numbers of `model`, which are written back where it returns `true`.
    ///
    /// # Errors
    /// When the parameters are not those that were seen; `f` is not called then.
    pub(super) fn change(
        &mut self,
        model: &mut M,
        what: &'static str,
        f: impl FnOnce(&[Place], &mut [RealOf<M>]) -> bool,
    ) -> Result<(), Error> {
        let mut numbers = std::mem::take(&mut self.numbers);
        let mut done = self.read(model, what, &mut numbers);
        if done.is_ok() && f(&self.places, &mut numbers) {
            done = self.write(model, what, &mut numbers);
        }
        self.numbers = numbers;
        done
    }

    fn pass(&mut self, model: &mut M, what: &'static str, work: Option<(Work, &mut [RealOf<M>])>) -> Result<(), Error> {
        let list = recycle(std::mem::take(&mut self.list));
        let mut collect = Collect { places: &self.places, what, list, next: 0, error: None };
        model.walk_mut(&mut collect);
        let (mut list, checked) = collect.finish();
        if checked.is_ok()
            && let Some((work, saved)) = work
        {
            let (slots, weights, execution) = (&self.slots[..], &mut list[..], Execution::default());
            let (steps, masks, gradients, caches) = (&[][..], &[][..], &[][..], &mut [][..]);
            Pass::<Assign, _> { work, steps, slots, masks, weights, gradients, caches, saved, execution }.run();
        }
        self.list = recycle(list);
        checked
    }
}

/// Lists the parameters of a model, comparing them with the places.
struct Collect<'f, 'a, A> {
    places: &'f [Place],
    what: &'static str,
    list: Vec<TensorMut<'a, A>>,
    next: usize,
    error: Option<Error>,
}

impl<'a, A> Collect<'_, 'a, A> {
    fn finish(self) -> (Vec<TensorMut<'a, A>>, Result<(), Error>) {
        let missing = self.places.get(self.next).filter(|_| self.error.is_none());
        let missing = missing.map(|place| Error::structure(self.what, place.path.clone(), "is missing"));
        (self.list, self.error.or(missing).map_or(Ok(()), Err))
    }
}

impl<'a, A> VisitorMut<'a, A> for Collect<'_, 'a, A> {
    #[inline]
    fn tensor(&mut self, at: &At<'_>, tensor: TensorMut<'a, A>) {
        if at.role() != Role::Parameter {
            return;
        }
        let place = self.places.get(self.next);
        self.next += 1;
        match place {
            Some(place) if *place.shape == *tensor.shape() => self.list.push(tensor),
            _ if self.error.is_some() => {}
            Some(place) => {
                self.error = Some(Error::shape(self.what, at.to_string(), tensor.shape(), &place.shape));
            }
            None => {
                let text = "holds a tensor where the model of the first step has none";
                self.error = Some(Error::structure(self.what, at.to_string(), text));
            }
        }
    }
}

/// The memory of a list for tensors of another life. Empties it; collecting in place keeps the allocation.
fn recycle<T, U>(mut list: Vec<T>) -> Vec<U> {
    list.clear();
    list.into_iter().map(|_| unreachable!("the list was emptied")).collect()
}

impl<M: Optimizable> Clone for Flat<M> {
    /// Memory for numbers and lists is made anew when it is needed.
    fn clone(&self) -> Self {
        let (places, slots) = (self.places.clone(), self.slots.clone());
        Flat { places, slots, confirmed: self.confirmed, list: Vec::new(), numbers: Vec::new() }
    }
}
