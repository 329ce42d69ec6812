/// Nesterov's accelerated gradient: the gradient is taken where the momentum is about to carry the weight.
///
/// Looking ahead corrects the velocity before a mistake is made instead of after it, which calms the oscillations
/// of plain [`Momentum`](super::Momentum). It needs the gradient at `w + momentum · velocity`: use
/// [`step_with`](crate::Optimizer::step_with).
///
/// Reference: Nesterov, *A method of solving a convex programming problem with convergence rate O(1/k²)*, 1983, as
/// the article this library grew from gives it. The gradient is taken at the look-ahead point exactly, not
/// approximated at the weights as in `torch.optim.SGD(nesterov=True)`, which is [`Sgd`](super::Sgd) here.
/**
# Formula

<div class="formula" style="overflow:auto hidden;padding:0.2em 0 0.8em"><math display="block"><mtable displaystyle="true"><mtr><mtd style="text-align:left"><mspace height="0.9em" depth="0.4em"/><mrow><mtext>look ahead to</mtext></mrow></mtd></mtr><mtr><mtd style="text-align:left"><mspace height="0.9em" depth="0.4em"/><mrow><mrow><mi>w</mi><mo>+</mo><mrow><mi>μ</mi><mo>⋅</mo><mi mathvariant="normal">velocity</mi></mrow></mrow></mrow></mtd></mtr><mtr><mtd style="text-align:left"><mspace height="0.9em" depth="0.4em"/><mrow><mtext>then, with </mtext><mi>g</mi><mtext> the gradient there</mtext></mrow></mtd></mtr><mtr><mtd style="text-align:left"><mspace height="0.9em" depth="0.4em"/><mrow><mi mathvariant="normal">velocity</mi><mo>←</mo><mrow><mrow><mi>μ</mi><mo>⋅</mo><mi mathvariant="normal">velocity</mi></mrow><mo>−</mo><mrow><mi>γ</mi><mo>⁢</mo><mspace width="0.17em"/><mi>g</mi></mrow></mrow></mrow></mtd></mtr><mtr><mtd style="text-align:left"><mspace height="0.9em" depth="0.4em"/><mrow><mi>w</mi><mo>←</mo><mrow><mi>w</mi><mo>+</mo><mi mathvariant="normal">velocity</mi></mrow></mrow></mtd></mtr></mtable></math></div>

<p>Here <math><mi>γ</mi></math> is <code>lr</code>, <math><mi>μ</mi></math> is <code>momentum</code>.</p>
*/
#[derive(::core::clone::Clone, ::core::fmt::Debug, ::core::cmp::PartialEq)]
pub struct Nag {
    /// Learning rate.
    ///
    /// Range: `0..`; default: 0.01.
    pub lr: f64,
    /// Part of the velocity that stays from step to step.
    ///
    /// Range: `0..1`; default: 0.9.
    pub momentum: f64,
}
#[automatically_derived]
impl ::core::default::Default for Nag {
    fn default() -> Self {
        Self { lr: 0.01, momentum: 0.9 }
    }
}
impl Nag {
    /// The same rule with another `lr`; `init` checks its range.
    #[must_use]
    pub fn with_lr(mut self, lr: f64) -> Self {
        self.lr = lr;
        self
    }
    /// The same rule with another `momentum`; `init` checks its range.
    #[must_use]
    pub fn with_momentum(mut self, momentum: f64) -> Self {
        self.momentum = momentum;
        self
    }
}
const _: () = {
    /// What the loop needs beside weight, gradient and caches: computed in `f64`, rounded once.
    #[derive(::core::clone::Clone, ::core::marker::Copy)]
    pub struct NagStep<A> {
        /// `momentum`
        momentum: A,
        /// `lr`
        lr: A,
        __marker: ::core::marker::PhantomData<A>,
    }
    #[automatically_derived]
    impl ::optim_core::private::Rule for Nag {
        const NAME: &'static str = "Nag";
        const LOOKS_AHEAD: bool = true;
        const EVALUATES: bool = false;
        type Step<A: ::optim_core::private::Real> = NagStep<A>;
        type Caches<A: ::optim_core::private::Real> = [A; 1];
        type Model = [f64; 0];
        type Tiled = ::optim_core::private::Untiled;
        fn hyper() -> &'static [::optim_core::private::Hyper] {
            const {
                &[
                    ::optim_core::private::Hyper {
                        name: "lr",
                        kind: ::optim_core::private::HyperKind::Number,
                        default: 0.01,
                        range: ::optim_core::private::Range {
                            low: ::core::option::Option::Some(0.0),
                            low_excluded: false,
                            high: ::core::option::Option::None,
                            high_included: false,
                            written: "0..",
                        },
                        doc: "Learning rate.",
                    },
                    ::optim_core::private::Hyper {
                        name: "momentum",
                        kind: ::optim_core::private::HyperKind::Number,
                        default: 0.9,
                        range: ::optim_core::private::Range {
                            low: ::core::option::Option::Some(0.0),
                            low_excluded: false,
                            high: ::core::option::Option::Some(1.0),
                            high_included: false,
                            written: "0..1",
                        },
                        doc: "Part of the velocity that stays from step to step.",
                    },
                ]
            }
        }
        fn doc() -> &'static str {
            "Nesterov's accelerated gradient: the gradient is taken where the momentum is about to carry the weight.\n\nLooking ahead corrects the velocity before a mistake is made instead of after it, which calms the oscillations\nof plain [`Momentum`](super::Momentum). It needs the gradient at `w + momentum · velocity`: use\n[`step_with`](crate::Optimizer::step_with).\n\nReference: Nesterov, *A method of solving a convex programming problem with convergence rate O(1/k²)*, 1983, as\nthe article this library grew from gives it. The gradient is taken at the look-ahead point exactly, not\napproximated at the weights as in `torch.optim.SGD(nesterov=True)`, which is [`Sgd`](super::Sgd) here."
        }
        fn formula() -> ::optim_core::private::Formula {
            ::optim_core::private::Formula::new(
                "\\begin{aligned}\n&\\text{look ahead to} \\\\\n&w + \\mu \\cdot \\mathrm{velocity} \\\\\n&\\text{then, with }g\\text{ the gradient there} \\\\\n&\\mathrm{velocity} \\leftarrow \\mu \\cdot \\mathrm{velocity} - \\gamma \\, g \\\\\n&w \\leftarrow w + \\mathrm{velocity}\n\\end{aligned}",
                "<math display=\"block\"><mtable displaystyle=\"true\"><mtr><mtd style=\"text-align:left\"><mspace height=\"0.9em\" depth=\"0.4em\"/><mrow><mtext>look\u{a0}ahead\u{a0}to</mtext></mrow></mtd></mtr><mtr><mtd style=\"text-align:left\"><mspace height=\"0.9em\" depth=\"0.4em\"/><mrow><mrow><mi>w</mi><mo>+</mo><mrow><mi>μ</mi><mo>⋅</mo><mi mathvariant=\"normal\">velocity</mi></mrow></mrow></mrow></mtd></mtr><mtr><mtd style=\"text-align:left\"><mspace height=\"0.9em\" depth=\"0.4em\"/><mrow><mtext>then,\u{a0}with\u{a0}</mtext><mi>g</mi><mtext>\u{a0}the\u{a0}gradient\u{a0}there</mtext></mrow></mtd></mtr><mtr><mtd style=\"text-align:left\"><mspace height=\"0.9em\" depth=\"0.4em\"/><mrow><mi mathvariant=\"normal\">velocity</mi><mo>←</mo><mrow><mrow><mi>μ</mi><mo>⋅</mo><mi mathvariant=\"normal\">velocity</mi></mrow><mo>−</mo><mrow><mi>γ</mi><mo>\u{2062}</mo><mspace width=\"0.17em\"/><mi>g</mi></mrow></mrow></mrow></mtd></mtr><mtr><mtd style=\"text-align:left\"><mspace height=\"0.9em\" depth=\"0.4em\"/><mrow><mi>w</mi><mo>←</mo><mrow><mi>w</mi><mo>+</mo><mi mathvariant=\"normal\">velocity</mi></mrow></mrow></mtd></mtr></mtable></math>",
                "look_ahead(w):\n  w + momentum * velocity\nupdate(w, g):\n  velocity = momentum * velocity - lr * g\n  w += velocity",
            )
        }
        fn declared_caches() -> &'static [::optim_core::private::Cache] {
            const {
                &[
                    ::optim_core::private::Cache {
                        name: "velocity",
                        scope: ::optim_core::private::CacheScope::Weight,
                        condition: ::core::option::Option::None,
                    },
                ]
            }
        }
        fn kernels<__A: ::optim_core::private::Real>() -> &'static ::optim_core::private::Kernels<
            __A,
        > {
            static SINGLE: ::optim_core::private::Kernels<f32> = ::optim_core::private::Kernels::of::<
                Nag,
            >();
            static DOUBLE: ::optim_core::private::Kernels<f64> = ::optim_core::private::Kernels::of::<
                Nag,
            >();
            __A::kernels_of(&SINGLE, &DOUBLE)
        }
        fn value(&self, index: usize) -> f64 {
            match index {
                0 => self.lr,
                1 => self.momentum,
                _ => ::core::unreachable!(),
            }
        }
        fn set_value(&mut self, index: usize, value: f64) {
            match index {
                0 => self.lr = value,
                1 => self.momentum = value,
                _ => ::core::unreachable!(),
            }
        }
        fn scalars<A: ::optim_core::private::Real>(
            &self,
            _: f64,
            _: &mut Self::Model,
        ) -> Self::Step<A> {
            let lr = self.lr;
            let momentum = self.momentum;
            NagStep {
                momentum: A::from_f64(momentum),
                lr: A::from_f64(lr),
                __marker: ::core::marker::PhantomData,
            }
        }
        #[inline(always)]
        fn look_ahead<A: ::optim_core::private::Real>(
            step: Self::Step<A>,
            w: A,
            caches: Self::Caches<A>,
        ) -> A {
            let [velocity] = caches;
            w + step.momentum * velocity
        }
        #[inline(always)]
        fn update<A: ::optim_core::private::Real>(
            step: Self::Step<A>,
            mut w: A,
            g: A,
            caches: Self::Caches<A>,
        ) -> (A, Self::Caches<A>) {
            let [mut velocity] = caches;
            velocity = step.momentum * velocity - step.lr * g;
            w += velocity;
            (w, [velocity])
        }
    }
};
