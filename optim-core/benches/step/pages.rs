//! What large pages for weights and gradients bring: Adam on the large set, in arrays as they are allocated and behind
//! `ask_for_large_pages`.

use std::time::Instant;

use ndarray::Array1;
use optim_core::kernel::Execution;
use optim_core::rules::Adam;
use optim_core::{Error, Optimizable, Optimizer, Precision, Rule, ask_for_large_pages};

use crate::measure::{Budget, Count, compare};
use crate::set::{Data, Set};

const BUDGET: Budget = Budget { warm: 1, seconds: 2.0, fewest: 5, most: 21 };

type Model = Array1<f32>;

/// An optimizer and its arrays.
struct Side {
    optimizer: Optimizer<Adam, Model>,
    data: Data<Model>,
}

impl Side {
    fn new(data: Data<Model>) -> Result<Self, Error> {
        Ok(Side { optimizer: Adam::default().init(&data.weights)?, data })
    }

    fn begin(&mut self, caches: Precision, threads: usize) -> Result<(), Error> {
        self.data.reset();
        self.optimizer = Adam::default().caches(caches).init(&self.data.weights)?;
        self.optimizer.set_execution(Execution::default().threads(threads))
    }

    /// Seconds of each of so many steps, on average.
    fn steps(&mut self, count: Count) -> Result<f64, Error> {
        self.data.turn();
        let start = Instant::now();
        for _ in 0..count.steps {
            self.optimizer.step(&mut self.data.weights, &self.data.gradient)?;
        }
        Ok(start.elapsed().as_secs_f64() / count.steps as f64)
    }
}

pub(crate) fn compare_both() -> Result<(), Error> {
    let mut allocated = Side::new(Data::new(Set::Big))?;
    let mut large = Side::new(Data::new(Set::Big))?;
    ask_for_large_pages(&large.data.weights);
    ask_for_large_pages(&large.data.gradient);
    let weights = large.data.weights.num_params() as f64;
    println!("{:8} {:>8} {:>12} {:>14} {:>8}", "caches", "threads", "large pages", "as allocated", "ratio");
    for threads in [1, 2] {
        for caches in [Precision::Exact, Precision::Bf16, Precision::Block8] {
            large.begin(caches, threads)?;
            allocated.begin(caches, threads)?;
            let pairs = compare(BUDGET, |count| large.steps(count), |count| allocated.steps(count))?;
            let compared = pairs.compared();
            let [ours, other] = [compared.ours, compared.other].map(|seconds| seconds * 1e9 / weights);
            println!("{:8} {threads:8} {ours:9.3} ns {other:11.3} ns {:8.2}", format!("{caches:?}"), compared.ratio);
        }
    }
    Ok(())
}
