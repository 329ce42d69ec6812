//! [`Schedule`]: memory and order of what a rule does pass by pass.

use super::caches::caches_of;
use super::groups::Scalars;
use super::init::check_shape;
use crate::error::Error;
use crate::kernel::{
    ABSENT, Execution, Grid, MAX_CACHES, Mask, OnceOf, Partials, Slot, Tensor, TensorMut, TilePass, Tiling, stretches,
};
use crate::levels::Levels;
use crate::outline::Outline;
use crate::real::Real;
use crate::rule::{CacheArray, CacheScope, Rule};
use crate::state::Arena;
use crate::tiled::{CALL_NUMBERS, Level, Numbers, Section, Shape, Tiled};

/// The state of a [`Tiled`] rule beside its caches of weights, and memory for its passes.
#[derive(Clone)]
pub(super) struct Schedule<A: Real> {
    pub(super) tiling: Tiling,
    pub(super) levels: Levels,
    /// For each tensor, which of the rule's caches it has, a bit each.
    exists: Vec<u64>,
    /// For each tensor, for each cache of weights, where its numbers stand in the arena; or [`ABSENT`].
    places: Vec<usize>,
    partials: Partials,
    /// What columns bring to the pass that runs.
    columns: Arena<A>,
}

/// Which of the rule's caches a tensor has, a bit each.
pub(super) fn existing<R: Rule, A: Real>(rule: &R, shape: &Shape) -> u64 {
    (0..R::caches().len()).map(|index| u64::from(rule.exists::<A>(index, shape)) << index).sum()
}

impl<A: Real> Schedule<A> {
    /// Memory for these tensors, and that of the caches of weights.
    pub(super) fn new<R: Rule>(rule: &R, outline: &Outline, slots: &[Slot]) -> (Self, Vec<Arena<A>>) {
        let shapes = slots.iter().map(|slot| (*slot, &*outline.places[slot.tensor].shape));
        let tiling = Tiling::new(shapes, R::Tiled::AXES);
        let exists: Vec<u64> = tiling.grids.iter().map(|grid| existing::<R, A>(rule, &grid.shape)).collect();
        // Scratch, behind the caches of weights, exists for every tensor.
        let weights: Vec<usize> = caches_of::<R>(CacheScope::Weight).map(|(index, _)| index).collect();
        let count = R::Caches::<A>::COUNT;
        let mut lengths = vec![0; count];
        let mut places = Vec::with_capacity(count * slots.len());
        for (slot, exists) in slots.iter().zip(&exists) {
            for (k, length) in lengths.iter_mut().enumerate() {
                let has = weights.get(k).is_none_or(|index| exists >> index & 1 == 1);
                places.push(if has { *length } else { ABSENT });
                *length += if has { slot.len } else { 0 };
            }
        }
        let columns = <R::Tiled as Tiled<R>>::Col::<A>::COUNT * tiling.count(Level::Col);
        let mut schedule = Schedule {
            levels: Levels::new(R::Tiled::NUMBERS, &tiling),
            partials: Partials::new::<R>(&tiling),
            columns: Arena::zeros(columns),
            tiling,
            exists,
            places,
        };
        schedule.start(rule);
        (schedule, lengths.into_iter().map(Arena::zeros).collect())
    }

    /// Where a cache of a tensor's weights stands in its arena.
    pub(super) fn place(&self, tensor: usize, cache: usize, count: usize) -> Option<usize> {
        self.places.get(tensor * count + cache).copied().filter(|&place| place != ABSENT)
    }

    /// Whether a tensor has one of the rule's caches, by its place among all.
    pub(super) fn has(&self, tensor: usize, index: usize) -> bool {
        self.exists.get(tensor).is_some_and(|exists| exists >> index & 1 == 1)
    }

    /// Checks what a rule requires of the shape of a tensor, and that every cache exists where it did.
    pub(super) fn check<R: Rule>(&self, rule: &R, outline: &Outline, tensor: usize) -> Result<(), Error> {
        let (grid, before) = (&self.tiling.grids[tensor], self.exists[tensor]);
        check_shape::<R, A>(rule, outline, grid.slot.tensor)?;
        let changed = before ^ existing::<R, A>(rule, &grid.shape);
        if changed != 0 {
            let index = changed.trailing_zeros() as usize;
            return Err(Error::cache(R::NAME, R::caches()[index].name, before >> index & 1 == 0));
        }
        Ok(())
    }

