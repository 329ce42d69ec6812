//! A pass of a rule that is computed pass by pass ([`Tiled`](crate::tiled::Tiled)): over all tiles of all tensors, on threads.
//!
//! Every partial sum has a place of its own, so that nothing depends on who computes which tile.

use super::blocks::{MAX_SUMS, Memory, Needs};
use super::coding::Coding;
use super::dither::Rounding;
use super::gradients::Gradients;
use super::grid::Tiling;
use super::loops::{MAX_CACHES, nowhere};
use super::mask::Mask;
use super::partials::Partials;
use super::riders::{Riders, Riding};
use super::scalars::Arithmetic;
use super::store::{Coded, Cuts, Store};
use super::sums::Adding;
use super::tensor::TensorMut;
use super::tile_loops::Loop;
use super::{Execution, pool};
use crate::levels::Levels;
use crate::plan::Plan;
use crate::real::Real;
use crate::tiled::{Level, Pass, Section};

/// The place of a cache that a tensor does not have.
pub(crate) const ABSENT: usize = usize::MAX;

/// Everything a pass needs. The lists of tensors hold every tensor of the model.
pub(crate) struct TilePass<'p, 'a, A: Real> {
    pub(crate) pass: usize,
    /// The rule, with what it computes once a step for each group.
    pub(crate) rule: &'p dyn Arithmetic<A>,
    /// For each tensor that is updated, which elements move, if not all; empty where all move.
    pub(crate) masks: &'p [Option<Mask>],
    pub(crate) tiling: &'p Tiling,
    pub(crate) levels: &'p Levels,
    pub(crate) weights: &'p mut [TensorMut<'a, A>],
    /// None where no pass looks at it: it is read as zeros then.
    pub(crate) gradients: &'p Gradients<'p, 'a, A>,
    /// What is done beside the rule.
    pub(crate) riders: Riders<'p, A>,
    /// One for each cache.
    pub(crate) caches: &'p mut [Store<A>],
    /// What numbers are rounded with that are not kept exactly.
    pub(crate) rounding: Rounding,
    /// For each tensor that is updated, for each cache, where its first number stands; or [`ABSENT`].
    pub(crate) places: &'p [usize],
    /// What columns bring: for each of these numbers, all columns.
    pub(crate) columns: &'p [A],
    pub(crate) partials: &'p mut Partials,
    pub(crate) execution: Execution,
}

/// How many terms a pass has, and how many sums: over the tensor or the model, over rows, over columns.
#[derive(Clone, Copy)]
pub(super) struct Counts {
    pub(super) terms: usize,
    /// The terms that the loop computes, a bit each.
    pub(super) computed: u32,
    pub(super) tile: usize,
    pub(super) row: usize,
    pub(super) col: usize,
    /// How often adding up goes through the weights of a block.
    pub(super) sweeps: usize,
}

impl Counts {
    fn of(plan: &Plan, pass: usize) -> Self {
        let [row, col] = [Level::Row, Level::Col].map(|level| plan.line_sums(pass, level).count());
        Counts {
            terms: plan.terms_of(pass),
            computed: plan.computed(pass),
            tile: plan.tile_sums(pass).count(),
            row,
            col,
            sweeps: plan.tile_sums_together(pass).count() + row + col,
        }
    }
}

/// The pointers of a pass, for threads that each work on tiles of their own.
pub(super) struct Shared<'p, 'a, A: Real> {
    pub(super) pass: usize,
    pub(super) rule: &'p dyn Arithmetic<A>,
    pub(super) plan: &'static Plan,
    pub(super) masks: &'p [Option<Mask>],
    /// The loop, and the one for tensors without any cache that needs a condition.
    pub(super) work: [Loop<A>; 2],
    pub(super) optional: u64,
    pub(super) adding: Adding<A>,
    pub(super) counts: Counts,
    /// What the loop looks at and changes.
    pub(super) looks: Pass,
    pub(super) tiling: &'p Tiling,
    pub(super) levels: &'p Levels,
    pub(super) weights: &'p [TensorMut<'a, A>],
    pub(super) gradients: &'p Gradients<'p, 'a, A>,
    pub(super) riding: Riding<A>,
    /// Those that are kept exactly.
    pub(super) caches: [*mut A; MAX_CACHES],
    /// Those that are not.
    pub(super) coded: [Coded; MAX_CACHES],
    /// Whether there are any.
    pub(super) has_codes: bool,
    pub(super) coding: Coding<A>,
    pub(super) rounding: Rounding,
    pub(super) rounds_weights: bool,
    pub(super) places: &'p [usize],
    pub(super) columns: &'p [A],
    pub(super) tile_partials: *mut f64,
    pub(super) row_partials: *mut f64,
    pub(super) col_partials: *mut f64,
}

