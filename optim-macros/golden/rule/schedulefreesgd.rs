/// Schedule-Free descent: averages the weights on the way, in place of a schedule that has to know the end.
///
/// Gradients are taken between a point that descends, `z`, and the average of its path; the model holds that point
/// in between, and is **evaluated at the average**: use [`evaluate_with`](crate::Optimizer::evaluate_with). Wants a
/// larger rate than descent with a schedule, and needs no schedule but a warm-up.
///
/// Reference: Defazio et al., *The road less scheduled*, 2024, <https://arxiv.org/abs/2405.15682>; `schedulefree`
/// 1.4, `SGDScheduleFree`, without deviation: steps are weighted by the square of the largest rate so far.
/**
# Formula

<div class="formula" style="overflow:auto hidden;padding:0.2em 0 0.8em"><math display="block"><mtable displaystyle="true"><mtr><mtd style="text-align:left"><mspace height="0.9em" depth="0.4em"/><mrow><mtext>at first</mtext></mrow></mtd></mtr><mtr><mtd style="text-align:left"><mspace height="0.9em" depth="0.4em"/><mrow><mspace width="2em"/><mi>z</mi><mo>=</mo><mi>w</mi></mrow></mtd></mtr><mtr><mtd style="text-align:left"><mspace height="0.9em" depth="0.4em"/><mrow><mtext>in each step</mtext></mrow></mtd></mtr><mtr><mtd style="text-align:left"><mspace height="0.9em" depth="0.4em"/><mrow><mi>r</mi><mo>=</mo><mrow><mi>γ</mi><mo>⁢</mo><mspace width="0.17em"/><mrow><mi mathvariant="normal">min</mi><mo>⁡</mo><mo>(</mo><mn>1</mn><mo>,</mo><mfrac><mrow><mi>t</mi></mrow><mrow><mi mathvariant="normal">warmup steps</mi></mrow></mfrac><mo>)</mo></mrow></mrow></mrow></mtd></mtr><mtr><mtd style="text-align:left"><mspace height="0.9em" depth="0.4em"/><mrow><mi mathvariant="normal">top</mi><mo>←</mo><mrow><mi mathvariant="normal">max</mi><mo>⁡</mo><mo>(</mo><mi mathvariant="normal">top</mi><mo>,</mo><mi>r</mi><mo>)</mo></mrow></mrow></mtd></mtr><mtr><mtd style="text-align:left"><mspace height="0.9em" depth="0.4em"/><mrow><mi mathvariant="normal">total</mi><mo>←</mo><mrow><mi mathvariant="normal">total</mi><mo>+</mo><msup><mrow><mi mathvariant="normal">top</mi></mrow><mrow><mn>2</mn></mrow></msup></mrow></mrow></mtd></mtr><mtr><mtd style="text-align:left"><mspace height="0.9em" depth="0.4em"/><mrow><mi>c</mi><mo>=</mo><mtable displaystyle="true" style="border-left:1px solid;padding-left:0.2em"><mtr><mtd style="text-align:left"><mspace height="0.9em" depth="0.4em"/><mrow><mfrac><mrow><msup><mrow><mi mathvariant="normal">top</mi></mrow><mrow><mn>2</mn></mrow></msup></mrow><mrow><mi mathvariant="normal">total</mi></mrow></mfrac></mrow></mtd><mtd style="text-align:left"><mrow><mtext>if </mtext><mrow><mi mathvariant="normal">total</mi><mo>&gt;</mo><mn>0</mn></mrow></mrow></mtd></mtr><mtr><mtd style="text-align:left"><mspace height="0.9em" depth="0.4em"/><mrow><mn>0</mn></mrow></mtd><mtd style="text-align:left"><mtext>else</mtext></mtd></mtr></mtable></mrow></mtd></mtr><mtr><mtd style="text-align:left"><mspace height="0.9em" depth="0.4em"/><mrow><mi>k</mi><mo>=</mo><mrow><mi>r</mi><mo>⁢</mo><mspace width="0.17em"/><mrow><mo>(</mo><mrow><mrow><mi>β</mi><mo>⁢</mo><mspace width="0.17em"/><mrow><mo>(</mo><mrow><mn>1</mn><mo>−</mo><mi>c</mi></mrow><mo>)</mo></mrow></mrow><mo>−</mo><mn>1</mn></mrow><mo>)</mo></mrow></mrow></mrow></mtd></mtr><mtr><mtd style="text-align:left"><mspace height="0.9em" depth="0.4em"/><mrow><mi>g</mi><mo>←</mo><mrow><mi>g</mi><mo>+</mo><mrow><mi>λ</mi><mo>⁢</mo><mspace width="0.17em"/><mi>w</mi></mrow></mrow></mrow></mtd></mtr><mtr><mtd style="text-align:left"><mspace height="0.9em" depth="0.4em"/><mrow><mi>w</mi><mo>←</mo><mrow><mi>w</mi><mo>+</mo><mrow><mrow><mi>c</mi><mo>⁢</mo><mspace width="0.17em"/><mrow><mo>(</mo><mrow><mi>z</mi><mo>−</mo><mi>w</mi></mrow><mo>)</mo></mrow></mrow><mo>+</mo><mrow><mi>k</mi><mo>⁢</mo><mspace width="0.17em"/><mi>g</mi></mrow></mrow></mrow></mrow></mtd></mtr><mtr><mtd style="text-align:left"><mspace height="0.9em" depth="0.4em"/><mrow><mi>z</mi><mo>←</mo><mrow><mi>z</mi><mo>−</mo><mrow><mi>r</mi><mo>⁢</mo><mspace width="0.17em"/><mi>g</mi></mrow></mrow></mrow></mtd></mtr><mtr><mtd style="text-align:left"><mspace height="0.9em" depth="0.4em"/><mrow><mtext>evaluated at</mtext></mrow></mtd></mtr><mtr><mtd style="text-align:left"><mspace height="0.9em" depth="0.4em"/><mrow><mrow><mi>w</mi><mo>+</mo><mrow><mrow><mo>(</mo><mrow><mn>1</mn><mo>−</mo><mfrac><mrow><mn>1</mn></mrow><mrow><mi>β</mi></mrow></mfrac></mrow><mo>)</mo></mrow><mo>⁢</mo><mspace width="0.17em"/><mrow><mo>(</mo><mrow><mi>z</mi><mo>−</mo><mi>w</mi></mrow><mo>)</mo></mrow></mrow></mrow></mrow></mtd></mtr></mtable></math></div>

<p>Here <math><mi>γ</mi></math> is <code>lr</code>, <math><mi>λ</mi></math> is <code>weight_decay</code>.</p>
*/
#[derive(::core::clone::Clone, ::core::fmt::Debug, ::core::cmp::PartialEq)]
pub struct ScheduleFreeSgd {
    /// Learning rate.
    ///
    /// Range: `0..`; default: 1.
    pub lr: f64,
    /// How near to the average the gradient is taken.
    ///
    /// Range: `0<..1`; default: 0.9.
    pub beta: f64,
    /// Decay of the weights, added to the gradient.
    ///
    /// Range: `0..`; default: 0.
    pub weight_decay: f64,
    /// Steps in which the rate rises to `lr`.
    ///
    /// Range: `0..`; default: 0.
    pub warmup_steps: u64,
}
#[automatically_derived]
impl ::core::default::Default for ScheduleFreeSgd {
    fn default() -> Self {
        Self {
            lr: 1.0,
            beta: 0.9,
            weight_decay: 0.0,
            warmup_steps: 0,
        }
    }
}
impl ScheduleFreeSgd {
    /// The same rule with another `lr`; `init` checks its range.
    #[must_use]
    pub fn with_lr(mut self, lr: f64) -> Self {
        self.lr = lr;
        self
    }
    /// The same rule with another `beta`; `init` checks its range.
    #[must_use]
    pub fn with_beta(mut self, beta: f64) -> Self {
        self.beta = beta;
        self
    }
    /// The same rule with another `weight_decay`; `init` checks its range.
    #[must_use]
    pub fn with_weight_decay(mut self, weight_decay: f64) -> Self {
        self.weight_decay = weight_decay;
        self
    }
    /// The same rule with another `warmup_steps`; `init` checks its range.
    #[must_use]
    pub fn with_warmup_steps(mut self, warmup_steps: u64) -> Self {
        self.warmup_steps = warmup_steps;
        self
    }
}
const _: () = {
    /// What the loop needs beside weight, gradient and caches: computed in `f64`, rounded once.
    #[derive(::core::clone::Clone, ::core::marker::Copy)]
    pub struct ScheduleFreeSgdStep<A> {
        /// `weight_decay`
        weight_decay: A,
        /// `c`
        c: A,
        /// `k`
        k: A,
        /// `r`
        r: A,
        /// `1 - 1 / beta`
        k1: A,
        __marker: ::core::marker::PhantomData<A>,
    }
    #[automatically_derived]
    impl ::optim_core::private::Rule for ScheduleFreeSgd {
        const NAME: &'static str = "ScheduleFreeSgd";
        const LOOKS_AHEAD: bool = false;
        const EVALUATES: bool = true;
        type Step<A: ::optim_core::private::Real> = ScheduleFreeSgdStep<A>;
        type Caches<A: ::optim_core::private::Real> = [A; 1];
        type Model = [f64; 2];
        type Tiled = ::optim_core::private::Untiled;
        fn hyper() -> &'static [::optim_core::private::Hyper] {
            const {
                &[
                    ::optim_core::private::Hyper {
                        name: "lr",
                        kind: ::optim_core::private::HyperKind::Number,
                        default: 1.0,
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
                        name: "beta",
                        kind: ::optim_core::private::HyperKind::Number,
                        default: 0.9,
                        range: ::optim_core::private::Range {
                            low: ::core::option::Option::Some(0.0),
                            low_excluded: true,
                            high: ::core::option::Option::Some(1.0),
                            high_included: false,
                            written: "0<..1",
                        },
                        doc: "How near to the average the gradient is taken.",
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
                        name: "warmup_steps",
                        kind: ::optim_core::private::HyperKind::Count,
                        default: 0.0,
                        range: ::optim_core::private::Range {
                            low: ::core::option::Option::Some(0.0),
                            low_excluded: false,
                            high: ::core::option::Option::None,
                            high_included: false,
                            written: "0..",
                        },
                        doc: "Steps in which the rate rises to `lr`.",
                    },
                ]
            }
        }
        fn doc() -> &'static str {
            "Schedule-Free descent: averages the weights on the way, in place of a schedule that has to know the end.\n\nGradients are taken between a point that descends, `z`, and the average of its path; the model holds that point\nin between, and is **evaluated at the average**: use [`evaluate_with`](crate::Optimizer::evaluate_with). Wants a\nlarger rate than descent with a schedule, and needs no schedule but a warm-up.\n\nReference: Defazio et al., *The road less scheduled*, 2024, <https://arxiv.org/abs/2405.15682>; `schedulefree`\n1.4, `SGDScheduleFree`, without deviation: steps are weighted by the square of the largest rate so far."
        }
        fn formula() -> ::optim_core::private::Formula {
            ::optim_core::private::Formula::new(
                "\\begin{aligned}\n&\\text{at first} \\\\\n&\\quad z = w \\\\\n&\\text{in each step} \\\\\n&r = \\gamma \\, \\operatorname{min}\\left(1,\\, \\frac{t}{\\mathrm{warmup\\ steps}}\\right) \\\\\n&\\mathrm{top} \\leftarrow \\operatorname{max}\\left(\\mathrm{top},\\, r\\right) \\\\\n&\\mathrm{total} \\leftarrow \\mathrm{total} + {\\mathrm{top}}^{2} \\\\\n&c = \\begin{cases} \\frac{{\\mathrm{top}}^{2}}{\\mathrm{total}} & \\text{if } \\mathrm{total} > 0 \\\\ 0 & \\text{else} \\end{cases} \\\\\n&k = r \\, \\left(\\beta \\, \\left(1 - c\\right) - 1\\right) \\\\\n&g \\leftarrow g + \\lambda \\, w \\\\\n&w \\leftarrow w + c \\, \\left(z - w\\right) + k \\, g \\\\\n&z \\leftarrow z - r \\, g \\\\\n&\\text{evaluated at} \\\\\n&w + \\left(1 - \\frac{1}{\\beta}\\right) \\, \\left(z - w\\right)\n\\end{aligned}",
                "<math display=\"block\"><mtable displaystyle=\"true\"><mtr><mtd style=\"text-align:left\"><mspace height=\"0.9em\" depth=\"0.4em\"/><mrow><mtext>at\u{a0}first</mtext></mrow></mtd></mtr><mtr><mtd style=\"text-align:left\"><mspace height=\"0.9em\" depth=\"0.4em\"/><mrow><mspace width=\"2em\"/><mi>z</mi><mo>=</mo><mi>w</mi></mrow></mtd></mtr><mtr><mtd style=\"text-align:left\"><mspace height=\"0.9em\" depth=\"0.4em\"/><mrow><mtext>in\u{a0}each\u{a0}step</mtext></mrow></mtd></mtr><mtr><mtd style=\"text-align:left\"><mspace height=\"0.9em\" depth=\"0.4em\"/><mrow><mi>r</mi><mo>=</mo><mrow><mi>γ</mi><mo>\u{2062}</mo><mspace width=\"0.17em\"/><mrow><mi mathvariant=\"normal\">min</mi><mo>\u{2061}</mo><mo>(</mo><mn>1</mn><mo>,</mo><mfrac><mrow><mi>t</mi></mrow><mrow><mi mathvariant=\"normal\">warmup\u{a0}steps</mi></mrow></mfrac><mo>)</mo></mrow></mrow></mrow></mtd></mtr><mtr><mtd style=\"text-align:left\"><mspace height=\"0.9em\" depth=\"0.4em\"/><mrow><mi mathvariant=\"normal\">top</mi><mo>←</mo><mrow><mi mathvariant=\"normal\">max</mi><mo>\u{2061}</mo><mo>(</mo><mi mathvariant=\"normal\">top</mi><mo>,</mo><mi>r</mi><mo>)</mo></mrow></mrow></mtd></mtr><mtr><mtd style=\"text-align:left\"><mspace height=\"0.9em\" depth=\"0.4em\"/><mrow><mi mathvariant=\"normal\">total</mi><mo>←</mo><mrow><mi mathvariant=\"normal\">total</mi><mo>+</mo><msup><mrow><mi mathvariant=\"normal\">top</mi></mrow><mrow><mn>2</mn></mrow></msup></mrow></mrow></mtd></mtr><mtr><mtd style=\"text-align:left\"><mspace height=\"0.9em\" depth=\"0.4em\"/><mrow><mi>c</mi><mo>=</mo><mtable displaystyle=\"true\" style=\"border-left:1px solid;padding-left:0.2em\"><mtr><mtd style=\"text-align:left\"><mspace height=\"0.9em\" depth=\"0.4em\"/><mrow><mfrac><mrow><msup><mrow><mi mathvariant=\"normal\">top</mi></mrow><mrow><mn>2</mn></mrow></msup></mrow><mrow><mi mathvariant=\"normal\">total</mi></mrow></mfrac></mrow></mtd><mtd style=\"text-align:left\"><mrow><mtext>if\u{a0}</mtext><mrow><mi mathvariant=\"normal\">total</mi><mo>&gt;</mo><mn>0</mn></mrow></mrow></mtd></mtr><mtr><mtd style=\"text-align:left\"><mspace height=\"0.9em\" depth=\"0.4em\"/><mrow><mn>0</mn></mrow></mtd><mtd style=\"text-align:left\"><mtext>else</mtext></mtd></mtr></mtable></mrow></mtd></mtr><mtr><mtd style=\"text-align:left\"><mspace height=\"0.9em\" depth=\"0.4em\"/><mrow><mi>k</mi><mo>=</mo><mrow><mi>r</mi><mo>\u{2062}</mo><mspace width=\"0.17em\"/><mrow><mo>(</mo><mrow><mrow><mi>β</mi><mo>\u{2062}</mo><mspace width=\"0.17em\"/><mrow><mo>(</mo><mrow><mn>1</mn><mo>−</mo><mi>c</mi></mrow><mo>)</mo></mrow></mrow><mo>−</mo><mn>1</mn></mrow><mo>)</mo></mrow></mrow></mrow></mtd></mtr><mtr><mtd style=\"text-align:left\"><mspace height=\"0.9em\" depth=\"0.4em\"/><mrow><mi>g</mi><mo>←</mo><mrow><mi>g</mi><mo>+</mo><mrow><mi>λ</mi><mo>\u{2062}</mo><mspace width=\"0.17em\"/><mi>w</mi></mrow></mrow></mrow></mtd></mtr><mtr><mtd style=\"text-align:left\"><mspace height=\"0.9em\" depth=\"0.4em\"/><mrow><mi>w</mi><mo>←</mo><mrow><mi>w</mi><mo>+</mo><mrow><mrow><mi>c</mi><mo>\u{2062}</mo><mspace width=\"0.17em\"/><mrow><mo>(</mo><mrow><mi>z</mi><mo>−</mo><mi>w</mi></mrow><mo>)</mo></mrow></mrow><mo>+</mo><mrow><mi>k</mi><mo>\u{2062}</mo><mspace width=\"0.17em\"/><mi>g</mi></mrow></mrow></mrow></mrow></mtd></mtr><mtr><mtd style=\"text-align:left\"><mspace height=\"0.9em\" depth=\"0.4em\"/><mrow><mi>z</mi><mo>←</mo><mrow><mi>z</mi><mo>−</mo><mrow><mi>r</mi><mo>\u{2062}</mo><mspace width=\"0.17em\"/><mi>g</mi></mrow></mrow></mrow></mtd></mtr><mtr><mtd style=\"text-align:left\"><mspace height=\"0.9em\" depth=\"0.4em\"/><mrow><mtext>evaluated\u{a0}at</mtext></mrow></mtd></mtr><mtr><mtd style=\"text-align:left\"><mspace height=\"0.9em\" depth=\"0.4em\"/><mrow><mrow><mi>w</mi><mo>+</mo><mrow><mrow><mo>(</mo><mrow><mn>1</mn><mo>−</mo><mfrac><mrow><mn>1</mn></mrow><mrow><mi>β</mi></mrow></mfrac></mrow><mo>)</mo></mrow><mo>\u{2062}</mo><mspace width=\"0.17em\"/><mrow><mo>(</mo><mrow><mi>z</mi><mo>−</mo><mi>w</mi></mrow><mo>)</mo></mrow></mrow></mrow></mrow></mtd></mtr></mtable></math>",
                "cache:\n  z = w\nstep(t):\n  let r = lr * min(1, t / warmup_steps)\n  top = max(top, r)\n  total += top * top\n  let c = if total > 0 { top * top / total } else { 0 }\n  let k = r * (beta * (1 - c) - 1)\nupdate(w, g):\n  let g_2 = g + weight_decay * w\n  w += c * (z - w) + k * g_2\n  z -= r * g_2\nevaluate(w):\n  w + (1 - 1 / beta) * (z - w)",
            )
        }
        fn declared_caches() -> &'static [::optim_core::private::Cache] {
            const {
                &[
                    ::optim_core::private::Cache {
                        name: "z",
                        scope: ::optim_core::private::CacheScope::Weight,
                        condition: ::core::option::Option::None,
                    },
                    ::optim_core::private::Cache {
                        name: "top",
                        scope: ::optim_core::private::CacheScope::Model,
                        condition: ::core::option::Option::None,
                    },
                    ::optim_core::private::Cache {
                        name: "total",
                        scope: ::optim_core::private::CacheScope::Model,
                        condition: ::core::option::Option::None,
                    },
                ]
            }
        }
        fn kernels<__A: ::optim_core::private::Real>() -> &'static ::optim_core::private::Kernels<
            __A,
        > {
            static SINGLE: ::optim_core::private::Kernels<f32> = ::optim_core::private::Kernels::of::<
                ScheduleFreeSgd,
            >();
            static DOUBLE: ::optim_core::private::Kernels<f64> = ::optim_core::private::Kernels::of::<
                ScheduleFreeSgd,
            >();
            __A::kernels_of(&SINGLE, &DOUBLE)
        }
        fn value(&self, index: usize) -> f64 {
            match index {
                0 => self.lr,
                1 => self.beta,
                2 => self.weight_decay,
                3 => ::optim_core::private::count(self.warmup_steps),
                _ => ::core::unreachable!(),
            }
        }
        fn set_value(&mut self, index: usize, value: f64) {
            match index {
                0 => self.lr = value,
                1 => self.beta = value,
                2 => self.weight_decay = value,
                3 => self.warmup_steps = ::optim_core::private::to_count(value),
                _ => ::core::unreachable!(),
            }
        }
        const STARTS_AT_ZERO: bool = false;
        fn start<A: ::optim_core::private::Real>(&self, w: A) -> Self::Caches<A> {
            let z = w;
            [z]
        }
        fn scalars<A: ::optim_core::private::Real>(
            &self,
            t: f64,
            model: &mut Self::Model,
        ) -> Self::Step<A> {
            let lr = self.lr;
            let beta = self.beta;
            let weight_decay = self.weight_decay;
            let warmup_steps = ::optim_core::private::count(self.warmup_steps);
            let [mut top, mut total] = *model;
            let r = lr * ::optim_core::private::min(1.0, t / warmup_steps);
            top = ::optim_core::private::max(top, r);
            total += top * top;
            let c = if total > 0.0 { top * top / total } else { 0.0 };
            let k = r * (beta * (1.0 - c) - 1.0);
            *model = [top, total];
            ScheduleFreeSgdStep {
                weight_decay: A::from_f64(weight_decay),
                c: A::from_f64(c),
                k: A::from_f64(k),
                r: A::from_f64(r),
                k1: A::from_f64(1.0 - 1.0 / beta),
                __marker: ::core::marker::PhantomData,
            }
        }
        fn visit_step<A: ::optim_core::private::Real>(
            step: &mut Self::Step<A>,
            visit: &mut dyn ::core::ops::FnMut(&'static str, &mut f64),
        ) {
            ::optim_core::private::visit_number(
                "weight_decay",
                &mut step.weight_decay,
                visit,
            );
            ::optim_core::private::visit_number("c", &mut step.c, visit);
            ::optim_core::private::visit_number("k", &mut step.k, visit);
            ::optim_core::private::visit_number("r", &mut step.r, visit);
            ::optim_core::private::visit_number("k1", &mut step.k1, visit);
        }
        #[inline(always)]
        fn update<A: ::optim_core::private::Real>(
            step: Self::Step<A>,
            mut w: A,
            g: A,
            caches: Self::Caches<A>,
        ) -> (A, Self::Caches<A>) {
            let [mut z] = caches;
            let g_2 = g + step.weight_decay * w;
            w += step.c * (z - w) + step.k * g_2;
            z -= step.r * g_2;
            (w, [z])
        }
        #[inline(always)]
        fn evaluate<A: ::optim_core::private::Real>(
            step: Self::Step<A>,
            w: A,
            caches: Self::Caches<A>,
        ) -> A {
            let [z] = caches;
            w + step.k1 * (z - w)
        }
    }
    impl ::optim_core::private::GradientAtWeights for ScheduleFreeSgd {}
};
