/// Adam: a per-weight step from the running mean and variance of the gradient.
///
/// [`Momentum`](super::Momentum) and [`RmsProp`](super::RmsProp) in one, with the bias of running means that start
/// at zero corrected. A good first choice; with `weight_decay`, [`AdamW`](super::AdamW) is usually the better one.
///
/// Reference: Kingma & Ba, 2015, <https://arxiv.org/abs/1412.6980>; `torch.optim.Adam`, without deviation: `eps` is
/// added after the bias correction. `amsgrad` is Reddi et al., <https://arxiv.org/abs/1904.09237>, with the maximum
/// of the uncorrected `v`, as in `torch`. Without `bias_correction` it is the form the article prints.
/**
# Formula

<div class="formula" style="overflow:auto hidden;padding:0.2em 0 0.8em"><math display="block"><mtable displaystyle="true"><mtr><mtd style="text-align:left"><mspace height="0.9em" depth="0.4em"/><mrow><mi>a</mi><mo>=</mo><mtable displaystyle="true" style="border-left:1px solid;padding-left:0.2em"><mtr><mtd style="text-align:left"><mspace height="0.9em" depth="0.4em"/><mrow><mfrac><mrow><mi>γ</mi></mrow><mrow><mrow><mn>1</mn><mo>−</mo><msup><mrow><msub><mi>β</mi><mn>1</mn></msub></mrow><mrow><mi>t</mi></mrow></msup></mrow></mrow></mfrac></mrow></mtd><mtd style="text-align:left"><mrow><mtext>if </mtext><mi mathvariant="normal">bias correction</mi></mrow></mtd></mtr><mtr><mtd style="text-align:left"><mspace height="0.9em" depth="0.4em"/><mrow><mi>γ</mi></mrow></mtd><mtd style="text-align:left"><mtext>else</mtext></mtd></mtr></mtable></mrow></mtd></mtr><mtr><mtd style="text-align:left"><mspace height="0.9em" depth="0.4em"/><mrow><mi>c</mi><mo>=</mo><mtable displaystyle="true" style="border-left:1px solid;padding-left:0.2em"><mtr><mtd style="text-align:left"><mspace height="0.9em" depth="0.4em"/><mrow><mfrac><mrow><mn>1</mn></mrow><mrow><msqrt><mrow><mn>1</mn><mo>−</mo><msup><mrow><msub><mi>β</mi><mn>2</mn></msub></mrow><mrow><mi>t</mi></mrow></msup></mrow></msqrt></mrow></mfrac></mrow></mtd><mtd style="text-align:left"><mrow><mtext>if </mtext><mi mathvariant="normal">bias correction</mi></mrow></mtd></mtr><mtr><mtd style="text-align:left"><mspace height="0.9em" depth="0.4em"/><mrow><mn>1</mn></mrow></mtd><mtd style="text-align:left"><mtext>else</mtext></mtd></mtr></mtable></mrow></mtd></mtr><mtr><mtd style="text-align:left"><mspace height="0.9em" depth="0.4em"/><mrow><mi>g</mi><mo>←</mo><mrow><mi>g</mi><mo>+</mo><mrow><mi>λ</mi><mo>⁢</mo><mspace width="0.17em"/><mi>w</mi></mrow></mrow></mrow></mtd></mtr><mtr><mtd style="text-align:left"><mspace height="0.9em" depth="0.4em"/><mrow><mi>m</mi><mo>←</mo><mrow><mrow><msub><mi>β</mi><mn>1</mn></msub><mo>⁢</mo><mspace width="0.17em"/><mi>m</mi></mrow><mo>+</mo><mrow><mrow><mo>(</mo><mrow><mn>1</mn><mo>−</mo><msub><mi>β</mi><mn>1</mn></msub></mrow><mo>)</mo></mrow><mo>⁢</mo><mspace width="0.17em"/><mi>g</mi></mrow></mrow></mrow></mtd></mtr><mtr><mtd style="text-align:left"><mspace height="0.9em" depth="0.4em"/><mrow><mi>v</mi><mo>←</mo><mrow><mrow><msub><mi>β</mi><mn>2</mn></msub><mo>⁢</mo><mspace width="0.17em"/><mi>v</mi></mrow><mo>+</mo><mrow><mrow><mo>(</mo><mrow><mn>1</mn><mo>−</mo><msub><mi>β</mi><mn>2</mn></msub></mrow><mo>)</mo></mrow><mo>⁢</mo><mspace width="0.17em"/><msup><mrow><mi>g</mi></mrow><mrow><mn>2</mn></mrow></msup></mrow></mrow></mrow></mtd></mtr><mtr><mtd style="text-align:left"><mspace height="0.9em" depth="0.4em"/><mrow><mtext>if </mtext><mi mathvariant="normal">amsgrad</mi><mo>:</mo></mrow></mtd></mtr><mtr><mtd style="text-align:left"><mspace height="0.9em" depth="0.4em"/><mrow><mspace width="2em"/><msub><mi>v</mi><mtext>max</mtext></msub><mo>←</mo><mrow><mi mathvariant="normal">max</mi><mo>⁡</mo><mo>(</mo><msub><mi>v</mi><mtext>max</mtext></msub><mo>,</mo><mi>v</mi><mo>)</mo></mrow></mrow></mtd></mtr><mtr><mtd style="text-align:left"><mspace height="0.9em" depth="0.4em"/><mrow><mi>d</mi><mo>=</mo><mtable displaystyle="true" style="border-left:1px solid;padding-left:0.2em"><mtr><mtd style="text-align:left"><mspace height="0.9em" depth="0.4em"/><mrow><msub><mi>v</mi><mtext>max</mtext></msub></mrow></mtd><mtd style="text-align:left"><mrow><mtext>if </mtext><mi mathvariant="normal">amsgrad</mi></mrow></mtd></mtr><mtr><mtd style="text-align:left"><mspace height="0.9em" depth="0.4em"/><mrow><mi>v</mi></mrow></mtd><mtd style="text-align:left"><mtext>else</mtext></mtd></mtr></mtable></mrow></mtd></mtr><mtr><mtd style="text-align:left"><mspace height="0.9em" depth="0.4em"/><mrow><mi>w</mi><mo>←</mo><mrow><mi>w</mi><mo>−</mo><mfrac><mrow><mrow><mi>a</mi><mo>⁢</mo><mspace width="0.17em"/><mi>m</mi></mrow></mrow><mrow><mrow><mrow><mi>c</mi><mo>⁢</mo><mspace width="0.17em"/><msqrt><mi>d</mi></msqrt></mrow><mo>+</mo><mi>ε</mi></mrow></mrow></mfrac></mrow></mrow></mtd></mtr></mtable></math></div>

<p>Here <math><mi>γ</mi></math> is <code>lr</code>, <math><mi>λ</mi></math> is <code>weight_decay</code>.</p>
*/
#[derive(::core::clone::Clone, ::core::fmt::Debug, ::core::cmp::PartialEq)]
pub struct Adam {
    /// Learning rate: about how far a weight moves a step.
    ///
    /// Range: `0..`; default: 1e-3.
    pub lr: f64,
    /// Decay of the running mean.
    ///
    /// Range: `0..1`; default: 0.9.
    pub beta1: f64,
    /// Decay of the running variance.
    ///
    /// Range: `0..1`; default: 0.999.
    pub beta2: f64,
    /// Added to the root, against division by zero.
    ///
    /// Range: `0..`; default: 1e-8.
    pub eps: f64,
    /// Decay of the weights, added to the gradient.
    ///
    /// Range: `0..`; default: 0.
    pub weight_decay: f64,
    /// Divides by the root of the largest variance so far.
    ///
    /// Default: `false`.
    pub amsgrad: bool,
    /// Corrects the running means for having started at zero.
    ///
    /// Default: `true`.
    pub bias_correction: bool,
}
#[automatically_derived]
impl ::core::default::Default for Adam {
    fn default() -> Self {
        Self {
            lr: 0.001,
            beta1: 0.9,
            beta2: 0.999,
            eps: 0.00000001,
            weight_decay: 0.0,
            amsgrad: false,
            bias_correction: true,
        }
    }
}
impl Adam {
    /// The same rule with another `lr`; `init` checks its range.
    #[must_use]
    pub fn with_lr(mut self, lr: f64) -> Self {
        self.lr = lr;
        self
    }
    /// The same rule with another `beta1`; `init` checks its range.
    #[must_use]
    pub fn with_beta1(mut self, beta1: f64) -> Self {
        self.beta1 = beta1;
        self
    }
    /// The same rule with another `beta2`; `init` checks its range.
    #[must_use]
    pub fn with_beta2(mut self, beta2: f64) -> Self {
        self.beta2 = beta2;
        self
    }
    /// The same rule with another `eps`; `init` checks its range.
    #[must_use]
    pub fn with_eps(mut self, eps: f64) -> Self {
        self.eps = eps;
        self
    }
    /// The same rule with another `weight_decay`; `init` checks its range.
    #[must_use]
    pub fn with_weight_decay(mut self, weight_decay: f64) -> Self {
        self.weight_decay = weight_decay;
        self
    }
    /// The same rule with another `amsgrad`; `init` checks its range.
    #[must_use]
    pub fn with_amsgrad(mut self, amsgrad: bool) -> Self {
        self.amsgrad = amsgrad;
        self
    }
    /// The same rule with another `bias_correction`; `init` checks its range.
    #[must_use]
    pub fn with_bias_correction(mut self, bias_correction: bool) -> Self {
        self.bias_correction = bias_correction;
        self
    }
}
const _: () = {
    /// What the loop needs beside weight, gradient and caches: computed in `f64`, rounded once.
    #[derive(::core::clone::Clone, ::core::marker::Copy)]
    pub struct AdamStep<A> {
        /// `weight_decay`
        weight_decay: A,
        /// `beta1`
        beta1: A,
        /// `1 - beta1`
        one_minus_beta1: A,
        /// `beta2`
        beta2: A,
        /// `1 - beta2`
        one_minus_beta2: A,
        /// `amsgrad`
        amsgrad: bool,
        /// `a`
        a: A,
        /// `c`
        c: A,
        /// `eps`
        eps: A,
        __marker: ::core::marker::PhantomData<A>,
    }
    #[automatically_derived]
    impl ::optim_core::private::Rule for Adam {
        const NAME: &'static str = "Adam";
        const LOOKS_AHEAD: bool = false;
        const EVALUATES: bool = false;
        const ROOTS: bool = true;
        type Step<A: ::optim_core::private::Real> = AdamStep<A>;
        type Caches<A: ::optim_core::private::Real> = [A; 3];
        type Model = [f64; 0];
        type Tiled = ::optim_core::private::Untiled;
        fn hyper() -> &'static [::optim_core::private::Hyper] {
            const {
                &[
                    ::optim_core::private::Hyper {
                        name: "lr",
                        kind: ::optim_core::private::HyperKind::Number,
                        default: 0.001,
                        range: ::optim_core::private::Range {
                            low: ::core::option::Option::Some(0.0),
                            low_excluded: false,
                            high: ::core::option::Option::None,
                            high_included: false,
                            written: "0..",
                        },
                        doc: "Learning rate: about how far a weight moves a step.",
                    },
                    ::optim_core::private::Hyper {
                        name: "beta1",
                        kind: ::optim_core::private::HyperKind::Number,
                        default: 0.9,
                        range: ::optim_core::private::Range {
                            low: ::core::option::Option::Some(0.0),
                            low_excluded: false,
                            high: ::core::option::Option::Some(1.0),
                            high_included: false,
                            written: "0..1",
                        },
                        doc: "Decay of the running mean.",
                    },
                    ::optim_core::private::Hyper {
                        name: "beta2",
                        kind: ::optim_core::private::HyperKind::Number,
                        default: 0.999,
                        range: ::optim_core::private::Range {
                            low: ::core::option::Option::Some(0.0),
                            low_excluded: false,
                            high: ::core::option::Option::Some(1.0),
                            high_included: false,
                            written: "0..1",
                        },
                        doc: "Decay of the running variance.",
                    },
                    ::optim_core::private::Hyper {
                        name: "eps",
                        kind: ::optim_core::private::HyperKind::Number,
                        default: 0.00000001,
                        range: ::optim_core::private::Range {
                            low: ::core::option::Option::Some(0.0),
                            low_excluded: false,
                            high: ::core::option::Option::None,
                            high_included: false,
                            written: "0..",
                        },
                        doc: "Added to the root, against division by zero.",
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
                        name: "amsgrad",
                        kind: ::optim_core::private::HyperKind::Flag,
                        default: 0.0,
                        range: ::optim_core::private::Range {
                            low: ::core::option::Option::None,
                            low_excluded: false,
                            high: ::core::option::Option::None,
                            high_included: false,
                            written: "..",
                        },
                        doc: "Divides by the root of the largest variance so far.",
                    },
                    ::optim_core::private::Hyper {
                        name: "bias_correction",
                        kind: ::optim_core::private::HyperKind::Flag,
                        default: 1.0,
                        range: ::optim_core::private::Range {
                            low: ::core::option::Option::None,
                            low_excluded: false,
                            high: ::core::option::Option::None,
                            high_included: false,
                            written: "..",
                        },
                        doc: "Corrects the running means for having started at zero.",
                    },
                ]
            }
        }
        fn doc() -> &'static str {
            "Adam: a per-weight step from the running mean and variance of the gradient.\n\n[`Momentum`](super::Momentum) and [`RmsProp`](super::RmsProp) in one, with the bias of running means that start\nat zero corrected. A good first choice; with `weight_decay`, [`AdamW`](super::AdamW) is usually the better one.\n\nReference: Kingma & Ba, 2015, <https://arxiv.org/abs/1412.6980>; `torch.optim.Adam`, without deviation: `eps` is\nadded after the bias correction. `amsgrad` is Reddi et al., <https://arxiv.org/abs/1904.09237>, with the maximum\nof the uncorrected `v`, as in `torch`. Without `bias_correction` it is the form the article prints."
        }
        fn formula() -> ::optim_core::private::Formula {
            ::optim_core::private::Formula::new(
                "\\begin{aligned}\n&a = \\begin{cases} \\frac{\\gamma}{1 - {\\beta_{1}}^{t}} & \\text{if } \\mathrm{bias\\ correction} \\\\ \\gamma & \\text{else} \\end{cases} \\\\\n&c = \\begin{cases} \\frac{1}{\\sqrt{1 - {\\beta_{2}}^{t}}} & \\text{if } \\mathrm{bias\\ correction} \\\\ 1 & \\text{else} \\end{cases} \\\\\n&g \\leftarrow g + \\lambda \\, w \\\\\n&m \\leftarrow \\beta_{1} \\, m + \\left(1 - \\beta_{1}\\right) \\, g \\\\\n&v \\leftarrow \\beta_{2} \\, v + \\left(1 - \\beta_{2}\\right) \\, {g}^{2} \\\\\n&\\text{if }\\mathrm{amsgrad}\\text{:} \\\\\n&\\quad v_{\\mathrm{max}} \\leftarrow \\operatorname{max}\\left(v_{\\mathrm{max}},\\, v\\right) \\\\\n&d = \\begin{cases} v_{\\mathrm{max}} & \\text{if } \\mathrm{amsgrad} \\\\ v & \\text{else} \\end{cases} \\\\\n&w \\leftarrow w - \\frac{a \\, m}{c \\, \\sqrt{d} + \\varepsilon}\n\\end{aligned}",
                "<math display=\"block\"><mtable displaystyle=\"true\"><mtr><mtd style=\"text-align:left\"><mspace height=\"0.9em\" depth=\"0.4em\"/><mrow><mi>a</mi><mo>=</mo><mtable displaystyle=\"true\" style=\"border-left:1px solid;padding-left:0.2em\"><mtr><mtd style=\"text-align:left\"><mspace height=\"0.9em\" depth=\"0.4em\"/><mrow><mfrac><mrow><mi>γ</mi></mrow><mrow><mrow><mn>1</mn><mo>−</mo><msup><mrow><msub><mi>β</mi><mn>1</mn></msub></mrow><mrow><mi>t</mi></mrow></msup></mrow></mrow></mfrac></mrow></mtd><mtd style=\"text-align:left\"><mrow><mtext>if\u{a0}</mtext><mi mathvariant=\"normal\">bias\u{a0}correction</mi></mrow></mtd></mtr><mtr><mtd style=\"text-align:left\"><mspace height=\"0.9em\" depth=\"0.4em\"/><mrow><mi>γ</mi></mrow></mtd><mtd style=\"text-align:left\"><mtext>else</mtext></mtd></mtr></mtable></mrow></mtd></mtr><mtr><mtd style=\"text-align:left\"><mspace height=\"0.9em\" depth=\"0.4em\"/><mrow><mi>c</mi><mo>=</mo><mtable displaystyle=\"true\" style=\"border-left:1px solid;padding-left:0.2em\"><mtr><mtd style=\"text-align:left\"><mspace height=\"0.9em\" depth=\"0.4em\"/><mrow><mfrac><mrow><mn>1</mn></mrow><mrow><msqrt><mrow><mn>1</mn><mo>−</mo><msup><mrow><msub><mi>β</mi><mn>2</mn></msub></mrow><mrow><mi>t</mi></mrow></msup></mrow></msqrt></mrow></mfrac></mrow></mtd><mtd style=\"text-align:left\"><mrow><mtext>if\u{a0}</mtext><mi mathvariant=\"normal\">bias\u{a0}correction</mi></mrow></mtd></mtr><mtr><mtd style=\"text-align:left\"><mspace height=\"0.9em\" depth=\"0.4em\"/><mrow><mn>1</mn></mrow></mtd><mtd style=\"text-align:left\"><mtext>else</mtext></mtd></mtr></mtable></mrow></mtd></mtr><mtr><mtd style=\"text-align:left\"><mspace height=\"0.9em\" depth=\"0.4em\"/><mrow><mi>g</mi><mo>←</mo><mrow><mi>g</mi><mo>+</mo><mrow><mi>λ</mi><mo>\u{2062}</mo><mspace width=\"0.17em\"/><mi>w</mi></mrow></mrow></mrow></mtd></mtr><mtr><mtd style=\"text-align:left\"><mspace height=\"0.9em\" depth=\"0.4em\"/><mrow><mi>m</mi><mo>←</mo><mrow><mrow><msub><mi>β</mi><mn>1</mn></msub><mo>\u{2062}</mo><mspace width=\"0.17em\"/><mi>m</mi></mrow><mo>+</mo><mrow><mrow><mo>(</mo><mrow><mn>1</mn><mo>−</mo><msub><mi>β</mi><mn>1</mn></msub></mrow><mo>)</mo></mrow><mo>\u{2062}</mo><mspace width=\"0.17em\"/><mi>g</mi></mrow></mrow></mrow></mtd></mtr><mtr><mtd style=\"text-align:left\"><mspace height=\"0.9em\" depth=\"0.4em\"/><mrow><mi>v</mi><mo>←</mo><mrow><mrow><msub><mi>β</mi><mn>2</mn></msub><mo>\u{2062}</mo><mspace width=\"0.17em\"/><mi>v</mi></mrow><mo>+</mo><mrow><mrow><mo>(</mo><mrow><mn>1</mn><mo>−</mo><msub><mi>β</mi><mn>2</mn></msub></mrow><mo>)</mo></mrow><mo>\u{2062}</mo><mspace width=\"0.17em\"/><msup><mrow><mi>g</mi></mrow><mrow><mn>2</mn></mrow></msup></mrow></mrow></mrow></mtd></mtr><mtr><mtd style=\"text-align:left\"><mspace height=\"0.9em\" depth=\"0.4em\"/><mrow><mtext>if\u{a0}</mtext><mi mathvariant=\"normal\">amsgrad</mi><mo>:</mo></mrow></mtd></mtr><mtr><mtd style=\"text-align:left\"><mspace height=\"0.9em\" depth=\"0.4em\"/><mrow><mspace width=\"2em\"/><msub><mi>v</mi><mtext>max</mtext></msub><mo>←</mo><mrow><mi mathvariant=\"normal\">max</mi><mo>\u{2061}</mo><mo>(</mo><msub><mi>v</mi><mtext>max</mtext></msub><mo>,</mo><mi>v</mi><mo>)</mo></mrow></mrow></mtd></mtr><mtr><mtd style=\"text-align:left\"><mspace height=\"0.9em\" depth=\"0.4em\"/><mrow><mi>d</mi><mo>=</mo><mtable displaystyle=\"true\" style=\"border-left:1px solid;padding-left:0.2em\"><mtr><mtd style=\"text-align:left\"><mspace height=\"0.9em\" depth=\"0.4em\"/><mrow><msub><mi>v</mi><mtext>max</mtext></msub></mrow></mtd><mtd style=\"text-align:left\"><mrow><mtext>if\u{a0}</mtext><mi mathvariant=\"normal\">amsgrad</mi></mrow></mtd></mtr><mtr><mtd style=\"text-align:left\"><mspace height=\"0.9em\" depth=\"0.4em\"/><mrow><mi>v</mi></mrow></mtd><mtd style=\"text-align:left\"><mtext>else</mtext></mtd></mtr></mtable></mrow></mtd></mtr><mtr><mtd style=\"text-align:left\"><mspace height=\"0.9em\" depth=\"0.4em\"/><mrow><mi>w</mi><mo>←</mo><mrow><mi>w</mi><mo>−</mo><mfrac><mrow><mrow><mi>a</mi><mo>\u{2062}</mo><mspace width=\"0.17em\"/><mi>m</mi></mrow></mrow><mrow><mrow><mrow><mi>c</mi><mo>\u{2062}</mo><mspace width=\"0.17em\"/><msqrt><mi>d</mi></msqrt></mrow><mo>+</mo><mi>ε</mi></mrow></mrow></mfrac></mrow></mrow></mtd></mtr></mtable></math>",
                "step(t):\n  let a = if bias_correction { lr / (1 - pow(beta1, t)) } else { lr }\n  let c = if bias_correction { 1 / sqrt(1 - pow(beta2, t)) } else { 1 }\nupdate(w, g):\n  let g_2 = g + weight_decay * w\n  m = beta1 * m + (1 - beta1) * g_2\n  v = beta2 * v + (1 - beta2) * g_2 * g_2\n  if amsgrad:\n    v_max = max(v_max, v)\n  let d = if amsgrad { v_max } else { v }\n  w -= a * m / (c * sqrt(d) + eps)",
            )
        }
        fn declared_caches() -> &'static [::optim_core::private::Cache] {
            const {
                &[
                    ::optim_core::private::Cache {
                        name: "m",
                        scope: ::optim_core::private::CacheScope::Weight,
                        condition: ::core::option::Option::None,
                    },
                    ::optim_core::private::Cache {
                        name: "v",
                        scope: ::optim_core::private::CacheScope::Weight,
                        condition: ::core::option::Option::None,
                    },
                    ::optim_core::private::Cache {
                        name: "v_max",
                        scope: ::optim_core::private::CacheScope::Weight,
                        condition: ::core::option::Option::Some("amsgrad"),
                    },
                ]
            }
        }
        fn kernels<__A: ::optim_core::private::Real>() -> &'static ::optim_core::private::Kernels<
            __A,
        > {
            static SINGLE: ::optim_core::private::Kernels<f32> = ::optim_core::private::Kernels::of::<
                Adam,
            >();
            static DOUBLE: ::optim_core::private::Kernels<f64> = ::optim_core::private::Kernels::of::<
                Adam,
            >();
            __A::kernels_of(&SINGLE, &DOUBLE)
        }
        fn value(&self, index: usize) -> f64 {
            match index {
                0 => self.lr,
                1 => self.beta1,
                2 => self.beta2,
                3 => self.eps,
                4 => self.weight_decay,
                5 => ::optim_core::private::flag(self.amsgrad),
                6 => ::optim_core::private::flag(self.bias_correction),
                _ => ::core::unreachable!(),
            }
        }
        fn set_value(&mut self, index: usize, value: f64) {
            match index {
                0 => self.lr = value,
                1 => self.beta1 = value,
                2 => self.beta2 = value,
                3 => self.eps = value,
                4 => self.weight_decay = value,
                5 => self.amsgrad = value != 0.0,
                6 => self.bias_correction = value != 0.0,
                _ => ::core::unreachable!(),
            }
        }
        const OPTIONAL: u64 = 4;
        fn exists<A: ::optim_core::private::Real>(
            &self,
            cache: usize,
            _: &::optim_core::private::Shape,
        ) -> bool {
            let amsgrad = self.amsgrad;
            match cache {
                2 => amsgrad,
                _ => true,
            }
        }
        fn scalars<A: ::optim_core::private::Real>(
            &self,
            t: f64,
            _: &mut Self::Model,
        ) -> Self::Step<A> {
            let lr = self.lr;
            let beta1 = self.beta1;
            let beta2 = self.beta2;
            let eps = self.eps;
            let weight_decay = self.weight_decay;
            let amsgrad = self.amsgrad;
            let bias_correction = self.bias_correction;
            let a = if bias_correction {
                lr / (1.0 - ::optim_core::private::pow(beta1, t))
            } else {
                lr
            };
            let c = if bias_correction {
                1.0
                    / ::optim_core::private::sqrt(
                        1.0 - ::optim_core::private::pow(beta2, t),
                    )
            } else {
                1.0
            };
            AdamStep {
                weight_decay: A::from_f64(weight_decay),
                beta1: A::from_f64(beta1),
                one_minus_beta1: A::from_f64(1.0 - beta1),
                beta2: A::from_f64(beta2),
                one_minus_beta2: A::from_f64(1.0 - beta2),
                amsgrad,
                a: A::from_f64(a),
                c: A::from_f64(c),
                eps: A::from_f64(eps),
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
            let [mut m, mut v, mut v_max] = caches;
            let g_2 = g + step.weight_decay * w;
            m = step.beta1 * m + step.one_minus_beta1 * g_2;
            v = step.beta2 * v + step.one_minus_beta2 * g_2 * g_2;
            if step.amsgrad {
                v_max = ::optim_core::private::max(v_max, v);
            }
            let d = if step.amsgrad { v_max } else { v };
            w -= step.a * m / (step.c * ::optim_core::private::sqrt(d) + step.eps);
            (w, [m, v, v_max])
        }
    }
    impl ::optim_core::private::GradientAtWeights for Adam {}
};
