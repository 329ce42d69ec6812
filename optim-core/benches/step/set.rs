//! The four sets of weights, and the numbers they are filled with.

use ndarray::{Array, Array1, Array2, Dimension};
use optim_core::random::Rng;
use optim_core::{Optimizable, Real};

/// A set of weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Set {
    /// One array of 32 Mi weights: larger than the caches of most processors.
    Big,
    /// One array of 1 Mi weights.
    Mid,
    /// The weights and biases of a network 784-512-256-10.
    Mlp,
    /// 1,000 arrays of 64 weights.
    Tiny,
}

impl Set {
    pub(crate) const ALL: [Set; 4] = [Set::Big, Set::Mid, Set::Mlp, Set::Tiny];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Set::Big => "big",
            Set::Mid => "mid",
            Set::Mlp => "mlp",
            Set::Tiny => "tiny",
        }
    }

    pub(crate) fn shapes(self) -> Vec<Vec<usize>> {
        match self {
            Set::Big => vec![vec![32 << 20]],
            Set::Mid => vec![vec![1 << 20]],
            Set::Mlp => [(784, 512), (512, 256), (256, 10)].iter().flat_map(|&(a, b)| [vec![a, b], vec![b]]).collect(),
            Set::Tiny => vec![vec![64]; 1000],
        }
    }
}

/// Normal numbers, drawn once and repeated: a logarithm and a cosine for each of 32 Mi weights take longer than a
/// bench.
pub(crate) struct Normal {
    numbers: Vec<f64>,
    next: usize,
}

impl Normal {
    /// A prime, so that no array begins twice at the same place.
    const COUNT: usize = 262_147;

    pub(crate) fn new(seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        Normal { numbers: (0..Self::COUNT).map(|_| rng.normal()).collect(), next: 0 }
    }

    pub(crate) fn next(&mut self) -> f64 {
        self.next = if self.next + 1 == Self::COUNT { 0 } else { self.next + 1 };
        self.numbers[self.next]
    }

    fn array<A: Real, D: Dimension>(&mut self, shape: D, scale: f64) -> Array<A, D> {
        Array::from_shape_simple_fn(shape, || A::from_f64(scale * self.next()))
    }
}

/// A model that has the shapes of a set.
pub(crate) trait Model: Optimizable + 'static {
    /// Normal numbers of this deviation.
    fn random(set: Set, scale: f64, normal: &mut Normal) -> Self;
}

impl<A: Real> Model for Array1<A> {
    fn random(set: Set, scale: f64, normal: &mut Normal) -> Self {
        normal.array(ndarray::Dim(set.shapes()[0][0]), scale)
    }
}

impl<A: Real> Model for Vec<Array1<A>> {
    fn random(set: Set, scale: f64, normal: &mut Normal) -> Self {
        set.shapes().iter().map(|shape| normal.array(ndarray::Dim(shape[0]), scale)).collect()
    }
}

/// A matrix and its bias, three times.
pub(crate) type Mlp<A> = [(Array2<A>, Array1<A>); 3];

impl<A: Real> Model for Mlp<A> {
    fn random(set: Set, scale: f64, normal: &mut Normal) -> Self {
        let shapes = set.shapes();
        std::array::from_fn(|layer| {
            let (matrix, bias) = (&shapes[2 * layer], &shapes[2 * layer + 1]);
            let matrix = normal.array(ndarray::Dim((matrix[0], matrix[1])), scale);
            (matrix, normal.array(ndarray::Dim(bias[0]), scale))
        })
    }
}

/// Weights and their gradient, as every rule is given them.
pub(crate) struct Data<M> {
    pub(crate) weights: M,
    pub(crate) gradient: M,
    first: M,
}

impl<M: Model> Data<M> {
    pub(crate) fn new(set: Set) -> Self {
        let mut normal = Normal::new(1);
        let weights = M::random(set, 0.1, &mut normal);
        let gradient = M::random(set, 0.01, &mut normal);
        let mut first = weights.zeros_like();
        first.add_scaled(1.0, &weights).expect("a model has its own shapes");
        Data { weights, gradient, first }
    }

    /// The weights as they were at first, for another rule.
    pub(crate) fn reset(&mut self) {
        self.weights.fill_zero();
        self.weights.add_scaled(1.0, &self.first).expect("a model has its own shapes");
    }

    /// The other direction: so the weights go to and fro, and no cache decays to numbers that no training has.
    pub(crate) fn turn(&mut self) {
        self.gradient.scale(-1.0);
    }
}
