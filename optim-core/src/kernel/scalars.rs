//! [`Scalars`]: what a rule computes once a step, and [`Arithmetic`]: its functions over numbers that are not per weight,
//! for those who do not know its type.

use ndarray::{ArrayView2, ArrayViewMut2};

use super::kernels::{Kernels, kernels_of};
use crate::real::Real;
use crate::rule::{CacheArray, Rule};
use crate::tiled::{CALL_NUMBERS, Level, Numbers, Tiled};

/// What a rule computes once a step, where it is [`Tiled`].
pub(crate) type OnceOf<R> = <<R as Rule>::Tiled as Tiled<R>>::Once;

/// What is known once a step, for each group.
#[derive(Clone)]
pub(crate) struct Scalars<R: Rule, A: Real> {
    pub(crate) rules: Vec<R>,
    /// Of a rule that is computed in one pass.
    pub(crate) steps: Vec<R::Step<A>>,
    /// Of one that is computed pass by pass.
    pub(crate) once: Vec<OnceOf<R>>,
}

impl<R: Rule, A: Real> Scalars<R, A> {
    pub(crate) fn new() -> Self {
        Scalars { rules: Vec::new(), steps: Vec::new(), once: Vec::new() }
    }

    pub(crate) fn clear(&mut self) {
        self.rules.clear();
        self.steps.clear();
        self.once.clear();
    }

    /// Room for so many groups, so that a step allocates nothing.
    pub(crate) fn reserve(&mut self, groups: usize) {
        self.rules.reserve(groups.saturating_sub(self.rules.len()));
        self.steps.reserve(groups.saturating_sub(self.steps.len()));
        self.once.reserve(groups.saturating_sub(self.once.len()));
    }

    /// One more group, with the numbers of the first.
    pub(crate) fn repeat_first(&mut self) {
        self.rules.extend(self.rules.first().cloned());
        self.steps.extend(self.steps.first().copied());
        self.once.extend(self.once.first().copied());
    }
}

/// The functions of a [`Tiled`] rule, with what is known once a step for each group: see there.
///
/// # Safety
/// What [`with_step`](Self::with_step) hands on is the address of scalars of the rule that the kernels are of.
pub(crate) unsafe trait Arithmetic<A: Real>: Sync {
    /// The rule's loops.
    fn kernels(&self) -> &'static Kernels<A>;

    /// Calls `f` with the address of what the loop gets for a tensor and its matrix.
    fn with_step(&self, group: usize, at: &Numbers<'_>, f: &mut dyn FnMut(*const ()));

    /// What the loop gets for a row, as many numbers as it brings.
    fn row(&self, group: usize, at: &Numbers<'_>, brought: &mut [A]);

    /// A number that columns bring, by its place, for each of the columns whose own numbers are given.
    fn columns(&self, group: usize, number: usize, at: &Numbers<'_>, own: &[f64], brought: &mut [A]);

    /// A fold over so many rows or columns of a matrix, whose own numbers are given.
    fn fold(&self, group: usize, fold: usize, at: &Numbers<'_>, own: &[f64], lines: usize) -> f64;

    /// Calls a function for a matrix, where its conditions hold.
    fn call(&self, group: usize, call: usize, at: &Numbers<'_>, input: ArrayView2<'_, A>, output: ArrayViewMut2<'_, A>);

    /// What the caches of a level become at one place.
    fn commit(&self, group: usize, level: Level, at: &Numbers<'_>, caches: &mut [f64]);
}

// SAFETY: the scalars are those that the rule makes itself, and `kernels_of` looks whose the kernels are.
unsafe impl<R: Rule, A: Real> Arithmetic<A> for Scalars<R, A> {
    fn kernels(&self) -> &'static Kernels<A> {
        kernels_of::<R, A>()
    }

    fn with_step(&self, group: usize, at: &Numbers<'_>, f: &mut dyn FnMut(*const ())) {
        let step = R::Tiled::step::<A>(&self.rules[group], self.once[group], at);
        f((&raw const step).cast());
    }

    fn row(&self, group: usize, at: &Numbers<'_>, brought: &mut [A]) {
        let row = R::Tiled::row::<A>(&self.rules[group], self.once[group], at);
        brought.iter_mut().enumerate().for_each(|(k, brought)| *brought = row.get(k));
    }

    fn columns(&self, group: usize, number: usize, at: &Numbers<'_>, own: &[f64], brought: &mut [A]) {
        let (rule, once) = (&self.rules[group], self.once[group]);
        let size = own.len() / brought.len().max(1);
        for (col, brought) in brought.iter_mut().enumerate() {
            let at = Numbers { col: &own[col * size..(col + 1) * size], ..*at };
            *brought = R::Tiled::col::<A>(rule, once, &at).get(number);
        }
    }

    fn fold(&self, group: usize, fold: usize, at: &Numbers<'_>, own: &[f64], lines: usize) -> f64 {
        let (rule, once) = (&self.rules[group], self.once[group]);
        let (from, size) = (R::Tiled::FOLDS[fold].from, own.len() / lines.max(1));
        (0..lines).fold(0.0, |total, line| {
            let own = &own[line * size..(line + 1) * size];
            let at = if from == Level::Row { Numbers { row: own, ..*at } } else { Numbers { col: own, ..*at } };
            total + R::Tiled::fold::<A>(rule, once, fold, &at)
        })
    }

    fn call(
        &self,
        group: usize,
        call: usize,
        at: &Numbers<'_>,
        input: ArrayView2<'_, A>,
        output: ArrayViewMut2<'_, A>,
    ) {
        let mut numbers = [0.0; CALL_NUMBERS];
        if R::Tiled::call_numbers::<A>(&self.rules[group], self.once[group], call, at, &mut numbers) {
            R::Tiled::call(call, input, output, &numbers);
        }
    }

    fn commit(&self, group: usize, level: Level, at: &Numbers<'_>, caches: &mut [f64]) {
        R::Tiled::commit::<A>(&self.rules[group], self.once[group], level, at, caches);
    }
}
