/// Stochastic gradient descent: against the gradient, with momentum and weight decay where they are wanted.
///
/// The plainest rule, without memory by default. Its one rate holds for all weights, so it is slow where the loss
/// is steep in one direction and flat in another, and it stays in the first local minimum; on well-scaled problems
/// with a schedule it is hard to beat. With `momentum` it keeps a velocity, and with `nesterov` it looks one step
/// of momentum ahead, in the form that needs no gradient elsewhere (for the one that does, see [`Nag`](super::Nag)).
///
/// Reference: `torch.optim.SGD`, without deviation: the first gradient enters the buffer undamped. The momentum
/// buffer is multiplied by `lr` when it is applied; [`Momentum`](super::Momentum) multiplies the gradient when it
/// enters, which differs while `lr` changes.
/**
# Formula

<div class="formula" style="overflow:auto hidden;padding:0.2em 0 0.8em"><math display="block"><mtable displaystyle="true"><mtr><mtd style="text-align:left"><mspace height="0.9em" depth="0.4em"/><mrow><mi>g</mi><mo>←</mo><mrow><mi>g</mi><mo>+</mo><mrow><mi>λ</mi><mo>⁢</mo><mspace width="0.17em"/><mi>w</mi></mrow></mrow></mrow></mtd></mtr><mtr><mtd style="text-align:left"><mspace height="0.9em" depth="0.4em"/><mrow><mtext>if </mtext><mrow><mi>μ</mi><mo>&gt;</mo><mn>0</mn></mrow><mo>:</mo></mrow></mtd></mtr><mtr><mtd style="text-align:left"><mspace height="0.9em" depth="0.4em"/><mrow><mspace width="2em"/><mi>b</mi><mo>←</mo><mtable displaystyle="true" style="border-left:1px solid;padding-left:0.2em"><mtr><mtd style="text-align:left"><mspace height="0.9em" depth="0.4em"/><mrow><mi>g</mi></mrow></mtd><mtd style="text-align:left"><mrow><mtext>if </mtext><mrow><mi>t</mi><mo>=</mo><mn>1</mn></mrow></mrow></mtd></mtr><mtr><mtd style="text-align:left"><mspace height="0.9em" depth="0.4em"/><mrow><mrow><mrow><mi>μ</mi><mo>⁢</mo><mspace width="0.17em"/><mi>b</mi></mrow><mo>+</mo><mrow><mrow><mo>(</mo><mrow><mn>1</mn><mo>−</mo><mi>τ</mi></mrow><mo>)</mo></mrow><mo>⁢</mo><mspace width="0.17em"/><mi>g</mi></mrow></mrow></mrow></mtd><mtd style="text-align:left"><mtext>else</mtext></mtd></mtr></mtable></mrow></mtd></mtr><mtr><mtd style="text-align:left"><mspace height="0.9em" depth="0.4em"/><mrow><mspace width="2em"/><mi>w</mi><mo>←</mo><mrow><mi>w</mi><mo>−</mo><mrow><mi>γ</mi><mo>⁢</mo><mspace width="0.17em"/><mtable displaystyle="true" style="border-left:1px solid;padding-left:0.2em"><mtr><mtd style="text-align:left"><mspace height="0.9em" depth="0.4em"/><mrow><mrow><mi>g</mi><mo>+</mo><mrow><mi>μ</mi><mo>⁢</mo><mspace width="0.17em"/><mi>b</mi></mrow></mrow></mrow></mtd><mtd style="text-align:left"><mrow><mtext>if </mtext><mi mathvariant="normal">nesterov</mi></mrow></mtd></mtr><mtr><mtd style="text-align:left"><mspace height="0.9em" depth="0.4em"/><mrow><mi>b</mi></mrow></mtd><mtd style="text-align:left"><mtext>else</mtext></mtd></mtr></mtable></mrow></mrow></mrow></mtd></mtr><mtr><mtd style="text-align:left"><mspace height="0.9em" depth="0.4em"/><mrow><mtext>else</mtext><mo>:</mo></mrow></mtd></mtr><mtr><mtd style="text-align:left"><mspace height="0.9em" depth="0.4em"/><mrow><mspace width="2em"/><mi>w</mi><mo>←</mo><mrow><mi>w</mi><mo>−</mo><mrow><mi>γ</mi><mo>⁢</mo><mspace width="0.17em"/><mi>g</mi></mrow></mrow></mrow></mtd></mtr></mtable></math></div>

<p>Here <math><mi>γ</mi></math> is <code>lr</code>, <math><mi>μ</mi></math> is <code>momentum</code>, <math><mi>τ</mi></math> is <code>dampening</code>, <math><mi>λ</mi></math> is <code>weight_decay</code>.</p>
*/
#[derive(::core::clone::Clone, ::core::fmt::Debug, ::core::cmp::PartialEq)]
pub struct Sgd {
    /// Learning rate.
    ///
    /// Range: `0..`; default: 0.01.
    pub lr: f64,
    /// Part of the buffer that stays from step to step; without a buffer at 0.
    ///
    /// Range: `0..1`; default: 0.
    pub momentum: f64,
    /// Part of the gradient that does not enter the buffer.
    ///
    /// Range: `0..=1`; default: 0.
    pub dampening: f64,
    /// Decay of the weights, added to the gradient.
    ///
    /// Range: `0..`; default: 0.
    pub weight_decay: f64,
    /// Applies the buffer as it will be after the next step of momentum.
    ///
    /// Default: `false`.
    pub nesterov: bool,
}
#[automatically_derived]
impl ::core::default::Default for Sgd {
    fn default() -> Self {
        Self {
            lr: 0.01,
            momentum: 0.0,
            dampening: 0.0,
            weight_decay: 0.0,
            nesterov: false,
        }
    }
}
impl Sgd {
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
    /// The same rule with another `dampening`; `init` checks its range.
    #[must_use]
    pub fn with_dampening(mut self, dampening: f64) -> Self {
        self.dampening = dampening;
        self
    }
    /// The same rule with another `weight_decay`; `init` checks its range.
    #[must_use]
    pub fn with_weight_decay(mut self, weight_decay: f64) -> Self {
        self.weight_decay = weight_decay;
        self
    }
    /// The same rule with another `nesterov`; `init` checks its range.
    #[must_use]
    pub fn with_nesterov(mut self, nesterov: bool) -> Self {
        self.nesterov = nesterov;
        self
    }
}
const _: () = {
    /// What the loop needs beside weight, gradient and caches: computed in `f64`, rounded once.
    #[derive(::core::clone::Clone, ::core::marker::Copy)]
    pub struct SgdStep<A> {
        /// `weight_decay`
        weight_decay: A,
        /// `momentum > 0`
        k1: bool,
        /// `t == 1`
        k2: bool,
        /// `momentum`
        momentum: A,
        /// `1 - dampening`
        one_minus_dampening: A,
        /// `lr`
        lr: A,
        /// `nesterov`
        nesterov: bool,
        __marker: ::core::marker::PhantomData<A>,
    }
    #[automatically_derived]
    impl ::optim_core::private::Rule for Sgd {
        const NAME: &'static str = "Sgd";
        const LOOKS_AHEAD: bool = false;
        const EVALUATES: bool = false;
        type Step<A: ::optim_core::private::Real> = SgdStep<A>;
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
                        default: 0.0,
                        range: ::optim_core::private::Range {
                            low: ::core::option::Option::Some(0.0),
                            low_excluded: false,
                            high: ::core::option::Option::Some(1.0),
                            high_included: false,
                            written: "0..1",
                        },
                        doc: "Part of the buffer that stays from step to step; without a buffer at 0.",
                    },
                    ::optim_core::private::Hyper {
                        name: "dampening",
                        kind: ::optim_core::private::HyperKind::Number,
                        default: 0.0,
                        range: ::optim_core::private::Range {
                            low: ::core::option::Option::Some(0.0),
                            low_excluded: false,
                            high: ::core::option::Option::Some(1.0),
                            high_included: true,
                            written: "0..=1",
                        },
                        doc: "Part of the gradient that does not enter the buffer.",
                    },
                    ::optim_core::private::Hyper {
                        name: "weight_decay",
                        kind: ::optim_core::private::HyperKind::Number,
                        default: 0.0,
                        range: ::optim_core::private::Range {
                            low: ::core::option::Option::Some(0.0),
                            low_excluded: false,
                            high: ::core::option::Option::None,
                            high_included: false,
                            written: "0..",
                        },
                        doc: "Decay of the weights, added to the gradient.",
                    },
                    ::optim_core::private::Hyper {
                        name: "nesterov",
                        kind: ::optim_core::private::HyperKind::Flag,
                        default: 0.0,
                        range: ::optim_core::private::Range {
                            low: ::core::option::Option::None,
                            low_excluded: false,
                            high: ::core::option::Option::None,
                            high_included: false,
                            written: "..",
                        },
                        doc: "Applies the buffer as it will be after the next step of momentum.",
                    },
                ]
            }
        }
        fn doc() -> &'static str {
            "Stochastic gradient descent: against the gradient, with momentum and weight decay where they are wanted.\n\nThe plainest rule, without memory by default. Its one rate holds for all weights, so it is slow where the loss\nis steep in one direction and flat in another, and it stays in the first local minimum; on well-scaled problems\nwith a schedule it is hard to beat. With `momentum` it keeps a velocity, and with `nesterov` it looks one step\nof momentum ahead, in the form that needs no gradient elsewhere (for the one that does, see [`Nag`](super::Nag)).\n\nReference: `torch.optim.SGD`, without deviation: the first gradient enters the buffer undamped. The momentum\nbuffer is multiplied by `lr` when it is applied; [`Momentum`](super::Momentum) multiplies the gradient when it\nenters, which differs while `lr` changes."
        }
        fn formula() -> ::optim_core::private::Formula {
            ::optim_core::private::Formula::new(
                "\\begin{aligned}\n&g \\leftarrow g + \\lambda \\, w \\\\\n&\\text{if }\\mu > 0\\text{:} \\\\\n&\\quad b \\leftarrow \\begin{cases} g & \\text{if } t = 1 \\\\ \\mu \\, b + \\left(1 - \\tau\\right) \\, g & \\text{else} \\end{cases} \\\\\n&\\quad w \\leftarrow w - \\gamma \\, \\begin{cases} g + \\mu \\, b & \\text{if } \\mathrm{nesterov} \\\\ b & \\text{else} \\end{cases} \\\\\n&\\text{else:} \\\\\n&\\quad w \\leftarrow w - \\gamma \\, g\n\\end{aligned}",
                "<math display=\"block\"><mtable displaystyle=\"true\"><mtr><mtd style=\"text-align:left\"><mspace height=\"0.9em\" depth=\"0.4em\"/><mrow><mi>g</mi><mo>←</mo><mrow><mi>g</mi><mo>+</mo><mrow><mi>λ</mi><mo>\u{2062}</mo><mspace width=\"0.17em\"/><mi>w</mi></mrow></mrow></mrow></mtd></mtr><mtr><mtd style=\"text-align:left\"><mspace height=\"0.9em\" depth=\"0.4em\"/><mrow><mtext>if\u{a0}</mtext><mrow><mi>μ</mi><mo>&gt;</mo><mn>0</mn></mrow><mo>:</mo></mrow></mtd></mtr><mtr><mtd style=\"text-align:left\"><mspace height=\"0.9em\" depth=\"0.4em\"/><mrow><mspace width=\"2em\"/><mi>b</mi><mo>←</mo><mtable displaystyle=\"true\" style=\"border-left:1px solid;padding-left:0.2em\"><mtr><mtd style=\"text-align:left\"><mspace height=\"0.9em\" depth=\"0.4em\"/><mrow><mi>g</mi></mrow></mtd><mtd style=\"text-align:left\"><mrow><mtext>if\u{a0}</mtext><mrow><mi>t</mi><mo>=</mo><mn>1</mn></mrow></mrow></mtd></mtr><mtr><mtd style=\"text-align:left\"><mspace height=\"0.9em\" depth=\"0.4em\"/><mrow><mrow><mrow><mi>μ</mi><mo>\u{2062}</mo><mspace width=\"0.17em\"/><mi>b</mi></mrow><mo>+</mo><mrow><mrow><mo>(</mo><mrow><mn>1</mn><mo>−</mo><mi>τ</mi></mrow><mo>)</mo></mrow><mo>\u{2062}</mo><mspace width=\"0.17em\"/><mi>g</mi></mrow></mrow></mrow></mtd><mtd style=\"text-align:left\"><mtext>else</mtext></mtd></mtr></mtable></mrow></mtd></mtr><mtr><mtd style=\"text-align:left\"><mspace height=\"0.9em\" depth=\"0.4em\"/><mrow><mspace width=\"2em\"/><mi>w</mi><mo>←</mo><mrow><mi>w</mi><mo>−</mo><mrow><mi>γ</mi><mo>\u{2062}</mo><mspace width=\"0.17em\"/><mtable displaystyle=\"true\" style=\"border-left:1px solid;padding-left:0.2em\"><mtr><mtd style=\"text-align:left\"><mspace height=\"0.9em\" depth=\"0.4em\"/><mrow><mrow><mi>g</mi><mo>+</mo><mrow><mi>μ</mi><mo>\u{2062}</mo><mspace width=\"0.17em\"/><mi>b</mi></mrow></mrow></mrow></mtd><mtd style=\"text-align:left\"><mrow><mtext>if\u{a0}</mtext><mi mathvariant=\"normal\">nesterov</mi></mrow></mtd></mtr><mtr><mtd style=\"text-align:left\"><mspace height=\"0.9em\" depth=\"0.4em\"/><mrow><mi>b</mi></mrow></mtd><mtd style=\"text-align:left\"><mtext>else</mtext></mtd></mtr></mtable></mrow></mrow></mrow></mtd></mtr><mtr><mtd style=\"text-align:left\"><mspace height=\"0.9em\" depth=\"0.4em\"/><mrow><mtext>else</mtext><mo>:</mo></mrow></mtd></mtr><mtr><mtd style=\"text-align:left\"><mspace height=\"0.9em\" depth=\"0.4em\"/><mrow><mspace width=\"2em\"/><mi>w</mi><mo>←</mo><mrow><mi>w</mi><mo>−</mo><mrow><mi>γ</mi><mo>\u{2062}</mo><mspace width=\"0.17em\"/><mi>g</mi></mrow></mrow></mrow></mtd></mtr></mtable></math>",
                "update(w, g):\n  let g_2 = g + weight_decay * w\n  if momentum > 0:\n    b = if t == 1 { g_2 } else { momentum * b + (1 - dampening) * g_2 }\n    w -= lr * (if nesterov { g_2 + momentum * b } else { b })\n  else:\n    w -= lr * g_2",
            )
        }
        fn declared_caches() -> &'static [::optim_core::private::Cache] {
            const {
                &[
                    ::optim_core::private::Cache {
                        name: "b",
                        scope: ::optim_core::private::CacheScope::Weight,
                        condition: ::core::option::Option::Some("momentum > 0"),
                    },
                ]
            }
        }
        fn kernels<__A: ::optim_core::private::Real>() -> &'static ::optim_core::private::Kernels<
            __A,
        > {
            static SINGLE: ::optim_core::private::Kernels<f32> = ::optim_core::private::Kernels::of::<
                Sgd,
            >();
            static DOUBLE: ::optim_core::private::Kernels<f64> = ::optim_core::private::Kernels::of::<
                Sgd,
            >();
            __A::kernels_of(&SINGLE, &DOUBLE)
        }
        fn value(&self, index: usize) -> f64 {
            match index {
                0 => self.lr,
                1 => self.momentum,
                2 => self.dampening,
                3 => self.weight_decay,
                4 => ::optim_core::private::flag(self.nesterov),
                _ => ::core::unreachable!(),
            }
        }
        fn set_value(&mut self, index: usize, value: f64) {
            match index {
                0 => self.lr = value,
                1 => self.momentum = value,
                2 => self.dampening = value,
                3 => self.weight_decay = value,
                4 => self.nesterov = value != 0.0,
                _ => ::core::unreachable!(),
            }
        }
        fn require<A: ::optim_core::private::Real>(
            &self,
        ) -> ::core::result::Result<(), ::optim_core::private::Error> {
            let momentum = self.momentum;
            let dampening = self.dampening;
            let nesterov = self.nesterov;
            ::optim_core::private::require(
                Self::NAME,
                !nesterov || momentum > 0.0 && (dampening == 0.0),
                "`nesterov` needs `momentum` and no `dampening`",
            )?;
            ::core::result::Result::Ok(())
        }
        const OPTIONAL: u64 = 1;
        fn exists<A: ::optim_core::private::Real>(
            &self,
            cache: usize,
            _: &::optim_core::private::Shape,
        ) -> bool {
            let momentum = self.momentum;
            match cache {
                0 => momentum > 0.0,
                _ => true,
            }
        }
        fn scalars<A: ::optim_core::private::Real>(
            &self,
            t: f64,
            _: &mut Self::Model,
        ) -> Self::Step<A> {
            let lr = self.lr;
            let momentum = self.momentum;
            let dampening = self.dampening;
            let weight_decay = self.weight_decay;
            let nesterov = self.nesterov;
            SgdStep {
                weight_decay: A::from_f64(weight_decay),
                k1: momentum > 0.0,
                k2: t == 1.0,
                momentum: A::from_f64(momentum),
                one_minus_dampening: A::from_f64(1.0 - dampening),
                lr: A::from_f64(lr),
                nesterov,
                __marker: ::core::marker::PhantomData,
            }
        }
        #[inline(always)]
        fn update<A: ::optim_core::private::Real>(
            step: Self::Step<A>,
            mut w: A,
            g: A,
            caches: Self::Caches<A>,
        ) -> (A, Self::Caches<A>) {
            let [mut b] = caches;
            let g_2 = g + step.weight_decay * w;
            if step.k1 {
                b = if step.k2 {
                    g_2
                } else {
                    step.momentum * b + step.one_minus_dampening * g_2
                };
                w -= step.lr * (if step.nesterov { g_2 + step.momentum * b } else { b });
            } else {
                w -= step.lr * g_2;
            }
            (w, [b])
        }
    }
    impl ::optim_core::private::GradientAtWeights for Sgd {}
};
