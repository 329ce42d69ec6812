//! [`Flat`]: the parameters of a model as one stretch of numbers, and back.

use std::marker::PhantomData;
use std::ops::Range;

use crate::compiled;
use crate::error::Error;
use crate::kernel::{Execution, Gradients, Pass, Riders, Rounding, Slot, TensorMut, Work, begin};
use crate::optimizable::{Optimizable, RealOf};
use crate::optimize::{Moving, Optimize};
use crate::optimizer::recycle;
use crate::path::{At, Role};
use crate::real::Real;
use crate::walk::VisitorMut;

/// A parameter of the model, and where its numbers stand in the stretch.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) path: String,
    pub(super) shape: Box<[usize]>,
    pub(super) range: Range<usize>,
    /// What of it moves now.
    pub(super) moving: Moving,
}

impl Place {
    /// Whether the element moves, by its place in the parameter.
    pub(super) fn moves(&self, index: usize) -> bool {
        match &self.moving {
            Moving::Whole => true,
            Moving::Nothing => false,
            // Made in standard layout.
            Moving::Elements(moves) => moves.as_slice().is_none_or(|moves| moves[index]),
        }
    }

    /// Writes zeros where nothing moves.
    fn clear<A: Real>(&self, numbers: &mut [A]) {
        if self.moving != Moving::Whole {
            let still = numbers[self.range.clone()].iter_mut().enumerate().filter(|(index, _)| !self.moves(*index));
            still.for_each(|(_, number)| *number = A::zero());
        }
    }
}

/// Reads and writes the parameters of a model that are the inner optimizer's, in walking order, each in logical row-major
/// order, so that no memory layout shows. Allocates nothing once it has seen the model.
pub(super) struct Flat<M: Optimizable> {
    places: Vec<Place>,
    slots: Vec<Slot>,
    /// For each parameter of the model, whether it is the inner optimizer's.
    owned: Vec<bool>,
    /// The inner optimizer's, when it was asked what moves.
    version: u64,
    /// Whether the model that the places are from is the inner optimizer's.
    confirmed: bool,
    /// Memory for the list of tensors, and for the numbers of [`change`](Self::change).
    list: Vec<TensorMut<'static, RealOf<M>>>,
    numbers: Vec<RealOf<M>>,
}

impl<M: Optimizable> Flat<M> {
    pub(super) const fn new() -> Self {
        Flat {
            places: Vec::new(),
            slots: Vec::new(),
            owned: Vec::new(),
            version: 0,
            confirmed: false,
            list: Vec::new(),
            numbers: Vec::new(),
        }
    }

    /// Looks at what the inner optimizer moves, before a step or an evaluation of it. Until it has checked a model, what is
    /// seen counts for this one time.
    pub(super) fn prepare(&mut self, model: &mut M, inner: &impl Optimize<M>) {
        if !self.confirmed {
            self.see(model, inner);
        }
        let version = inner.version();
        if !self.confirmed || self.version != version {
            self.places.iter_mut().for_each(|place| place.moving = inner.moving(&place.path));
            self.version = version;
        }
    }

    /// In closures of the inner optimizer, which has checked the model.
    pub(super) fn confirm(&mut self) {
        self.confirmed = true;
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

    fn see(&mut self, model: &mut M, inner: &impl Optimize<M>) {
        struct See<'f, O, M> {
            places: &'f mut Vec<Place>,
            owned: &'f mut Vec<bool>,
            inner: &'f O,
            model: PhantomData<M>,
        }
        impl<'a, A, M: Optimizable, O: Optimize<M>> VisitorMut<'a, A> for See<'_, O, M> {
            fn tensor(&mut self, at: &At<'_>, tensor: TensorMut<'a, A>) {
                if at.role() != Role::Parameter {
                    return;
                }
                let path = at.to_string();
                let owned = self.inner.owns(&path);
                self.owned.push(owned);
                if owned {
                    let start = self.places.last().map_or(0, |place| place.range.end);
                    let range = start..start + tensor.len();
                    let (shape, moving) = (tensor.shape().into(), Moving::Whole);
                    self.places.push(Place { path, shape, range, moving });
                }
            }
        }
        self.places.clear();
        self.owned.clear();
        let (places, owned) = (&mut self.places, &mut self.owned);
        model.walk_mut(&mut See { places, owned, inner, model: PhantomData });
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
        numbers.reserve(self.len().saturating_sub(numbers.len()));
        begin(numbers.spare_capacity_mut());
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

    /// As [`read`](Self::read), of a gradient: zeros where nothing moves, whatever stands there.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub(super) fn read_gradient(&mut self, gradient: &mut M, numbers: &mut Vec<RealOf<M>>) -> Result<(), Error> {
        self.read(gradient, "the gradient", numbers)?;
        for place in &self.places {
            place.clear(numbers);
        }
        Ok(())
    }

    /// As [`change`](Self::change), of a gradient: zeros where nothing moves, whatever stands there.
    ///
    /// # Errors
    /// As [`change`](Self::change).
    pub(super) fn change_gradient(
        &mut self,
        gradient: &mut M,
        f: impl FnOnce(&[Place], &mut [RealOf<M>]) -> bool,
    ) -> Result<(), Error> {
        self.change(gradient, "the gradient", |places, numbers| {
            for place in places {
                place.clear(numbers);
            }
            f(places, numbers)
        })
    }

    fn pass(&mut self, model: &mut M, what: &'static str, work: Option<(Work, &mut [RealOf<M>])>) -> Result<(), Error> {
        let list = recycle(std::mem::take(&mut self.list));
        let (places, owned) = (&self.places, self.owned.iter());
        let mut collect = Collect { places, owned, what, list, next: 0, error: None };
        model.walk_mut(&mut collect);
        let (mut list, checked) = collect.finish();
        if checked.is_ok()
            && let Some((work, saved)) = work
        {
            let (slots, weights, execution) = (&self.slots[..], &mut list[..], Execution::default());
            let (steps, masks, caches) = (None, &[][..], &mut [][..]);
            let (gradients, riders, rounding) = (&Gradients::NONE, Riders::NONE, Rounding::default());
            let pass =
                Pass { work, steps, slots, masks, weights, gradients, riders, caches, rounding, saved, execution };
            compiled::pass(pass);
        }
        self.list = recycle(list);
        checked
    }
}

/// Lists the parameters of a model, comparing them with the places.
struct Collect<'f, 'a, A> {
    places: &'f [Place],
    owned: std::slice::Iter<'f, bool>,
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
        // What is not the inner optimizer's is none of the wrapper's business either.
        if at.role() != Role::Parameter || self.owned.next() == Some(&false) {
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

impl<M: Optimizable> Clone for Flat<M> {
    /// Memory for numbers and lists is made anew when it is needed.
    fn clone(&self) -> Self {
        Flat {
            places: self.places.clone(),
            slots: self.slots.clone(),
            owned: self.owned.clone(),
            version: self.version,
            confirmed: self.confirmed,
            list: Vec::new(),
            numbers: Vec::new(),
        }
    }
}
