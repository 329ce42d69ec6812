//! [`Schedule`]: memory and order of what a rule does pass by pass.

use ndarray::{ArrayView2, ArrayViewMut2};

use super::caches::of_scope;
use super::declared::Declared;
use crate::kernel::{
    ABSENT, Arithmetic, Execution, Gradients, Grid, MAX_CACHES, Mask, Partials, Riders, Rounding, Slot, Store,
    TensorMut, TilePass, Tiling, stretches,
};
use crate::levels::Levels;
use crate::outline::Outline;
use crate::plan::Plan;
use crate::precision::Precision;
use crate::real::Real;
use crate::rule::{Cache, CacheScope};
use crate::state::Arena;
use crate::tiled::{Level, Numbers, Pass, Section, Shape};

/// The state of a [`Tiled`] rule beside its caches of weights, and memory for its passes.
#[derive(Clone)]
pub(crate) struct Schedule<A: Real> {
    plan: &'static Plan,
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

impl<A: Real> Schedule<A> {
    /// Memory for these tensors, and that of the caches of weights.
    pub(super) fn new(
        rule: &dyn Declared<A>,
        outline: &Outline,
        slots: &[Slot],
        kept: &[Precision],
    ) -> (Self, Vec<Store<A>>) {
        let (declared, plan) = (rule.caches(), &rule.kernels().plan);
        let shapes = slots.iter().map(|slot| (*slot, &*outline.places[slot.tensor].shape));
        let tiling = Tiling::new(shapes, plan.axes, plan.has_lines);
        let exists: Vec<u64> = tiling.grids.iter().map(|grid| rule.existing(&grid.shape)).collect();
        // Scratch, behind the caches of weights, exists for every tensor.
        let weights: Vec<usize> = of_scope(declared, CacheScope::Weight).map(|(index, _)| index).collect();
        let count = plan.caches;
        let mut lengths = vec![0; count];
        let mut places = Vec::with_capacity(count * slots.len());
        for (slot, exists) in slots.iter().zip(&exists) {
            for (k, length) in lengths.iter_mut().enumerate() {
                let has = weights.get(k).is_none_or(|index| exists >> index & 1 == 1);
                places.push(if has { *length } else { ABSENT });
                *length += if has { slot.len } else { 0 };
            }
        }
        let columns = plan.columns * tiling.count(Level::Col);
        let mut schedule = Schedule {
            levels: Levels::new(plan.numbers, &tiling),
            partials: Partials::new(plan, &tiling),
            plan,
            columns: Arena::zeros(columns),
            tiling,
            exists,
            places,
        };
        schedule.start(rule);
        // Scratch is kept exactly.
        let precision = |k: usize| kept.get(k).copied().unwrap_or_default();
        let scales = schedule.tiling.scales;
        let stores = lengths.into_iter().enumerate().map(|(k, length)| Store::zeros(precision(k), length, scales));
        let stores = stores.collect();
        (schedule, stores)
    }

    /// Where a cache of a tensor's weights stands in its arena.
    pub(super) fn place(&self, tensor: usize, cache: usize, count: usize) -> Option<usize> {
        self.places.get(tensor * count + cache).copied().filter(|&place| place != ABSENT)
    }

    /// Which of the rule's caches a tensor has, a bit each.
    pub(super) fn exists(&self, tensor: usize) -> u64 {
        self.exists[tensor]
    }

    /// Whether a tensor has one of the rule's caches, by its place among all.
    pub(super) fn has(&self, tensor: usize, index: usize) -> bool {
        self.exists.get(tensor).is_some_and(|exists| exists >> index & 1 == 1)
    }