    /// The passes of a section, with all that comes before and after each. Without gradients where none is looked at.
    pub(super) fn run<R: Rule>(&mut self, work: Passes<'_, '_, R, A>) {
        let Passes { scalars, section, masks, weights, gradients, caches, execution } = work;
        let mut last = None;
        for (pass, _) in R::Tiled::PASSES.iter().enumerate().filter(|(_, pass)| pass.section == section) {
            self.fold(pass, scalars);
            self.call(pass, scalars, caches);
            self.bring_columns(scalars, execution);
            let pass = TilePass {
                pass,
                rules: &scalars.rules,
                once: &scalars.once,
                masks,
                tiling: &self.tiling,
                levels: &self.levels,
                weights,
                gradients,
                caches,
                places: &self.places,
                columns: self.columns.as_slice(),
                partials: &mut self.partials,
                execution,
            };
            let number = pass.pass;
            pass.run();
            self.partials.total::<R>(number, &self.tiling, &mut self.levels, execution);
            last = Some(number);
        }
        // What the caches become may need a fold of what the last pass has found.
        if let Some(last) = last {
            self.fold(last + 1, scalars);
        }
    }

    /// The folds before a pass.
    fn fold<R: Rule>(&mut self, pass: usize, scalars: &Scalars<R, A>) {
        for (index, fold) in R::Tiled::FOLDS.iter().enumerate().filter(|(_, fold)| fold.pass == pass) {
            for (tensor, grid) in self.tiling.moving() {
                let (rule, once) = scalars.of(grid);
                let length = if fold.from == Level::Row { grid.rows } else { grid.cols };
                for matrix in 0..grid.matrices {
                    let first = grid.range(fold.from, tensor).start + matrix * length;
                    let total = (first..first + length).fold(0.0, |total, place| {
                        let at = self.levels.at_place(grid, tensor, fold.from, place);
                        total + R::Tiled::fold::<A>(rule, once, index, &at)
                    });
                    self.levels.of_mut(Level::Matrix, grid.first_matrix + matrix)[fold.place] = total;
                }
            }
        }
    }

    /// The calls before a pass.
    fn call<R: Rule>(&self, pass: usize, scalars: &Scalars<R, A>, caches: &mut [Arena<A>]) {
        let count = R::Caches::<A>::COUNT;
        for (index, call) in R::Tiled::CALLS.iter().enumerate().filter(|(_, call)| call.pass == pass) {
            // Input and output are different caches; a call from a cache into itself would be the macro's mistake.
            let Ok([input, output]) = caches.get_disjoint_mut([call.input, call.output]) else { continue };
            for (tensor, grid) in self.tiling.moving() {
                let places = (self.place(tensor, call.input, count), self.place(tensor, call.output, count));
                let ((Some(from), Some(to)), true) = (places, grid.slot.len > 0) else { continue };
                self.call_for(
                    scalars,
                    index,
                    (tensor, grid),
                    &input.as_slice()[from..],
                    &mut output.as_mut_slice()[to..],
                );
            }
        }
    }

    /// A call for every matrix of a tensor whose numbers stand at the beginning of `input` and `output`.
    fn call_for<R: Rule>(
        &self,
        scalars: &Scalars<R, A>,
        call: usize,
        (tensor, grid): (usize, &Grid),
        input: &[A],
        output: &mut [A],
    ) {
        let (rule, once) = scalars.of(grid);
        // The last two axes, also where the rule sees a tensor as one row.
        let shape = grid.matrix();
        let size = shape.0 * shape.1;
        let matrices = input[..grid.slot.len].chunks_exact(size).zip(output.chunks_exact_mut(size)).enumerate();
        for (matrix, (input, output)) in matrices {
            let matrix = if R::Tiled::AXES { matrix } else { 0 };
            let views =
                (ndarray::ArrayView2::from_shape(shape, input), ndarray::ArrayViewMut2::from_shape(shape, output));
            if let (Ok(input), Ok(output)) = views {
                let (at, mut numbers) = (self.levels.at(grid, tensor, matrix), [0.0; CALL_NUMBERS]);
                if R::Tiled::call_numbers::<A>(rule, once, call, &at, &mut numbers) {
                    R::Tiled::call(call, input, output, &numbers);
                }
            }
        }
    }

