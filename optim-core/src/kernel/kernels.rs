//! [`Kernels`]: all loops of a rule for one number type. Whoever calls them need not know the rule's type.

use core::any::TypeId;
use core::marker::PhantomData;

use super::Isa;
use super::blocks::MAX_BLOCKS;
use super::loops::{Loops, MAX_CACHES};
use super::tile_loops::{Loop, MAX_PASSES, MAX_STREAMS, loops_of};
use crate::plan::Plan;
use crate::real::Real;
use crate::rule::Rule;

/// The instruction sets, in the order in which loops stand in a list.
const ALL: [Isa; 3] = [Isa::Portable, Isa::Avx2, Isa::Avx512];

/// The loops of a rule, compiled for each instruction set.
pub struct Kernels<A> {
    /// Whose they are.
    rule: TypeId,
    pub(crate) plan: Plan,
    loops: [Loops<A>; 3],
    passes: [[Option<Loop<A>>; MAX_PASSES]; 3],
    bare: [[Option<Loop<A>>; MAX_PASSES]; 3],
    /// Which caches of weights exist only under a condition, a bit each.
    pub(super) optional: u64,
}

impl<A: Real> Kernels<A> {
    #[doc(hidden)]
    pub const fn of<R: Rule>() -> Self {
        let plan = Plan::of::<R>();
        assert!(plan.passes.len() <= MAX_PASSES, "too many passes");
        assert!(plan.caches <= MAX_CACHES, "too many caches");
        assert!(plan.rows <= MAX_STREAMS, "too many numbers of a row");
        assert!(plan.columns <= MAX_STREAMS, "too many numbers of a column");
        assert!(plan.terms <= MAX_STREAMS, "too many terms");
        let blocks = 3 + plan.caches + plan.rows + plan.columns + plan.terms;
        assert!(blocks <= MAX_BLOCKS, "too many caches, terms, and numbers of lines");
        let [portable, avx2, avx512] = ALL;
        Kernels {
            rule: TypeId::of::<R>(),
            plan,
            loops: [Loops::of::<R>(portable), Loops::of::<R>(avx2), Loops::of::<R>(avx512)],
            passes: [loops_of::<R, A, false>(portable), loops_of::<R, A, false>(avx2), loops_of::<R, A, false>(avx512)],
            bare: [loops_of::<R, A, true>(portable), loops_of::<R, A, true>(avx2), loops_of::<R, A, true>(avx512)],
            optional: R::OPTIONAL,
        }
    }

    /// The loops over one weight at a time; `isa` is one that the machine has: [`Execution`](super::Execution) checks it.
    pub(super) fn loops(&self, isa: Isa) -> Loops<A> {
        self.loops[isa as usize]
    }

    /// The loop of a pass, and the one for tensors without any cache that needs a condition; `isa` is one that the
    /// machine has.
    ///
    /// # Panics
    /// When the rule has no such pass.
    pub(super) fn pass(&self, isa: Isa, pass: usize) -> [Loop<A>; 2] {
        [&self.passes, &self.bare].map(|loops| {
            let found = loops[isa as usize].get(pass).copied().flatten();
            found.unwrap_or_else(|| unreachable!("`{}` has no pass {pass}", self.plan.name))
        })
    }
}

/// The loops of a rule: those that it gives, which have to be its own. [`Rule`] can be implemented by anybody, and loops
/// take scalars for those of their rule.
///
/// # Panics
/// When a rule gives the loops of another.
pub(crate) fn kernels_of<R: Rule, A: Real>() -> &'static Kernels<A> {
    let kernels = R::kernels::<A>();
    assert!(kernels.rule == TypeId::of::<R>(), "`{}` was not declared by `define_optimizer!`", R::NAME);
    kernels
}

/// The scalars of a step for each group, of a rule that looks at one weight at a time, and its loops.
#[derive(Clone, Copy)]
pub(crate) struct Steps<'p, A: 'static> {
    pub(super) kernels: &'static Kernels<A>,
    first: *const (),
    size: usize,
    groups: usize,
    scalars: PhantomData<&'p ()>,
}

// SAFETY: it stands for a shared slice of scalars, which are `Sync`.
unsafe impl<A> Sync for Steps<'_, A> {}

impl<'p, A: Real> Steps<'p, A> {
    pub(crate) fn of<R: Rule>(steps: &'p [R::Step<A>]) -> Self {
        let (first, size) = (steps.as_ptr().cast(), size_of::<R::Step<A>>());
        Steps { kernels: kernels_of::<R, A>(), first, size, groups: steps.len(), scalars: PhantomData }
    }

    /// The address of a group's scalars: of the rule that the loops are of.
    #[inline]
    pub(super) fn group(&self, group: usize) -> *const () {
        assert!(group < self.groups);
        // SAFETY: there are so many groups, one behind the other.
        unsafe { self.first.byte_add(group * self.size) }
    }
}