// SAFETY: threads work on disjoint tiles, hence on disjoint elements of every tensor and arena.
unsafe impl<A: Real> Sync for Shared<'_, '_, A> {}

impl<A: Real> TilePass<'_, '_, A> {
    /// Does the pass for every weight.
    pub(crate) fn run(self) {
        let (pass, tiling, kernels) = (self.pass, self.tiling, self.rule.kernels());
        let plan = &kernels.plan;
        // What the `unsafe` blocks below rely on, once a pass.
        let count = plan.caches;
        assert!(self.caches.len() == count && self.places.len() == tiling.grids.len() * count);
        for (index, grid) in tiling.grids.iter().enumerate() {
            let places = &self.places[index * count..(index + 1) * count];
            let cuts = Cuts::of_grid(grid);
            let fits =
                |(&place, cache): (&usize, &Store<A>)| place == ABSENT || cache.holds(place, grid.slot.len, &cuts);
            assert!(places.iter().zip(self.caches.iter()).all(fits));
            assert!(grid.slot.len == self.weights[grid.slot.tensor].len());
            let mask = self.masks.get(index).and_then(Option::as_ref);
            assert!(mask.is_none_or(|mask| mask.len() == grid.slot.len));
            let gradient = self.gradients.get(grid.slot.tensor).map(|(layout, _)| layout.len());
            assert!(self.gradients.is_empty() || gradient == Some(grid.slot.len));
        }
        let counts = Counts::of(plan, pass);
        assert!(counts.tile <= MAX_SUMS && counts.row <= MAX_SUMS);
        assert!(counts.terms <= plan.terms);
        assert!(self.partials.tiles.len() >= tiling.tiles * counts.tile);
        assert!(self.partials.rows.len() >= tiling.row_pieces * counts.row);
        assert!(self.partials.cols.len() >= tiling.col_pieces * counts.col);
        let (mut caches, mut coded) = (nowhere(), [Coded::No; MAX_CACHES]);
        for (k, cache) in self.caches.iter_mut().enumerate() {
            coded[k] = cache.coded();
            caches[k] = cache.pointer().unwrap_or(caches[k]);
        }
        let looks = plan.pass(pass);
        let isa = self.execution.chosen_isa();
        let shared = Shared {
            pass,
            rule: self.rule,
            plan,
            masks: self.masks,
            work: kernels.pass(isa, pass),
            optional: kernels.optional,
            adding: Adding::of(isa),
            counts,
            looks,
            rounds_weights: self.rounding.weights && looks.moves && looks.section == Section::Update,
            tiling,
            levels: self.levels,
            weights: self.weights,
            gradients: self.gradients,
            riding: Riding::of(self.riders, isa, tiling.weights),
            caches,
            has_codes: coded.iter().any(|coded| coded.is_some()),
            coded,
            coding: Coding::of(isa),
            rounding: self.rounding.in_pass(pass),
            places: self.places,
            columns: self.columns,
            tile_partials: self.partials.tiles.as_mut_ptr(),
            row_partials: self.partials.rows.as_mut_ptr(),
            col_partials: self.partials.cols.as_mut_ptr(),
        };
        let chunks = tiling.chunks.len() - 1;
        let threads = self.execution.threads_for(tiling.weights);
        if threads == 1 {
            return shared.tiles(0, tiling.tiles);
        }
        pool::run(threads, chunks, &|chunk| shared.tiles(tiling.chunks[chunk], tiling.chunks[chunk + 1]));
    }
}

impl<A: Real> Shared<'_, '_, A> {
    /// The tiles `from..to` of all.
    fn tiles(&self, from: usize, to: usize) {
        let mut memory = Memory::new();
        let Plan { caches, rows, columns, terms, .. } = *self.plan;
        let mut blocks = memory.blocks(Needs { caches, rows, columns, terms, coded: self.has_codes });
        let grids = &self.tiling.grids;
        let first = grids.partition_point(|grid| grid.first_tile + grid.tiles() <= from);
        for (tensor, grid) in grids.iter().enumerate().skip(first) {
            if grid.first_tile >= to {
                break;
            }
            if grid.slot.frozen {
                continue;
            }
            for tile in from.max(grid.first_tile)..to.min(grid.first_tile + grid.tiles()) {
                self.tile(tensor, grid, tile, &mut blocks);
            }
        }
    }
}
