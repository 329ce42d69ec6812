//! Rules that are computed pass by pass, bit for bit against a plain implementation: any shape, layout, number of threads
//! and instruction set, both number types.
//!
//! The rules are written by hand, as `define_optimizer!` would expand them.

mod ahead;
mod called;
mod factor;
mod lamb;
mod naive;
mod picky;
mod promises;
mod sam;

use ndarray::{Array, ArrayD, Axis, IxDyn, ShapeBuilder, Slice};
use optim_core::kernel::{Execution, Isa};
use optim_core::prelude::*;

const SHAPES: &[&[usize]] = &[
    &[37, 53],
    &[0, 3],
    &[1, 1],
    &[3, 5000],
    &[130, 3],
    &[10_001],
    &[],
    &[2, 5, 7],
    &[2, 0, 4],
    &[2, 3, 4, 5],
    &[4, 0],
    &[0],
    &[1300, 17],
];

struct Random(u64);

impl Random {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64 - 0.5
    }
}

/// Numbers for every shape, in logical order.
fn numbers<A: Real>(seed: u64) -> Vec<Vec<A>> {
    let mut random = Random(seed);
    let len = |shape: &&[usize]| shape.iter().product::<usize>();
    SHAPES.iter().map(|shape| (0..len(shape)).map(|_| A::from_f64(random.next())).collect()).collect()
}

/// How the numbers of a tensor lie in memory.
#[derive(Clone, Copy, Debug)]
enum Layout {
    Standard,
    ColumnMajor,
    Reversed,
    Sliced,
}

const LAYOUTS: [Layout; 4] = [Layout::Standard, Layout::ColumnMajor, Layout::Reversed, Layout::Sliced];

fn laid_out<A: Real>(shape: &[usize], numbers: &[A], layout: Layout) -> ArrayD<A> {
    let values = ArrayD::from_shape_vec(shape, numbers.to_vec()).unwrap();
    let mut array = match layout {
        Layout::Standard => return values,
        Layout::ColumnMajor => Array::zeros(IxDyn(shape).f()),
        Layout::Reversed => {
            let mut array = values.clone();
            (0..shape.len()).for_each(|axis| array.invert_axis(Axis(axis)));
            array
        }
        Layout::Sliced => {
            let wide: Vec<usize> = shape.iter().map(|length| 3 * length + 1).collect();
            let mut array = ArrayD::from_elem(&wide[..], A::nan());
            (0..shape.len()).for_each(|axis| array.slice_axis_inplace(Axis(axis), Slice::new(1, None, 3)));
            // An axis of length 0 has one element too many.
            (0..shape.len()).for_each(|axis| {
                array.slice_axis_inplace(Axis(axis), Slice::from(0..shape[axis]));
            });
            array
        }
    };
    array.assign(&values);
    array
}

fn model<A: Real>(numbers: &[Vec<A>], layout: Layout) -> Vec<ArrayD<A>> {
    SHAPES.iter().zip(numbers).map(|(shape, numbers)| laid_out(shape, numbers, layout)).collect()
}

/// A rule, written out without any of this crate's machinery.
trait Plain<A: Real> {
    fn new(weights: &[Vec<A>]) -> Self;
    /// One step; the gradient at `w` is `gradient(noise, w)`.
    fn step(&mut self, t: f64, weights: &mut [Vec<A>], noise: &[Vec<A>]);
    /// Names of caches with the numbers of each tensor, where it has any; of the model's, for the first tensor.
    fn caches(&self) -> Vec<(&'static str, Vec<Option<Vec<f64>>>)>;
}

fn gradient<A: Real>(noise: A, w: A) -> A {
    noise + A::from_f64(1.5) * w
}

const STEPS: u64 = 3;

fn check_in<R: Rule, P: Plain<A>, A: Real>() {
    let mut weights = numbers::<A>(1);
    let mut plain = P::new(&weights);
    for t in 1..=STEPS {
        plain.step(t as f64, &mut weights, &numbers(1 + t));
    }
    let caches = plain.caches();
    for layout in LAYOUTS {
        for &isa in Isa::available() {
            for threads in 1..=3 {
                let what = format!("{} {} {layout:?} {isa:?} {threads}", R::NAME, A::NAME);
                let mut model = model(&numbers::<A>(1), layout);
                let mut opt = R::default().init(&model).unwrap();
                opt.set_execution(Execution::default().isa(isa).threads(threads)).unwrap();
                for t in 1..=STEPS {
                    let noise = self::model(&numbers::<A>(1 + t), LAYOUTS[(usize::try_from(t).unwrap() + threads) % 4]);
                    opt.step_with(&mut model, |model, gradient| {
                        gradient.clone_from(&noise);
                        gradient.add_scaled(1.5, model).unwrap();
                    })
                    .unwrap();
                }
                for (index, (tensor, expected)) in model.iter().zip(&weights).enumerate() {
                    let found: Vec<A> = tensor.iter().copied().collect();
                    assert!(same(&found, expected), "{what}: weights {:?}", SHAPES[index]);
                }
                for (name, tensors) in &caches {
                    for (index, expected) in tensors.iter().enumerate() {
                        let path = if tensors.len() == 1 { String::new() } else { index.to_string() };
                        let found = opt.cache(name, &path).map(|cache| cache.iter().map(|x| x.as_f64()).collect());
                        let agree = match (&found, expected) {
                            (Some::<Vec<f64>>(found), Some(expected)) => same(found, expected),
                            (found, expected) => found.is_none() && expected.is_none(),
                        };
                        assert!(agree, "{what}: {name} {:?}: {found:?}, not {expected:?}", SHAPES[index]);
                    }
                }
            }
        }
    }
}

fn same<A: Real>(found: &[A], expected: &[A]) -> bool {
    found.len() == expected.len()
        && found.iter().zip(expected).all(|(a, b)| a.as_f64().to_bits() == b.as_f64().to_bits())
}

#[test]
fn two_passes_and_sums_over_the_tensor() {
    check_in::<lamb::Lamb, lamb::Plain<f32>, f32>();
    check_in::<lamb::Lamb, lamb::Plain<f64>, f64>();
}

#[test]
fn rows_columns_folds_and_caches_of_some_shapes() {
    check_in::<factor::Factor, factor::Plain<f32>, f32>();
    check_in::<factor::Factor, factor::Plain<f64>, f64>();
}

#[test]
fn sums_over_the_model_and_two_gradients() {
    check_in::<sam::Sam, sam::Plain<f32>, f32>();
    check_in::<sam::Sam, sam::Plain<f64>, f64>();
}

#[test]
fn calls_with_scratch() {
    check_in::<called::Called, called::Plain<f32>, f32>();
    check_in::<called::Called, called::Plain<f64>, f64>();
}

#[test]
fn a_step_ahead_without_a_gradient() {
    check_in::<ahead::Ahead, ahead::Plain<f32>, f32>();
    check_in::<ahead::Ahead, ahead::Plain<f64>, f64>();
}