    /// The passes of a section, with all that comes before and after each. Without gradients where none is looked at.
    pub(crate) fn run(&mut self, work: Passes<'_, '_, A>) {
        let Passes { rule, section, masks, weights, gradients, mut riders, caches, rounding, execution } = work;
        let passes = || self.plan.passes_of(section).map(|pass| (pass, self.plan.pass(pass)));
        let last_of = |holds: fn(Pass) -> bool| passes().filter(|(_, pass)| holds(*pass)).map(|(pass, _)| pass).last();
        let (looked, moved) = (last_of(|pass| pass.gradient), last_of(|pass| pass.moves));
        let mut last = None;
        for pass in self.plan.passes_of(section) {
            self.fold(pass, rule);
            self.call(pass, rule, caches);
            self.bring_columns(pass, rule, execution);
            let work = TilePass {
                pass,
                rule,
                masks,
                tiling: &self.tiling,
                levels: &self.levels,
                weights,
                gradients,
                riders: Riders {
                    factor: riders.factor.filter(|_| self.plan.pass(pass).gradient),
                    clears: riders.clears && looked == Some(pass),
                    average: riders.average.take_if(|_| moved == Some(pass)),
                },
                caches,
                rounding,
                places: &self.places,
                columns: self.columns.as_slice(),
                partials: &mut self.partials,
                execution,
            };
            work.run();
            self.partials.total(self.plan, pass, &self.tiling, &mut self.levels, execution);
            last = Some(pass);
        }
        // What the caches become may need a fold of what the last pass has found.
        if let Some(last) = last {
            self.fold(last + 1, rule);
        }
    }

    /// The folds before a pass.
    fn fold(&mut self, pass: usize, rule: &dyn Arithmetic<A>) {
        for (index, fold) in self.plan.folds.iter().enumerate().filter(|(_, fold)| fold.pass == pass) {
            // Without numbers of rows or columns, nobody asks for what is folded from them.
            let has = |grid: &Grid| if fold.from == Level::Row { grid.has_rows } else { grid.has_columns };
            for (tensor, grid) in self.tiling.moving().filter(|(_, grid)| has(grid)) {
                let lines = if fold.from == Level::Row { grid.rows } else { grid.cols };
                for matrix in 0..grid.matrices {
                    let first = grid.range(fold.from, tensor).start + matrix * lines;
                    let (at, own) = (self.levels.at(grid, tensor, matrix), self.levels.line(fold.from, first, lines));
                    let total = rule.fold(grid.slot.group, index, &at, own, lines);
                    self.levels.of_mut(Level::Matrix, grid.first_matrix + matrix)[fold.place] = total;
                }
            }
        }
    }

    /// The calls before a pass.
    fn call(&self, pass: usize, rule: &dyn Arithmetic<A>, caches: &mut [Store<A>]) {
        let count = self.plan.caches;
        for (index, call) in self.plan.calls.iter().enumerate().filter(|(_, call)| call.pass == pass) {
            // Input and output are different caches; a call from a cache into itself would be the macro's mistake.
            let Ok([input, output]) = caches.get_disjoint_mut([call.input, call.output]) else { continue };
            // Both are scratch, which is kept exactly.
            let (Some(input), Some(output)) = (input.exact(), output.exact_mut()) else { continue };
            for (tensor, grid) in self.tiling.moving() {
                let places = (self.place(tensor, call.input, count), self.place(tensor, call.output, count));
                let ((Some(from), Some(to)), true) = (places, grid.slot.len > 0) else { continue };
                let (input, output) = (&input[from..], &mut output[to..]);
                self.call_for(rule, index, (tensor, grid), input, output);
            }
        }
    }

    /// A call for every matrix of a tensor whose numbers stand at the beginning of `input` and `output`.
    fn call_for(
        &self,
        rule: &dyn Arithmetic<A>,
        call: usize,
        (tensor, grid): (usize, &Grid),
        input: &[A],
        output: &mut [A],
    ) {
        // The last two axes, also where the rule sees a tensor as one row.
        let shape = grid.matrix();
        let size = shape.0 * shape.1;
        let matrices = input[..grid.slot.len].chunks_exact(size).zip(output.chunks_exact_mut(size)).enumerate();
        for (matrix, (input, output)) in matrices {
            let matrix = if self.plan.axes { matrix } else { 0 };
            let views = (ArrayView2::from_shape(shape, input), ArrayViewMut2::from_shape(shape, output));
            if let (Ok(input), Ok(output)) = views {
                let at = self.levels.at(grid, tensor, matrix);
                rule.call(grid.slot.group, call, &at, input, output);
            }
        }
    }

