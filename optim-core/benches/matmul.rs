//! Products of matrices beside `ndarray`'s, in one run: `cargo bench -p optim-core --bench matmul`.
//!
//! GFLOP/s, the best of many rounds taken in turn: `ndarray`'s product, which has one thread, this crate's on one
//! thread with each set of instructions, and as layers use it.

use std::hint::black_box;
use std::time::Instant;

use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, ArrayView2};
use optim_core::Real;
use optim_core::kernel::{Execution, Isa, Start, matmul_with};

fn matrix<A: Real>(rows: usize, columns: usize) -> Array2<A> {
    Array2::from_shape_fn((rows, columns), |(i, j)| A::from_f64(((i * 7 + j * 13) % 17) as f64 / 17.0 - 0.5))
}

/// Seconds a call, over as many calls as make some 20 million operations.
fn time(mut f: impl FnMut(), flops: u32) -> f64 {
    let calls = 1 + 20_000_000 / flops;
    let start = Instant::now();
    for _ in 0..calls {
        f();
    }
    start.elapsed().as_secs_f64() / f64::from(calls)
}

/// The choices that are measured: each set of instructions on one thread, the widest first; then none.
fn executions() -> Vec<Execution> {
    let one = Execution::default().threads(1);
    let each = Isa::available().iter().rev().map(|&isa| one.isa(isa));
    each.chain([Execution::default()]).collect()
}

fn row<A: Real>(name: &str, a: ArrayView2<A>, b: ArrayView2<A>, start: Start<'_, A>) {
    let (mut ours, mut theirs) = (Array2::zeros((a.nrows(), b.ncols())), Array2::zeros((a.nrows(), b.ncols())));
    let flops = u32::try_from(2 * a.nrows() * a.ncols() * b.ncols()).expect("a product that fits in memory");
    let giga = f64::from(flops) / 1e9;
    let beta = if matches!(start, Start::Add) { A::one() } else { A::zero() };
    let executions = executions();
    let mut fastest = vec![f64::INFINITY; executions.len()];
    let mut fastest_theirs = f64::INFINITY;
    let rounds = if giga > 1.0 { 5 } else { 25 };
    for _ in 0..rounds {
        for (&execution, fastest) in executions.iter().zip(&mut fastest) {
            let time = time(|| matmul_with(execution, black_box(ours.view_mut()), a, b, start).unwrap(), flops);
            *fastest = fastest.min(time);
        }
        let time = time(|| general_mat_mul(A::one(), &a, &b, beta, black_box(&mut theirs)), flops);
        fastest_theirs = fastest_theirs.min(time);
    }
    print!("{name:30} {:>4} {:>8.1} {:>6.2}", A::NAME, giga / fastest_theirs, fastest_theirs / fastest[0]);
    for time in fastest {
        print!(" {:>9.1}", giga / time);
    }
    println!();
}

fn layer<A: Real>(batch: usize, inputs: usize, outputs: usize) {
    let (x, w, dy) = (matrix::<A>(batch, inputs), matrix(inputs, outputs), matrix(batch, outputs));
    let bias = ndarray::Array1::zeros(outputs);
    let name = |what: &str| format!("{batch}×{inputs}×{outputs} {what}");
    row(&name("y = b + x·W"), x.view(), w.view(), Start::Row(bias.view()));
    row(&name("dW += xᵀ·dy"), x.t(), dy.view(), Start::Add);
    row(&name("dx = dy·Wᵀ"), dy.view(), w.t(), Start::Zero);
}

fn main() {
    print!("{:30} {:>4} {:>8} {:>6}", "GFLOP/s", "", "ndarray", "ratio");
    for isa in Isa::available().iter().rev() {
        print!(" {:>9}", format!("{isa:?}"));
    }
    println!(" {:>9}", "as used");
    layer::<f32>(128, 784, 512);
    layer::<f32>(64, 512, 10);
    layer::<f32>(32, 64, 32);
    layer::<f32>(32, 32, 10);
    layer::<f32>(64, 784, 128);
    layer::<f32>(256, 2048, 2048);
    layer::<f32>(1, 784, 512);
    layer::<f32>(1024, 1024, 1024);
    layer::<f32>(1000, 1000, 1000);
    layer::<f64>(128, 784, 512);
    layer::<f64>(32, 64, 32);
    layer::<f64>(1024, 1024, 1024);
}
