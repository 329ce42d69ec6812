//! Products of matrices beside `ndarray`'s, in one run: `cargo bench -p optim-core --bench matmul`.
//!
//! GFLOP/s on one thread, the best of many rounds, the two taken in turn.

use std::hint::black_box;
use std::time::Instant;

use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, ArrayView2};
use optim_core::Real;
use optim_core::kernel::{Start, matmul};

fn matrix<A: Real>(rows: usize, columns: usize) -> Array2<A> {
    Array2::from_shape_fn((rows, columns), |(i, j)| A::from_f64(((i * 7 + j * 13) % 17) as f64 / 17.0 - 0.5))
}

/// The best of the rounds, in seconds a call.
fn best(mut f: impl FnMut(), flops: f64) -> f64 {
    let calls = (2e7 / flops).ceil() as usize;
    let start = Instant::now();
    for _ in 0..calls {
        f();
    }
    start.elapsed().as_secs_f64() / calls as f64
}

fn row<A: Real>(name: &str, a: ArrayView2<A>, b: ArrayView2<A>, start: Start<'_, A>) {
    let (mut ours, mut theirs) = (Array2::zeros((a.nrows(), b.ncols())), Array2::zeros((a.nrows(), b.ncols())));
    let flops = 2.0 * (a.nrows() * a.ncols() * b.ncols()) as f64;
    let beta = if matches!(start, Start::Add) { A::one() } else { A::zero() };
    let (mut fastest, mut fastest_theirs) = (f64::INFINITY, f64::INFINITY);
    let rounds = if flops > 1e9 { 5 } else { 25 };
    for _ in 0..rounds {
        let time = best(|| matmul(black_box(ours.view_mut()), a, b, start).unwrap(), flops);
        fastest = fastest.min(time);
        let time = best(|| general_mat_mul(A::one(), &a, &b, beta, black_box(&mut theirs)), flops);
        fastest_theirs = fastest_theirs.min(time);
    }
    println!(
        "{name:34} {:>4} {:>8.1} {:>8.1} {:>6.2}",
        A::NAME,
        flops / fastest / 1e9,
        flops / fastest_theirs / 1e9,
        fastest_theirs / fastest
    );
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
    println!("{:34} {:>4} {:>8} {:>8} {:>6}", "GFLOP/s, one thread", "", "here", "ndarray", "ratio");
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