    /// What every column brings to a pass.
    fn bring_columns(&mut self, pass: usize, rule: &dyn Arithmetic<A>, execution: Execution) {
        let (tiling, levels, count) = (&self.tiling, &self.levels, self.tiling.count(Level::Col));
        // One of these numbers at a time, so that each is a list of its own.
        for k in (0..self.plan.columns).filter(|k| self.plan.pass(pass).columns >> k & 1 == 1) {
            let columns = &mut self.columns.as_mut_slice()[k * count..(k + 1) * count];
            stretches(columns, 1, execution, |first, columns| {
                for (tensor, grid, matrix, cols) in tiling.lines(Level::Col, first..first + columns.len()) {
                    let (at, own) = (levels.at(grid, tensor, matrix), levels.line(Level::Col, cols.start, cols.len()));
                    let columns = &mut columns[cols.start - first..cols.end - first];
                    rule.columns(grid.slot.group, k, &at, own, columns);
                }
            });
        }
    }

    /// Caches of tensors, rows and columns as they start.
    fn start(&mut self, rule: &dyn Declared<A>) {
        for (scope, level) in LEVELS {
            for (k, (index, _)) in of_scope(rule.caches(), scope).enumerate() {
                let start = keep::<A>(level, rule.start_number(index));
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
    pub(crate) fn commit(
        &mut self,
        declared: &[Cache],
        rule: &dyn Arithmetic<A>,
        models: &mut dyn Iterator<Item = &mut [f64]>,
    ) {
        for (scope, level) in LEVELS {
            let count = of_scope(declared, scope).count();
            let mask: u64 = of_scope(declared, scope).map(|(index, _)| 1 << index).sum();
            for (tensor, grid) in self.tiling.moving() {
                let exists = self.exists[tensor];
                if exists & mask == 0 {
                    continue;
                }
                for place in grid.range(level, tensor) {
                    let mut new = [0.0; MAX_CACHES];
                    let new = &mut new[..count];
                    new.copy_from_slice(&self.levels.of(level, place)[..count]);
                    let at = self.levels.at_place(grid, tensor, level, place);
                    rule.commit(grid.slot.group, level, &at, new);
                    let old = self.levels.of_mut(level, place);
                    for ((k, (index, _)), new) in of_scope(declared, scope).enumerate().zip(new) {
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
            rule.commit(0, Level::Model, &at, model);
        }
    }
}

/// The passes of a section, and what they work on.
pub(crate) struct Passes<'p, 'a, A: Real> {
    pub(super) rule: &'p dyn Arithmetic<A>,
    pub(super) section: Section,
    pub(super) masks: &'p [Option<Mask>],
    pub(super) weights: &'p mut [TensorMut<'a, A>],
    pub(super) gradients: &'p Gradients<'p, 'a, A>,
    pub(super) riders: Riders<'p, A>,
    pub(super) caches: &'p mut [Store<A>],
    pub(super) rounding: Rounding,
    pub(super) execution: Execution,
}

/// The levels that have caches for each tensor, the finer ones first.
const LEVELS: [(CacheScope, Level); 3] =
    [(CacheScope::Col, Level::Col), (CacheScope::Row, Level::Row), (CacheScope::Tensor, Level::Tensor)];

/// A cache's number as it is kept: those of rows and columns in the model's scalar type.
fn keep<A: Real>(level: Level, number: f64) -> f64 {
    if level == Level::Tensor { number } else { A::from_f64(number).as_f64() }
}
