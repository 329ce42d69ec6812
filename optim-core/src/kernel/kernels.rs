//! [`Kernels`]: all loops of a rule for one number type. Whoever calls them need not know the rule's type.

use core::any::{Any, TypeId};
use core::marker::PhantomData;

use super::Isa;
use super::blocks::MAX_BLOCKS;
use super::loops::{Loops, MAX_CACHES};
use super::scalars::{Arithmetic, Scalars};
use super::tile_loops::{Loop, MAX_PASSES, MAX_STREAMS, loops_of};
use crate::plan::Plan;
use crate::real::Real;
use crate::rule::Rule;
use crate::tiled::Tiled;

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
    /// The functions over numbers that are not per weight, of a rule that is computed pass by pass.
    arithmetic: Option<AsArithmetic<A>>,
}

/// Scalars of a rule, as its functions over numbers that are not per weight.
type AsArithmetic<A> = fn(&dyn Any) -> Option<&dyn Arithmetic<A>>;

impl<A: Real> Kernels<A> {
    #[doc(hidden)]
    pub const fn of<R: Rule>() -> Self {
        let plan = Plan::of::<R>();
        assert!(plan.passes.len() <= MAX_PASSES, "too many passes");
        assert!(plan.caches <= MAX_CACHES, "too many caches");
        assert!(plan.rows <= MAX_STREAMS, "too many numbers of a row");
        assert!(plan.columns <= MAX_STREAMS, "too many numbers of a column");
        assert!(plan.terms <= MAX_STREAMS, "too many terms");
        assert!(plan.terms_stand(R::OPTIONAL), "a term that stands nowhere");
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
            arithmetic: if R::Tiled::TILED { Some(as_arithmetic::<R, A>) } else { None },
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
        let found = |loops: &[[Option<Loop<A>>; MAX_PASSES]; 3]| {
            let found = loops[isa as usize].get(pass).copied().flatten();
            found.unwrap_or_else(|| unreachable!("`{}` has no pass {pass}", self.plan.name))
        };
        [found(&self.passes), found(&self.bare)]
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

fn as_arithmetic<R: Rule, A: Real>(scalars: &dyn Any) -> Option<&dyn Arithmetic<A>> {
    scalars.downcast_ref::<Scalars<R, A>>().map(|scalars| scalars as &dyn Arithmetic<A>)
}

/// The functions of a rule that is computed pass by pass, compiled with its loops.
///
/// # Panics
/// When the rule is none.
pub(crate) fn arithmetic_of<R: Rule, A: Real>(scalars: &Scalars<R, A>) -> &dyn Arithmetic<A> {
    let arithmetic = kernels_of::<R, A>().arithmetic.and_then(|arithmetic| arithmetic(scalars));
    arithmetic.unwrap_or_else(|| unreachable!("`{}` is not computed pass by pass", R::NAME))
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
