//! Functions of whole matrices, for rules that call them: `let o = matrix::orthogonalise(u, ns_steps);`.
//!
//! A rule calls a function in Rust by its path: `fn(ArrayView2<A>, ArrayViewMut2<A>, f64, …)` takes a matrix (the last two
//! axes of a parameter), writes one of the same shape, and gets what else was written as numbers. It is called once per
//! matrix in a step, so it should not allocate: these keep their memory for the next call.

use core::any::Any;
use core::cell::RefCell;

use ndarray::{ArrayView2, ArrayViewMut2, Zip};

use crate::kernel::{Start, matmul};
use crate::real::Real;

/// The nearest matrix with orthogonal rows (or columns, where there are fewer of them), nearly: `steps` Newton–Schulz
/// steps of the fifth order on `input / max(‖input‖, 1e-7)`, each
///
/// `X ← 3.4445 X + (−4.7750 S + 2.0315 S²) X`, `S = X Xᵀ`.
///
/// The singular values of the result lie near 1 (within about a third after five steps), as far as those of the input are not
/// too small for so few steps. Zero stays zero.
///
/// `input` and `output`: (rows, columns), the same for both. Of other shapes, `output` is left as it is.
///
/// ```
/// use optim_core::matrix::orthogonalise;
/// use optim_core::ndarray::{Array2, array};
///
/// let mut output = Array2::zeros((2, 2));
/// orthogonalise(array![[3.0, 0.0], [0.0, -2.0]].view(), output.view_mut(), 5.0);
/// assert!((output[[0, 0]] - 1.0_f64).abs() < 0.35 && (output[[1, 1]] + 1.0).abs() < 0.35);
/// ```
///
/// Source: Jordan et al., 2024, <https://kellerjordan.github.io/posts/muon/>. The last bits depend on the machine's
/// instructions, as those of all products of matrices do.
pub fn orthogonalise<A: Real>(input: ArrayView2<'_, A>, output: ArrayViewMut2<'_, A>, steps: f64) {
    if input.dim() != output.dim() || input.is_empty() {
        return;
    }
    // The smaller side first: the products that follow are smaller.
    let (input, output) =
        if input.nrows() > input.ncols() { (input.reversed_axes(), output.reversed_axes()) } else { (input, output) };
    let (rows, columns) = input.dim();
    with_kept::<A>(2 * (rows * columns + rows * rows), |kept| {
        let (first, rest) = kept.split_at_mut(rows * columns);
        let (second, rest) = rest.split_at_mut(rows * columns);
        let (square, fourth) = rest.split_at_mut(rows * rows);
        let wide = (rows, columns);
        // The lengths are those of the splits.
        let shaped = |slice, shape| ArrayViewMut2::from_shape(shape, slice);
        let (Ok(mut x), Ok(mut next)) = (shaped(first, wide), shaped(second, wide)) else { return };
        let (Ok(mut square), Ok(mut fourth)) = (shaped(square, (rows, rows)), shaped(fourth, (rows, rows))) else {
            return;
        };
        newton_schulz(input, output, steps, [&mut x, &mut next], [&mut square, &mut fourth]);
    });
}

fn newton_schulz<A: Real>(
    input: ArrayView2<'_, A>,
    mut output: ArrayViewMut2<'_, A>,
    steps: f64,
    [x, next]: [&mut ArrayViewMut2<'_, A>; 2],
    [square, fourth]: [&mut ArrayViewMut2<'_, A>; 2],
) {
    let [a, b, c] = [3.4445, -4.7750, 2.0315].map(A::from_f64);
    let length = input.iter().map(|x| x.as_f64() * x.as_f64()).sum::<f64>().sqrt();
    let length = A::from_f64(length.max(1e-7));
    Zip::from(&mut *x).and(input).for_each(|x, &input| *x = input / length);
    let mut step = 0.0;
    while step < steps {
        step += 1.0;
        // The shapes fit: they are those of `kept`.
        let _ = matmul(square.view_mut(), x.view(), x.t(), Start::Zero);
        let _ = matmul(fourth.view_mut(), square.view(), square.view(), Start::Zero);
        Zip::from(&mut *fourth).and(&*square).for_each(|fourth, &square| *fourth = b * square + c * *fourth);
        let _ = matmul(next.view_mut(), fourth.view(), x.view(), Start::Zero);
        Zip::from(&mut *x).and(&*next).for_each(|x, &next| *x = a * *x + next);
    }
    output.assign(x);
}

thread_local! {
    /// A `Vec<f32>` and a `Vec<f64>`, as far as they were needed.
    static KEPT: RefCell<Vec<Box<dyn Any>>> = const { RefCell::new(Vec::new()) };
}

/// Calls `f` with so many numbers of memory that this thread keeps.
fn with_kept<A: Real>(length: usize, f: impl FnOnce(&mut [A])) {
    // Taken out for the call, so that a call within the call finds memory of its own.
    let mut kept = KEPT.with_borrow_mut(|kept| {
        let place = kept.iter().position(|memory| memory.is::<Vec<A>>());
        place.map_or_else(|| Box::new(Vec::<A>::new()) as Box<dyn Any>, |place| kept.swap_remove(place))
    });
    if let Some(memory) = kept.downcast_mut::<Vec<A>>() {
        if memory.len() < length {
            memory.resize(length, A::zero());
        }
        f(&mut memory[..length]);
    }
    KEPT.with_borrow_mut(|list| list.push(kept));
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::orthogonalise;

    #[test]
    fn rows_become_orthogonal_and_equally_long() {
        let input = Array2::from_shape_fn((3, 7), |(i, j)| ((i * 7 + j * j * 3) % 11) as f64 - 5.0);
        let mut output = Array2::zeros((3, 7));
        orthogonalise(input.view(), output.view_mut(), 12.0);
        let products = output.dot(&output.t());
        for ((i, j), product) in products.indexed_iter() {
            let expected = if i == j { 1.0 } else { 0.0 };
            assert!((product - expected).abs() < 0.5, "{products}");
        }
        let mut transposed = Array2::zeros((7, 3));
        orthogonalise(input.t(), transposed.view_mut(), 12.0);
        assert_eq!(transposed.t(), output);
    }

    #[test]
    fn zero_stays_zero_and_other_shapes_are_left() {
        let mut output = array![[1.0_f32, 2.0]];
        orthogonalise(array![[0.0, 0.0]].view(), output.view_mut(), 5.0);
        assert_eq!(output, array![[0.0, 0.0]]);
        let mut other = array![[1.0_f32]];
        orthogonalise(array![[0.0, 3.0]].view(), other.view_mut(), 5.0);
        assert_eq!(other, array![[1.0]]);
    }
}
