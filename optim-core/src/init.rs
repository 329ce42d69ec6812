//! Initial weights: He's and Xavier's distributions, from a seed.
//!
//! A layer's constructor takes an [`Init`] and an [`Rng`]; numbers are drawn in logical order, in `f64`, and rounded
//! once: a network of `f32` starts from the rounded weights of the same network of `f64`.

use ndarray::{Array, Dimension, IntoDimension};

use crate::random::Rng;
use crate::real::Real;

/// How many numbers a weight connects: what enters one output, and where one input goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fans {
    /// The inputs that are summed in one output.
    pub inputs: usize,
    /// The outputs that one input takes part in.
    pub outputs: usize,
}

/// A distribution of initial weights, with deviation or bounds from the [`Fans`] of the layer.
///
/// | | weights | biases |
/// |---|---|---|
/// | `HeNormal` | normal, deviation √(2 / inputs) | 0 |
/// | `HeUniform` | uniform in ±√(6 / inputs) | 0 |
/// | `XavierNormal` | normal, deviation √(2 / (inputs + outputs)) | 0 |
/// | `XavierUniform` | uniform in ±√(6 / (inputs + outputs)) | 0 |
/// | `FanIn` | uniform in ±1/√inputs | uniform in ±1/√inputs |
///
/// ```
/// use optim_core::init::{Fans, Init};
/// use optim_core::ndarray::Array2;
/// use optim_core::random::Rng;
///
/// let fans = Fans { inputs: 64, outputs: 32 };
/// let weight: Array2<f32> = Init::HeUniform.weight((64, 32), fans, &mut Rng::new(1));
/// let bound = (6.0_f32 / 64.0).sqrt();
/// assert!(weight.iter().all(|w| w.abs() <= bound));
/// ```
///
/// K. He, X. Zhang, S. Ren, J. Sun, *Delving Deep into Rectifiers*, ICCV 2015, <https://arxiv.org/abs/1502.01852>;
/// X. Glorot, Y. Bengio, *Understanding the difficulty of training deep feedforward neural networks*, AISTATS 2010.
/// The normal distributions are not truncated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Init {
    /// He et al., normal: keeps the variance through layers with ReLU.
    HeNormal,
    /// He et al., uniform: keeps the variance through layers with ReLU.
    HeUniform,
    /// Xavier Glorot and Bengio, normal: keeps the variance through layers with tanh, forward and backward.
    XavierNormal,
    /// Xavier Glorot and Bengio, uniform: keeps the variance through layers with tanh, forward and backward.
    XavierUniform,
    /// What PyTorch's `nn.Linear` and `nn.Conv2d` start from, biases too: a third of He's variance for weights
    /// (after Y. LeCun et al., *Efficient BackProp*, 1998).
    FanIn,
}

/// One of the two shapes of distribution.
enum Distribution {
    Normal { deviation: f64 },
    Uniform { bound: f64 },
}

impl Init {
    fn distribution(self, fans: Fans) -> Distribution {
        // A layer without inputs has no weights; its biases are those of one input.
        let inputs = fans.inputs.max(1) as f64;
        let both = inputs + fans.outputs as f64;
        match self {
            Init::HeNormal => Distribution::Normal { deviation: (2.0 / inputs).sqrt() },
            Init::HeUniform => Distribution::Uniform { bound: (6.0 / inputs).sqrt() },
            Init::XavierNormal => Distribution::Normal { deviation: (2.0 / both).sqrt() },
            Init::XavierUniform => Distribution::Uniform { bound: (6.0 / both).sqrt() },
            Init::FanIn => Distribution::Uniform { bound: inputs.sqrt().recip() },
        }
    }

    /// An array of weights.
    pub fn weight<A: Real, Sh: IntoDimension>(self, shape: Sh, fans: Fans, rng: &mut Rng) -> Array<A, Sh::Dim> {
        let shape = shape.into_dimension();
        draw(shape, &self.distribution(fans), rng)
    }

