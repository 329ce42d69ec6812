//! A step through wrappers allocates nothing after the first.
#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use ndarray::{Array1, Array2, ArrayD, Axis, IxDyn};
use optim_core::prelude::*;
use optim_core::schedule::Cosine;

struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: every call goes to the system's allocator as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        // SAFETY: the caller keeps to the contract, which is the same.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps to the contract, which is the same.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// How often `f` allocates on this thread.
fn allocations(f: impl FnOnce()) -> usize {
    let before = ALLOCATIONS.get();
    f();
    ALLOCATIONS.get() - before
}

#[derive(Optimizable, Clone)]
struct Model {
    matrix: Array2<f32>,
    column_major: Array2<f32>,
    deep: ArrayD<f32>,
    list: Vec<Array1<f32>>,
    #[optim(freeze)]
    frozen: Array2<f32>,
    #[optim(buffer)]
    statistics: Array1<f32>,
}

#[test]
fn a_step_through_all_wrappers_allocates_nothing_after_the_first() {
    let mut column_major = Array2::from_elem((40, 30), 0.5).reversed_axes();
    column_major.invert_axis(Axis(0));
    let mut model = Model {
        matrix: Array2::ones((300, 40)),
        column_major,
        deep: ArrayD::from_elem(IxDyn(&[2, 3, 2, 2, 3, 2]), 1.0).reversed_axes(),
        list: (0..50).map(|i| Array1::from_elem(i, 1.0)).collect(),
        frozen: Array2::ones((20, 20)).reversed_axes(),
        statistics: Array1::ones(7),
    };
    let gradient = model.clone();
    let mut bad = model.clone();
    bad.list[3][1] = f32::NAN;

    let opt = Adam::default().init(&model).unwrap();
    let opt = opt.schedule("lr", Cosine { from: 0.01, to: 0.0, steps: 100 }).unwrap().cautious().centralise();
    let opt = opt.clip_value(3.0).unwrap().clip_tensor_norm(2.0).unwrap().clip_norm(1.0).unwrap();
    let opt = opt.noise(0.1, 0.5, 1).unwrap().accumulate(2).unwrap().skip_nonfinite(1).lookahead(2, 0.5).unwrap();
    let mut opt = opt.swa(1, 1).unwrap().ema(0.9).unwrap();

    // A step that is ended costs what a closure's error costs the optimizer inside, and nothing beside.
    let ended = {
        let (mut bare, mut model) = (Adam::default().init(&model).unwrap(), model.clone());
        let mut fail = || assert!(bare.try_step_with(&mut model, |_, _| Err::<(), _>(Nothing)).is_err());
        fail();
        allocations(fail)
    };
    for round in 0..20 {
        let kept = allocations(|| opt.step_with(&mut model, |_, g| g.matrix.fill(1.0)).unwrap());
        let taken = allocations(|| opt.step(&mut model, &gradient).unwrap());
        let skipped = allocations(|| opt.step(&mut model, &bad).unwrap());
        let evaluated = allocations(|| opt.evaluate_with(&mut model, |_| ()).unwrap());
        // In the second round Lookahead and the averages have seen every kind of step.
        if round > 1 {
            assert_eq!((kept, taken, skipped, evaluated), (ended, 0, ended, 0), "round {round}");
        } else if round == 0 {
            assert!(kept > ended && taken > 0, "the first steps make their lists");
        }
    }
    assert_eq!(opt.steps(), 20);
}

/// An error that costs nothing.
struct Nothing;

impl From<Error> for Nothing {
    fn from(_: Error) -> Self {
        Nothing
    }
}
