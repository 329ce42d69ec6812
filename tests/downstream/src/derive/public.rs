//! Documented, public models, under every lint.

use core::marker::PhantomData;

use opt::ndarray::{Array1, Array2};
use opt::prelude::*;

/// An affine map.
#[derive(Clone, Debug, Optimizable)]
#[optim(crate = "opt")]
pub struct Affine<A: Real> {
    /// Of shape (inputs, outputs).
    pub weight: Array2<A>,
    /// One for every output.
    #[optim(group = "no_decay")]
    pub bias: Array1<A>,
    /// What it is called.
    #[optim(skip)]
    pub name: String,
}

/// What stands between affine maps.
#[derive(Clone, Copy, Debug, Optimizable)]
#[optim(crate = "::opt")]
pub enum Activation {
    /// Nothing below zero.
    Relu,
    /// A slope below zero, learned.
    Leaky {
        /// The slope.
        #[optim(freeze)]
        slope: f32,
    },
    /// A factor and a shift.
    Scale(f32, f32),
}

/// Borrowed, marked and counted.
#[derive(Debug, Optimizable)]
#[optim(crate = "opt")]
pub struct Marked<'a, T, const N: usize = 2>
where
    T: Clone,
{
    /// Skipped: parameters own their data.
    #[optim(skip)]
    pub source: &'a str,
    /// One tensor.
    pub table: [f32; N],
    /// Two tensors.
    pub pair: [[f32; N]; 2],
    /// No parameter.
    pub marker: PhantomData<T>,
    /// Cloned.
    #[optim(skip)]
    pub extra: Vec<T>,
    /// Not `Clone`: a gradient has a new one.
    #[optim(skip = Once::default())]
    pub once: Once,
}

/// Something that cannot be cloned.
#[derive(Debug, Default)]
pub struct Once(());

#[cfg(test)]
mod tests {
    use super::super::paths;
    use super::*;

    #[test]
    fn walks_and_gradients() {
        let affine = Affine { weight: Array2::<f64>::ones((2, 3)), bias: Array1::ones(3), name: "a".to_owned() };
        let mut gradient = affine.zeros_like();
        assert_eq!(gradient.name, "a");
        gradient.add_scaled(2.0, &affine).unwrap();
        assert!((gradient.norm() - 6.0).abs() < 1e-12);
        assert_eq!(paths(&vec![affine.clone(), affine]), ["0.weight", "0.bias", "1.weight", "1.bias"]);
        assert_eq!(
            paths(&[Activation::Relu, Activation::Leaky { slope: 0.1 }, Activation::Scale(1.0, 2.0)]),
            ["1.Leaky.slope", "2.Scale.0", "2.Scale.1"]
        );
    }

    #[test]
    fn lifetimes_constants_and_markers() {
        let source = "borrowed".to_owned();
        let marked = Marked::<u8> {
            source: &source,
            table: [1.0, 2.0],
            pair: [[3.0, 4.0]; 2],
            marker: PhantomData,
            extra: vec![5],
            once: Once(()),
        };
        assert_eq!(paths(&marked), ["table", "pair.0", "pair.1"]);
        let zeros = marked.zeros_like();
        assert_eq!((zeros.source, zeros.table, zeros.extra), ("borrowed", [0.0; 2], vec![5]));
    }
}