    /// An array of biases.
    pub fn bias<A: Real, Sh: IntoDimension>(self, shape: Sh, fans: Fans, rng: &mut Rng) -> Array<A, Sh::Dim> {
        let shape = shape.into_dimension();
        match self {
            Init::FanIn => draw(shape, &self.distribution(fans), rng),
            _ => Array::zeros(shape),
        }
    }
}

fn draw<A: Real, D: Dimension>(shape: D, distribution: &Distribution, rng: &mut Rng) -> Array<A, D> {
    let mut number = || match *distribution {
        Distribution::Normal { deviation } => deviation * rng.normal(),
        Distribution::Uniform { bound } => bound * (2.0 * rng.uniform() - 1.0),
    };
    Array::from_shape_simple_fn(shape, || A::from_f64(number()))
}

#[cfg(test)]
mod tests {
    use ndarray::{Array1, Array2};

    use super::{Fans, Init};
    use crate::random::Rng;

    const FANS: Fans = Fans { inputs: 200, outputs: 100 };

    fn weight(init: Init, seed: u64) -> Array2<f64> {
        init.weight((200, 100), FANS, &mut Rng::new(seed))
    }

    #[test]
    fn variances_are_those_of_the_papers() {
        let cases = [
            (Init::HeNormal, 2.0 / 200.0),
            (Init::HeUniform, 2.0 / 200.0),
            (Init::XavierNormal, 2.0 / 300.0),
            (Init::XavierUniform, 2.0 / 300.0),
            (Init::FanIn, 1.0 / 600.0),
        ];
        for (init, expected) in cases {
            let weight = weight(init, 3);
            let variance = weight.iter().map(|w| w * w).sum::<f64>() / weight.len() as f64;
            // The variance of 20,000 numbers has a relative deviation of 1 %, and less where they are uniform.
            assert!((variance / expected - 1.0).abs() < 0.04, "{init:?}: {variance}, not {expected}");
            assert!((weight.sum() / weight.len() as f64).abs() < 4.0 * (expected / 20_000.0).sqrt(), "{init:?}");
        }
    }

    #[test]
    fn uniform_weights_keep_their_bounds() {
        for (init, bound) in [(Init::HeUniform, 0.03_f64), (Init::XavierUniform, 0.02), (Init::FanIn, 1.0 / 200.0)]
            .map(|(i, b)| (i, b.sqrt()))
        {
            let largest = weight(init, 5).iter().fold(0.0_f64, |largest, w| largest.max(w.abs()));
            assert!(largest <= bound && largest > 0.999 * bound, "{init:?}: {largest} of {bound}");
        }
    }

    #[test]
    fn a_seed_gives_the_same_weights_in_both_precisions() {
        assert_eq!(weight(Init::HeNormal, 1), weight(Init::HeNormal, 1));
        assert_ne!(weight(Init::HeNormal, 1), weight(Init::HeNormal, 2));
        let single: Array2<f32> = Init::HeNormal.weight((200, 100), FANS, &mut Rng::new(1));
        #[expect(clippy::cast_possible_truncation, reason = "the rounding that is tested")]
        let rounded = weight(Init::HeNormal, 1).mapv(|w| w as f32);
        assert_eq!(single, rounded);
    }

    #[test]
    fn biases_are_zero_except_in_the_fan_in_scheme() {
        let bias = |init: Init| -> Array1<f64> { init.bias(100, FANS, &mut Rng::new(1)) };
        assert_eq!(bias(Init::HeUniform), Array1::zeros(100));
        assert!(bias(Init::FanIn).iter().all(|b| *b != 0.0 && b.abs() <= 1.0 / 200_f64.sqrt()));
        let none: Array2<f64> = Init::HeNormal.weight((0, 3), Fans { inputs: 0, outputs: 3 }, &mut Rng::new(1));
        assert_eq!(none.dim(), (0, 3));
    }
}
