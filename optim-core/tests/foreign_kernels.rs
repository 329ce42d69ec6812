//! A rule written by hand that gives the loops of another: they would take its scalars for their own.

use optim_core::prelude::*;
use optim_core::private::{Cache, Formula, GradientAtWeights, Hyper, Kernels, Untiled};

#[derive(Clone, Debug, Default, PartialEq)]
struct Foreign;

impl Rule for Foreign {
    const NAME: &'static str = "Foreign";
    const LOOKS_AHEAD: bool = false;
    const EVALUATES: bool = false;
    type Step<A: Real> = ();
    type Caches<A: Real> = [A; 1];
    type Model = [f64; 0];
    type Tiled = Untiled;
    fn hyper() -> &'static [Hyper] {
        &[]
    }
    fn doc() -> &'static str {
        ""
    }
    fn formula() -> Formula {
        Formula::new("", "", "")
    }
    fn declared_caches() -> &'static [Cache] {
        Sgd::declared_caches()
    }
    fn kernels<A: Real>() -> &'static Kernels<A> {
        <Sgd as Rule>::kernels::<A>()
    }
    fn value(&self, _: usize) -> f64 {
        0.0
    }
    fn set_value(&mut self, _: usize, _: f64) {}
    fn scalars<A: Real>(&self, _: f64, _: &mut [f64; 0]) {}
}

impl GradientAtWeights for Foreign {}

#[test]
#[should_panic(expected = "`Foreign` was not declared by `define_optimizer!`")]
fn a_rule_with_the_loops_of_another_is_refused_before_any_of_them_runs() {
    let _ = Foreign.init(&vec![1.0_f32; 4]);
}
