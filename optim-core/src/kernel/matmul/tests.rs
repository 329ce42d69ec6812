use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis, s};
use proptest::prelude::*;

use super::{Start, matmul, matmul_with};
use crate::error::ErrorKind;
use crate::kernel::{Execution, Isa};
use crate::real::Real;

/// How a matrix lies in memory.
#[derive(Clone, Copy, Debug)]
enum Lie {
    Rows,
    Columns,
    /// Every other row and every third column of a larger matrix, the columns from the last to the first.
    Apart,
}

/// A matrix of numbers that an `f32` product of this depth can sum with few roundings, laid as told.
fn matrix<A: Real>((rows, columns): (usize, usize), lie: Lie, seed: usize) -> Array2<A> {
    let number = |(i, j)| A::from_f64(((i * 31 + j * 17 + seed * 7) % 23) as f64 / 8.0 - 1.25);
    let plain = Array2::from_shape_fn((rows, columns), number);
    match lie {
        Lie::Rows => plain,
        Lie::Columns => Array2::from_shape_fn((columns, rows), |(j, i)| number((i, j))).reversed_axes(),
        Lie::Apart => {
            let mut apart = Array2::from_elem((2 * rows, 3 * columns), A::nan()).slice_move(s![..;2, ..;-3]);
            apart.assign(&plain);
            apart
        }
    }
}

fn naive<A: Real>(c: &Array2<A>, a: ArrayView2<A>, b: ArrayView2<A>, start: Start<A>) -> Array2<f64> {
    Array2::from_shape_fn(c.dim(), |(i, j)| {
        let start = match start {
            Start::Zero => 0.0,
            Start::Add => c[[i, j]].as_f64(),
            Start::Row(row) => row[j].as_f64(),
        };
        start + a.row(i).iter().zip(b.column(j)).map(|(a, b)| a.as_f64() * b.as_f64()).sum::<f64>()
    })
}

fn compare<A: Real>(shape: (usize, usize, usize), lies: [Lie; 3], row: ArrayView1<A>, starts: [bool; 2]) {
    let (rows, depth, columns) = shape;
    let (a, b) = (matrix::<A>((rows, depth), lies[0], 1), matrix((depth, columns), lies[1], 2));
    let start = match starts {
        [false, false] => Start::Zero,
        [false, true] => Start::Add,
        _ => Start::Row(row),
    };
    for &isa in Isa::available() {
        let one = Execution::default().isa(isa).threads(1);
        let mut c = matrix((rows, columns), lies[2], 3);
        let expected = naive(&c, a.view(), b.view(), start);
        let mut on_threads = c.clone();
        matmul_with(one, c.view_mut(), a.view(), b.view(), start).unwrap();
        matmul_with(one.threads(3), on_threads.view_mut(), a.view(), b.view(), start).unwrap();
        assert_eq!(c, on_threads, "{isa:?}: as many threads as there are");
        let tolerance = A::epsilon().as_f64() * 16.0 * (1 + depth) as f64;
        for (place, &found) in c.indexed_iter() {
            let expected = expected[place];
            assert!((found.as_f64() - expected).abs() <= tolerance, "{isa:?} {place:?}: {found}, not {expected}");
        }
    }
}

fn lie() -> impl Strategy<Value = Lie> {
    prop_oneof![Just(Lie::Rows), Just(Lie::Columns), Just(Lie::Apart)]
}

/// A length: small, around the sizes of tiles, or larger than a block.
fn length() -> impl Strategy<Value = usize> {
    prop_oneof![0_usize..20, 20_usize..70, 90_usize..140]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn a_product_is_the_naive_product(
        rows in length(), depth in length(), columns in length(),
        lies in [lie(), lie(), lie()], starts: [bool; 2], reversed: bool,
    ) {
        let mut row = Array1::from_shape_fn(columns, |j| j as f64 / 4.0 - 3.0);
        if reversed {
            row.invert_axis(Axis(0));
        }
        compare::<f64>((rows, depth, columns), lies, row.view(), starts);
        compare::<f32>((rows, depth, columns), lies, row.mapv(f32::from_f64).view(), starts);
    }
}

#[test]
fn products_larger_than_a_block_are_the_naive_product() {
    for shape in [(100, 1100, 40), (13, 600, 2100), (200, 130, 260), (1, 700, 70), (60, 1, 2050)] {
        let row = Array1::from_shape_fn(shape.2, |j| (j % 9) as f32);
        for lies in [[Lie::Rows; 3], [Lie::Columns, Lie::Rows, Lie::Rows], [Lie::Rows, Lie::Columns, Lie::Apart]] {
            for starts in [[false, false], [false, true], [true, true]] {
                compare::<f32>(shape, lies, row.view(), starts);
            }
        }
    }
}

#[test]
fn what_does_not_count_is_neither_read_nor_written() {
    let a = matrix::<f32>((7, 5), Lie::Rows, 1);
    let b = matrix::<f32>((5, 11), Lie::Rows, 2);
    for &isa in Isa::available() {
        let one = Execution::default().isa(isa).threads(1);
        let mut c = Array2::from_elem((9, 13), 77.0);
        matmul_with(one, c.slice_mut(s![1..8, 1..12]), a.view(), b.view(), Start::Zero).unwrap();
        let around = c.indexed_iter().filter(|((i, j), _)| !(1..8).contains(i) || !(1..12).contains(j));
        assert!(around.map(|(_, &x)| x).all(|x| x == 77.0), "{isa:?}");
    }
}

#[test]
fn shapes_that_do_not_fit_are_errors_and_nothing_is_written() {
    let (a, b) = (Array2::<f32>::ones((2, 3)), Array2::ones((4, 5)));
    let mut c = Array2::zeros((2, 5));
    let error = matmul(c.view_mut(), a.view(), b.view(), Start::Zero).unwrap_err();
    assert_eq!((error.kind(), error.path()), (ErrorKind::Shape, Some("b")));
    let error = matmul(c.view_mut(), a.view(), b.slice(s![..3, ..4]), Start::Zero).unwrap_err();
    assert_eq!(error.to_string(), "the product `a · b`: `c` has the shape [2, 5], not [2, 4]");
    let row = Array1::ones(4);
    let error = matmul(c.view_mut(), a.view(), b.slice(s![..3, ..]), Start::Row(row.view())).unwrap_err();
    assert_eq!(error.path(), Some("start"));
    assert_eq!(c.sum(), 0.0);
}
