//! A network with a batch, and one step of training it.

use std::time::Instant;

use ndarray::Array2;
use optim_core::loss::softmax_cross_entropy;
use optim_core::prelude::*;
use optim_core::private::GradientAtWeights;

/// Layers with ReLU, then one without.
type Network = (Vec<(Linear<f32>, Relu)>, Linear<f32>);

/// The sizes of a network's layers, and of a batch.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    sizes: &'static [usize],
    pub(crate) batch: usize,
}

pub(crate) const CASES: [Case; 4] = [
    Case { name: "64-32-10", sizes: &[64, 32, 10], batch: 32 },
    Case { name: "784-128-10", sizes: &[784, 128, 10], batch: 64 },
    Case { name: "784-512-256-10", sizes: &[784, 512, 256, 10], batch: 128 },
    Case { name: "784-2048-2048-10", sizes: &[784, 2048, 2048, 10], batch: 256 },
];

/// The rules that are measured.
pub(crate) const RULES: [&str; 2] = ["Sgd", "Adam"];

/// Everything that a step of training needs.
struct Training<R: Rule> {
    network: Network,
    gradient: Network,
    workspace: <Network as Layer<f32>>::Workspace,
    dlogits: Buffer<f32>,
    optimizer: Optimizer<R, Network>,
    x: Array2<f32>,
    labels: Vec<usize>,
    rng: Rng,
}

/// A training whose rule is forgotten.
pub(crate) trait Steps {
    /// Seconds of each of so many steps, on average.
    fn time(&mut self, count: usize) -> Result<f64, Error>;
}

/// A training of this network by the rule of this name.
pub(crate) fn start(case: &Case, rule: &str) -> Result<Box<dyn Steps>, Error> {
    match rule {
        "Sgd" => Ok(Box::new(Training::new(case, Sgd::default().with_lr(1e-3))?)),
        "Adam" => Ok(Box::new(Training::new(case, Adam::default())?)),
        _ => Err(Error::other(format!("found the rule `{rule}`, write one of {RULES:?}"))),
    }
}

impl<R: Rule> Training<R> {
    fn new(case: &Case, rule: R) -> Result<Self, Error> {
        let mut rng = Rng::new(1);
        let mut layers: Vec<_> =
            case.sizes.windows(2).map(|pair| Linear::new(pair[0], pair[1], Init::HeNormal, &mut rng)).collect();
        let head = layers.pop().ok_or_else(|| Error::other("a network has a layer"))?;
        let network: Network = (layers.into_iter().map(|layer| (layer, Relu)).collect(), head);
        #[expect(clippy::cast_possible_truncation, reason = "random numbers, rounded")]
        let x = Array2::from_shape_simple_fn((case.batch, case.sizes[0]), || rng.normal() as f32);
        let labels = (0..case.batch).map(|_| rng.below(10)).collect();
        let (gradient, workspace) = (network.zeros_like(), network.workspace());
        let optimizer = rule.init(&network)?;
        Ok(Training { network, gradient, workspace, dlogits: Buffer::default(), optimizer, x, labels, rng })
    }
}

impl<R: GradientAtWeights> Steps for Training<R> {
    fn time(&mut self, count: usize) -> Result<f64, Error> {
        // A batch that is known by heart has gradients that no training has.
        self.rng.shuffle(&mut self.labels);
        let start = Instant::now();
        for _ in 0..count {
            let x = self.x.view();
            self.gradient.fill_zero();
            let logits = self.network.forward(x, &mut self.workspace)?;
            softmax_cross_entropy(logits, &self.labels, &mut self.dlogits)?;
            let dlogits = self.dlogits.view();
            self.network.backward_parameters(x, dlogits, &mut self.workspace, &mut self.gradient)?;
            self.optimizer.step(&mut self.network, &self.gradient)?;
        }
        Ok(start.elapsed().as_secs_f64() / count as f64)
    }
}
