/// LAMB: Adam with a step for each tensor that is in proportion to the length of its weights.
///
/// Made for very large batches, where one learning rate no longer suits all layers: each tensor moves by about `lr`
/// times its own length, whatever its gradient. With usual batch sizes [`AdamW`](super::AdamW) is as good.
///
/// Reference: You et al., *Large Batch Optimization for Deep Learning*, 2019, <https://arxiv.org/abs/1904.00962>;
/// `timm`'s `Lamb`, without its clipping of the gradient: `eps` is added after the bias correction, and the ratio of
/// the lengths is 1 where one of them is 0.
/**
# Formula

<div class="formula" style="overflow:auto hidden;padding:0.2em 0 0.8em"><math display="block"><mtable displaystyle="true"><mtr><mtd style="text-align:left"><mspace height="0.9em" depth="0.4em"/><mrow><mi>a</mi><mo>=</mo><mfrac><mrow><mn>1</mn></mrow><mrow><mrow><mn>1</mn><mo>−</mo><msup><mrow><msub><mi>β</mi><mn>1</mn></msub></mrow><mrow><mi>t</mi></mrow></msup></mrow></mrow></mfrac></mrow></mtd></mtr><mtr><mtd style="text-align:left"><mspace height="0.9em" depth="0.4em"/><mrow><mi>c</mi><mo>=</mo><mfrac><mrow><mn>1</mn></mrow><mrow><msqrt><mrow><mn>1</mn><mo>−</mo><msup><mrow><msub><mi>β</mi><mn>2</mn></msub></mrow><mrow><mi>t</mi></mrow></msup></mrow></msqrt></mrow></mfrac></mrow></mtd></mtr><mtr><mtd style="text-align:left"><mspace height="0.9em" depth="0.4em"/><mrow><mi>m</mi><mo>←</mo><mrow><mrow><msub><mi>β</mi><mn>1</mn></msub><mo>⁢</mo><mspace width="0.17em"/><mi>m</mi></mrow><mo>+</mo><mrow><mrow><mo>(</mo><mrow><mn>1</mn><mo>−</mo><msub><mi>β</mi><mn>1</mn></msub></mrow><mo>)</mo></mrow><mo>⁢</mo><mspace width="0.17em"/><mi>g</mi></mrow></mrow></mrow></mtd></mtr><mtr><mtd style="text-align:left"><mspace height="0.9em" depth="0.4em"/><mrow><mi>v</mi><mo>←</mo><mrow><mrow><msub><mi>β</mi><mn>2</mn></msub><mo>⁢</mo><mspace width="0.17em"/><mi>v</mi></mrow><mo>+</mo><mrow><mrow><mo>(</mo><mrow><mn>1</mn><mo>−</mo><msub><mi>β</mi><mn>2</mn></msub></mrow><mo>)</mo></mrow><mo>⁢</mo><mspace width="0.17em"/><msup><mrow><mi>g</mi></mrow><mrow><mn>2</mn></mrow></msup></mrow></mrow></mrow></mtd></mtr><mtr><mtd style="text-align:left"><mspace height="0.9em" depth="0.4em"/><mrow><mi>u</mi><mo>=</mo><mrow><mfrac><mrow><mrow><mi>a</mi><mo>⁢</mo><mspace width="0.17em"/><mi>m</mi></mrow></mrow><mrow><mrow><mrow><mi>c</mi><mo>⁢</mo><mspace width="0.17em"/><msqrt><mi>v</mi></msqrt></mrow><mo>+</mo><mi>ε</mi></mrow></mrow></mfrac><mo>+</mo><mrow><mi>λ</mi><mo>⁢</mo><mspace width="0.17em"/><mi>w</mi></mrow></mrow></mrow></mtd></mtr><mtr><mtd style="text-align:left"><mspace height="0.9em" depth="0.4em"/><mrow><mi mathvariant="normal">length</mi><mo>=</mo><mrow><mo stretchy="true">‖</mo><mi>w</mi><mo stretchy="true">‖</mo></mrow></mrow></mtd></mtr><mtr><mtd style="text-align:left"><mspace height="0.9em" depth="0.4em"/><mrow><mi mathvariant="normal">distance</mi><mo>=</mo><mrow><mo stretchy="true">‖</mo><mi>u</mi><mo stretchy="true">‖</mo></mrow></mrow></mtd></mtr><mtr><mtd style="text-align:left"><mspace height="0.9em" depth="0.4em"/><mrow><mi mathvariant="normal">ratio</mi><mo>=</mo><mtable displaystyle="true" style="border-left:1px solid;padding-left:0.2em"><mtr><mtd style="text-align:left"><mspace height="0.9em" depth="0.4em"/><mrow><mfrac><mrow><mi mathvariant="normal">length</mi></mrow><mrow><mi mathvariant="normal">distance</mi></mrow></mfrac></mrow></mtd><mtd style="text-align:left"><mrow><mtext>if </mtext><mrow><mrow><mi mathvariant="normal">length</mi><mo>&gt;</mo><mn>0</mn></mrow><mo>∧</mo><mrow><mi mathvariant="normal">distance</mi><mo>&gt;</mo><mn>0</mn></mrow></mrow></mrow></mtd></mtr><mtr><mtd style="text-align:left"><mspace height="0.9em" depth="0.4em"/><mrow><mn>1</mn></mrow></mtd><mtd style="text-align:left"><mtext>else</mtext></mtd></mtr></mtable></mrow></mtd></mtr><mtr><mtd style="text-align:left"><mspace height="0.9em" depth="0.4em"/><mrow><mi>w</mi><mo>←</mo><mrow><mi>w</mi><mo>−</mo><mrow><mrow><mi>γ</mi><mo>⋅</mo><mi mathvariant="normal">ratio</mi></mrow><mo>⋅</mo><mi>u</mi></mrow></mrow></mrow></mtd></mtr></mtable></math></div>

<p>Here <math><mi>γ</mi></math> is <code>lr</code>, <math><mi>λ</mi></math> is <code>weight_decay</code>.</p>
*/
#[derive(::core::clone::Clone, ::core::fmt::Debug, ::core::cmp::PartialEq)]
pub struct Lamb {
    /// Learning rate: how far a tensor moves a step, in lengths of its weights.
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
    /// Range: `0..`; default: 1e-6.
    pub eps: f64,
    /// Decay of the weights, added to the direction of the step.
    ///
    /// Range: `0..`; default: 0.01.
    pub weight_decay: f64,
}
#[automatically_derived]
impl ::core::default::Default for Lamb {
    fn default() -> Self {
        Self {
            lr: 0.001,
            beta1: 0.9,
            beta2: 0.999,
            eps: 0.000001,
            weight_decay: 0.01,
        }
    }
}
impl Lamb {
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
}
const _: () = {
    /// What the loop needs beside weight, gradient and caches: computed in `f64`, rounded once.
    #[derive(::core::clone::Clone, ::core::marker::Copy)]
    pub struct LambStep<A> {
        /// `beta1`
        beta1: A,
        /// `1 - beta1`
        one_minus_beta1: A,
        /// `beta2`
        beta2: A,
        /// `1 - beta2`
        one_minus_beta2: A,
        /// `a`
        a: A,
        /// `c`
        c: A,
        /// `eps`
        eps: A,
        /// `weight_decay`
        weight_decay: A,
        /// `lr * ratio`
        k1: A,
        __marker: ::core::marker::PhantomData<A>,
    }
    /// What is computed once a step.
    #[derive(::core::clone::Clone, ::core::marker::Copy)]
    pub struct LambOnce {
        a: f64,
        c: f64,
    }
    /// The rule, pass by pass.
    pub struct LambPasses;
    #[automatically_derived]
    impl ::optim_core::private::Rule for Lamb {
        const NAME: &'static str = "Lamb";
        const LOOKS_AHEAD: bool = false;
        const EVALUATES: bool = false;
        const ROOTS: bool = true;
        type Step<A: ::optim_core::private::Real> = LambStep<A>;
        type Caches<A: ::optim_core::private::Real> = [A; 2];
        type Model = [f64; 0];
        type Tiled = LambPasses;
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
                        doc: "Learning rate: how far a tensor moves a step, in lengths of its weights.",
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
                        default: 0.000001,
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
                        default: 0.01,
                        range: ::optim_core::private::Range {
                            low: ::core::option::Option::Some(0.0),
                            low_excluded: false,
                            high: ::core::option::Option::None,
                            high_included: false,
                            written: "0..",
                        },
                        doc: "Decay of the weights, added to the direction of the step.",
                    },
                ]
            }
        }
        fn doc() -> &'static str {
            "LAMB: Adam with a step for each tensor that is in proportion to the length of its weights.\n\nMade for very large batches, where one learning rate no longer suits all layers: each tensor moves by about `lr`\ntimes its own length, whatever its gradient. With usual batch sizes [`AdamW`](super::AdamW) is as good.\n\nReference: You et al., *Large Batch Optimization for Deep Learning*, 2019, <https://arxiv.org/abs/1904.00962>;\n`timm`'s `Lamb`, without its clipping of the gradient: `eps` is added after the bias correction, and the ratio of\nthe lengths is 1 where one of them is 0."
        }
        fn formula() -> ::optim_core::private::Formula {
            ::optim_core::private::Formula::new(
                "\\begin{aligned}\n&a = \\frac{1}{1 - {\\beta_{1}}^{t}} \\\\\n&c = \\frac{1}{\\sqrt{1 - {\\beta_{2}}^{t}}} \\\\\n&m \\leftarrow \\beta_{1} \\, m + \\left(1 - \\beta_{1}\\right) \\, g \\\\\n&v \\leftarrow \\beta_{2} \\, v + \\left(1 - \\beta_{2}\\right) \\, {g}^{2} \\\\\n&u = \\frac{a \\, m}{c \\, \\sqrt{v} + \\varepsilon} + \\lambda \\, w \\\\\n&\\mathrm{length} = \\left\\lVert w \\right\\rVert \\\\\n&\\mathrm{distance} = \\left\\lVert u \\right\\rVert \\\\\n&\\mathrm{ratio} = \\begin{cases} \\frac{\\mathrm{length}}{\\mathrm{distance}} & \\text{if } \\mathrm{length} > 0 \\land \\mathrm{distance} > 0 \\\\ 1 & \\text{else} \\end{cases} \\\\\n&w \\leftarrow w - \\gamma \\cdot \\mathrm{ratio} \\cdot u\n\\end{aligned}",
                "<math display=\"block\"><mtable displaystyle=\"true\"><mtr><mtd style=\"text-align:left\"><mspace height=\"0.9em\" depth=\"0.4em\"/><mrow><mi>a</mi><mo>=</mo><mfrac><mrow><mn>1</mn></mrow><mrow><mrow><mn>1</mn><mo>−</mo><msup><mrow><msub><mi>β</mi><mn>1</mn></msub></mrow><mrow><mi>t</mi></mrow></msup></mrow></mrow></mfrac></mrow></mtd></mtr><mtr><mtd style=\"text-align:left\"><mspace height=\"0.9em\" depth=\"0.4em\"/><mrow><mi>c</mi><mo>=</mo><mfrac><mrow><mn>1</mn></mrow><mrow><msqrt><mrow><mn>1</mn><mo>−</mo><msup><mrow><msub><mi>β</mi><mn>2</mn></msub></mrow><mrow><mi>t</mi></mrow></msup></mrow></msqrt></mrow></mfrac></mrow></mtd></mtr><mtr><mtd style=\"text-align:left\"><mspace height=\"0.9em\" depth=\"0.4em\"/><mrow><mi>m</mi><mo>←</mo><mrow><mrow><msub><mi>β</mi><mn>1</mn></msub><mo>\u{2062}</mo><mspace width=\"0.17em\"/><mi>m</mi></mrow><mo>+</mo><mrow><mrow><mo>(</mo><mrow><mn>1</mn><mo>−</mo><msub><mi>β</mi><mn>1</mn></msub></mrow><mo>)</mo></mrow><mo>\u{2062}</mo><mspace width=\"0.17em\"/><mi>g</mi></mrow></mrow></mrow></mtd></mtr><mtr><mtd style=\"text-align:left\"><mspace height=\"0.9em\" depth=\"0.4em\"/><mrow><mi>v</mi><mo>←</mo><mrow><mrow><msub><mi>β</mi><mn>2</mn></msub><mo>\u{2062}</mo><mspace width=\"0.17em\"/><mi>v</mi></mrow><mo>+</mo><mrow><mrow><mo>(</mo><mrow><mn>1</mn><mo>−</mo><msub><mi>β</mi><mn>2</mn></msub></mrow><mo>)</mo></mrow><mo>\u{2062}</mo><mspace width=\"0.17em\"/><msup><mrow><mi>g</mi></mrow><mrow><mn>2</mn></mrow></msup></mrow></mrow></mrow></mtd></mtr><mtr><mtd style=\"text-align:left\"><mspace height=\"0.9em\" depth=\"0.4em\"/><mrow><mi>u</mi><mo>=</mo><mrow><mfrac><mrow><mrow><mi>a</mi><mo>\u{2062}</mo><mspace width=\"0.17em\"/><mi>m</mi></mrow></mrow><mrow><mrow><mrow><mi>c</mi><mo>\u{2062}</mo><mspace width=\"0.17em\"/><msqrt><mi>v</mi></msqrt></mrow><mo>+</mo><mi>ε</mi></mrow></mrow></mfrac><mo>+</mo><mrow><mi>λ</mi><mo>\u{2062}</mo><mspace width=\"0.17em\"/><mi>w</mi></mrow></mrow></mrow></mtd></mtr><mtr><mtd style=\"text-align:left\"><mspace height=\"0.9em\" depth=\"0.4em\"/><mrow><mi mathvariant=\"normal\">length</mi><mo>=</mo><mrow><mo stretchy=\"true\">‖</mo><mi>w</mi><mo stretchy=\"true\">‖</mo></mrow></mrow></mtd></mtr><mtr><mtd style=\"text-align:left\"><mspace height=\"0.9em\" depth=\"0.4em\"/><mrow><mi mathvariant=\"normal\">distance</mi><mo>=</mo><mrow><mo stretchy=\"true\">‖</mo><mi>u</mi><mo stretchy=\"true\">‖</mo></mrow></mrow></mtd></mtr><mtr><mtd style=\"text-align:left\"><mspace height=\"0.9em\" depth=\"0.4em\"/><mrow><mi mathvariant=\"normal\">ratio</mi><mo>=</mo><mtable displaystyle=\"true\" style=\"border-left:1px solid;padding-left:0.2em\"><mtr><mtd style=\"text-align:left\"><mspace height=\"0.9em\" depth=\"0.4em\"/><mrow><mfrac><mrow><mi mathvariant=\"normal\">length</mi></mrow><mrow><mi mathvariant=\"normal\">distance</mi></mrow></mfrac></mrow></mtd><mtd style=\"text-align:left\"><mrow><mtext>if\u{a0}</mtext><mrow><mrow><mi mathvariant=\"normal\">length</mi><mo>&gt;</mo><mn>0</mn></mrow><mo>∧</mo><mrow><mi mathvariant=\"normal\">distance</mi><mo>&gt;</mo><mn>0</mn></mrow></mrow></mrow></mtd></mtr><mtr><mtd style=\"text-align:left\"><mspace height=\"0.9em\" depth=\"0.4em\"/><mrow><mn>1</mn></mrow></mtd><mtd style=\"text-align:left\"><mtext>else</mtext></mtd></mtr></mtable></mrow></mtd></mtr><mtr><mtd style=\"text-align:left\"><mspace height=\"0.9em\" depth=\"0.4em\"/><mrow><mi>w</mi><mo>←</mo><mrow><mi>w</mi><mo>−</mo><mrow><mrow><mi>γ</mi><mo>⋅</mo><mi mathvariant=\"normal\">ratio</mi></mrow><mo>⋅</mo><mi>u</mi></mrow></mrow></mrow></mtd></mtr></mtable></math>",
                "step(t):\n  let a = 1 / (1 - pow(beta1, t))\n  let c = 1 / sqrt(1 - pow(beta2, t))\nupdate(w, g):\n  m = beta1 * m + (1 - beta1) * g\n  v = beta2 * v + (1 - beta2) * g * g\n  let u = a * m / (c * sqrt(v) + eps) + weight_decay * w\n  let length = norm(w)\n  let distance = norm(u)\n  let ratio = if length > 0 && distance > 0 { length / distance } else { 1 }\n  w -= lr * ratio * u",
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
                ]
            }
        }
        fn kernels<__A: ::optim_core::private::Real>() -> &'static ::optim_core::private::Kernels<
            __A,
        > {
            static SINGLE: ::optim_core::private::Kernels<f32> = ::optim_core::private::Kernels::of::<
                Lamb,
            >();
            static DOUBLE: ::optim_core::private::Kernels<f64> = ::optim_core::private::Kernels::of::<
                Lamb,
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
                _ => ::core::unreachable!(),
            }
        }
    }
    #[automatically_derived]
    impl ::optim_core::private::Tiled<Lamb> for LambPasses {
        const PASSES: &'static [::optim_core::private::Pass] = &[
            ::optim_core::private::Pass {
                section: ::optim_core::private::Section::Update,
                weight: true,
                gradient: true,
                moves: false,
                reads: 0b11,
                writes: 0b11,
                rows: 0b0,
                columns: 0b0,
                terms: &[
                    ::optim_core::private::Term::Weight,
                    ::optim_core::private::Term::Computed,
                ],
            },
            ::optim_core::private::Pass {
                section: ::optim_core::private::Section::Update,
                weight: true,
                gradient: false,
                moves: true,
                reads: 0b11,
                writes: 0b0,
                rows: 0b0,
                columns: 0b0,
                terms: &[],
            },
        ];
        const SUMS: &'static [::optim_core::private::Sum] = &[
            ::optim_core::private::Sum {
                pass: 0,
                kind: ::optim_core::private::SumKind::Squares,
                term: 0,
                over: ::optim_core::private::Level::Tensor,
                place: 0,
            },
            ::optim_core::private::Sum {
                pass: 0,
                kind: ::optim_core::private::SumKind::Squares,
                term: 1,
                over: ::optim_core::private::Level::Tensor,
                place: 1,
            },
        ];
        const NUMBERS: [usize; 5] = [0, 2, 0, 0, 0];
        type Once = LambOnce;
        type Row<A: ::optim_core::private::Real> = [A; 0];
        type Col<A: ::optim_core::private::Real> = [A; 0];
        type Terms<A: ::optim_core::private::Real> = [A; 2];
        fn once<A: ::optim_core::private::Real>(
            rule: &Lamb,
            t: f64,
            _: &mut <Lamb as ::optim_core::private::Rule>::Model,
        ) -> Self::Once {
            let beta1 = rule.beta1;
            let beta2 = rule.beta2;
            let a = 1.0 / (1.0 - ::optim_core::private::pow(beta1, t));
            let c = 1.0
                / ::optim_core::private::sqrt(
                    1.0 - ::optim_core::private::pow(beta2, t),
                );
            LambOnce { a, c }
        }
        fn step<A: ::optim_core::private::Real>(
            rule: &Lamb,
            once: Self::Once,
            at: &::optim_core::private::Numbers<'_>,
        ) -> <Lamb as ::optim_core::private::Rule>::Step<A> {
            let lr = rule.lr;
            let beta1 = rule.beta1;
            let beta2 = rule.beta2;
            let eps = rule.eps;
            let weight_decay = rule.weight_decay;
            let a = once.a;
            let c = once.c;
            let norm_w = ::optim_core::private::sqrt(at.tensor[0]);
            let norm_u = ::optim_core::private::sqrt(at.tensor[1]);
            let length = norm_w;
            let distance = norm_u;
            let ratio = if length > 0.0 && (distance > 0.0) {
                length / distance
            } else {
                1.0
            };
            LambStep {
                beta1: A::from_f64(beta1),
                one_minus_beta1: A::from_f64(1.0 - beta1),
                beta2: A::from_f64(beta2),
                one_minus_beta2: A::from_f64(1.0 - beta2),
                a: A::from_f64(a),
                c: A::from_f64(c),
                eps: A::from_f64(eps),
                weight_decay: A::from_f64(weight_decay),
                k1: A::from_f64(lr * ratio),
                __marker: ::core::marker::PhantomData,
            }
        }
        #[inline(always)]
        fn pass<A: ::optim_core::private::Real, const PASS: usize>(
            step: <Lamb as ::optim_core::private::Rule>::Step<A>,
            weight: A,
            gradient: A,
            caches: <Lamb as ::optim_core::private::Rule>::Caches<A>,
            _: Self::Row<A>,
            _: Self::Col<A>,
        ) -> (A, <Lamb as ::optim_core::private::Rule>::Caches<A>, Self::Terms<A>) {
            match PASS {
                0 => {
                    let w = weight;
                    let g = gradient;
                    let [mut m, mut v] = caches;
                    m = step.beta1 * m + step.one_minus_beta1 * g;
                    v = step.beta2 * v + step.one_minus_beta2 * g * g;
                    let u = step.a * m
                        / (step.c * ::optim_core::private::sqrt(v) + step.eps)
                        + step.weight_decay * w;
                    let of_norm_w = w;
                    let of_norm_u = u;
                    (w, [m, v], [of_norm_w, of_norm_u])
                }
                1 => {
                    let mut w = weight;
                    let [m, v] = caches;
                    let u = step.a * m
                        / (step.c * ::optim_core::private::sqrt(v) + step.eps)
                        + step.weight_decay * w;
                    w -= step.k1 * u;
                    (w, [m, v], [A::from_f64(0.0), A::from_f64(0.0)])
                }
                _ => {
                    let _ = gradient;
                    ::core::unreachable!()
                }
            }
        }
    }
    impl ::optim_core::private::GradientAtWeights for Lamb {}
};