    /// What every column brings to a pass.
    fn bring_columns<R: Rule>(&mut self, scalars: &Scalars<R, A>, execution: Execution) {
        let (tiling, levels, count) = (&self.tiling, &self.levels, self.tiling.count(Level::Col));
        // One of these numbers at a time, so that each is a list of its own.
        for k in 0..<R::Tiled as Tiled<R>>::Col::<A>::COUNT {
            let columns = &mut self.columns.as_mut_slice()[k * count..(k + 1) * count];
            stretches(columns, 1, execution, |first, columns| {
                for (tensor, grid, matrix, cols) in tiling.lines(Level::Col, first..first + columns.len()) {
                    let (rule, once) = scalars.of(grid);
                    let at = levels.at(grid, tensor, matrix);
                    for col in cols {
                        let at = Numbers { col: levels.of(Level::Col, col), ..at };
                        columns[col - first] = R::Tiled::col::<A>(rule, once, &at).get(k);
                    }
                }
            });
        }
    }

    /// Caches of tensors, rows and columns as they start.
    fn start<R: Rule>(&mut self, rule: &R) {
        for (scope, level) in LEVELS {
            for (k, (index, _)) in caches_of::<R>(scope).enumerate() {
                let start = keep::<A>(level, rule.start_number::<A>(index));
                for (tensor, grid) in self.tiling.grids.iter().enumerate() {
                    if self.exists[tensor] >> index & 1 == 1 {
                        grid.range(level, tensor).for_each(|place| self.levels.of_mut(level, place)[k] = start);
                    }
                }
            }
        }
    }

    /// The numbers of the model, for each group, as those of a step that begins.
    pub(super) fn begin<N: AsRef<[f64]>>(&mut self, models: &[N]) {
        self.levels.set_groups(models.len());
        for (group, model) in models.iter().enumerate() {
            let model = model.as_ref();
            self.levels.of_mut(Level::Model, group)[..model.len()].copy_from_slice(model);
        }
    }

    /// Moves the caches of columns, rows and tensors on; `models` holds those of the model, for each group, as `once`
    /// left them, and is moved on last. Each is computed from the numbers as they were. What `update` assigns of the
    /// model is one number for all groups: that of the first.
    pub(super) fn commit<R: Rule>(&mut self, scalars: &Scalars<R, A>, models: &mut [R::Model]) {
        for (scope, level) in LEVELS {
            let count = caches_of::<R>(scope).count();
            let mask: u64 = caches_of::<R>(scope).map(|(index, _)| 1 << index).sum();
            for (tensor, grid) in self.tiling.moving() {
                let (rule, once) = scalars.of(grid);
                let exists = self.exists[tensor];
                if exists & mask == 0 {
                    continue;
                }
                for place in grid.range(level, tensor) {
                    let mut new = [0.0; MAX_CACHES];
                    let new = &mut new[..count];
                    new.copy_from_slice(&self.levels.of(level, place)[..count]);
                    let at = self.levels.at_place(grid, tensor, level, place);
                    R::Tiled::commit::<A>(rule, once, level, &at, new);
                    let old = self.levels.of_mut(level, place);
                    for ((k, (index, _)), new) in caches_of::<R>(scope).enumerate().zip(new) {
                        if exists >> index & 1 == 1 {
                            old[k] = keep::<A>(level, *new);
                        }
                    }
                }
            }
        }
        let numbers = self.levels.of(Level::Model, 0);
        let at = Numbers { shape: Shape::of(&[]), model: numbers, tensor: &[], matrix: &[], row: &[], col: &[] };
        for model in models {
            R::Tiled::commit::<A>(&scalars.rules[0], scalars.once[0], Level::Model, &at, model.as_mut());
        }
    }
}

impl<R: Rule, A: Real> Scalars<R, A> {
    /// The rule of a tensor, and what it computes once a step.
    fn of(&self, grid: &Grid) -> (&R, OnceOf<R>) {
        (&self.rules[grid.slot.group], self.once[grid.slot.group])
    }
}

/// The passes of a section, and what they work on.
pub(super) struct Passes<'p, 'a, R: Rule, A: Real> {
    pub(super) scalars: &'p Scalars<R, A>,
    pub(super) section: Section,
    pub(super) masks: &'p [Option<Mask>],
    pub(super) weights: &'p mut [TensorMut<'a, A>],
    pub(super) gradients: &'p [Tensor<'a, A>],
    pub(super) caches: &'p mut [Arena<A>],
    pub(super) execution: Execution,
}

/// The levels that have caches for each tensor, the finer ones first.
const LEVELS: [(CacheScope, Level); 3] =
    [(CacheScope::Col, Level::Col), (CacheScope::Row, Level::Row), (CacheScope::Tensor, Level::Tensor)];

/// A cache's number as it is kept: those of rows and columns in the model's scalar type.
fn keep<A: Real>(level: Level, number: f64) -> f64 {
    if level == Level::Tensor { number } else { A::from_f64(number).as_f64() }
}
