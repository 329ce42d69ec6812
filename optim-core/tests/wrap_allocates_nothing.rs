//! A step through wrappers allocates nothing after the first.

use ndarray::{Array1, Array2, ArrayD, Axis, IxDyn};
use optim_core::prelude::*;
use optim_core::schedule::Cosine;

#[path = "allocation/counting.rs"]
mod counting;

use counting::of_this_thread as allocations;

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

    for round in 0..20 {
        let kept = allocations(|| opt.step_with(&mut model, |_, g| g.matrix.fill(1.0)).unwrap());
        let taken = allocations(|| opt.step(&mut model, &gradient).unwrap());
        let skipped = allocations(|| opt.step(&mut model, &bad).unwrap());
        let evaluated = allocations(|| opt.evaluate_with(&mut model, |_| ()).unwrap());
        // In the second round Lookahead and the averages have seen every kind of step.
        if round > 1 {
            assert_eq!((kept, taken, skipped, evaluated), (0, 0, 0, 0), "round {round}");
        } else if round == 0 {
            assert!(kept > 0 && taken > 0, "the first steps make their lists");
        }
    }
    assert_eq!(opt.steps(), 20);
}

#[test]
fn a_step_of_a_pair_allocates_nothing_after_the_first() {
    let mut model = (Array2::<f32>::ones((30, 4)), Array1::<f32>::ones(7));
    let gradient = model.clone();
    let sgd = Sgd::default().init_where(&model, |p| p.shape.len() == 2).unwrap();
    let adam = Adam::default().init_where(&model, |p| p.shape.len() != 2).unwrap();
    let opt = Both::new(sgd, adam.ema(0.9).unwrap(), &model).unwrap();
    let cosine = Cosine { from: 0.01, to: 0.0, steps: 100 };
    let mut opt = opt.schedule("first.lr", cosine).unwrap().schedule("second.lr", cosine).unwrap();
    for round in 0..10 {
        let taken = allocations(|| opt.step_with(&mut model, |_, g| g.0.fill(1.0)).unwrap());
        let given = allocations(|| opt.step(&mut model, &gradient).unwrap());
        let evaluated = allocations(|| opt.evaluate_with(&mut model, |_| ()).unwrap());
        // The average is begun in the first step, and moved on from the second on.
        assert!(round <= 1 || [taken, given, evaluated] == [0; 3], "round {round}: {taken}, {given}, {evaluated}");
    }
}
