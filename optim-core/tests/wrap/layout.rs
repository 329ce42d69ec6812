//! Memory layouts, gradients that are given, hyper-parameters through wrappers, and what is said of them.

use ndarray::{Array2, ArrayD, Axis, IxDyn};
use optim_core::prelude::*;

use super::support::number;

type Tensors<A> = (Array2<A>, ArrayD<A>, Vec<Array2<A>>);

fn values<A: Real>(from: f64) -> Tensors<A> {
    let some = |i: usize| number::<A>((i as f64 * 0.37 + from).sin());
    (
        Array2::from_shape_fn((37, 41), |(i, j)| some(41 * i + j)),
        ArrayD::from_shape_fn(IxDyn(&[2, 3, 2, 2, 3, 2]), |at| some((0..6).map(|k| (k + 2) * at[k]).sum())),
        vec![Array2::from_shape_fn((0, 4), |_| A::zero()), Array2::from_shape_fn((5, 3), |(i, j)| some(i * 3 + j))],
    )
}

/// The same numbers in column-major, transposed and reversed layouts.
fn strange<A: Real>((a, b, list): &Tensors<A>) -> Tensors<A> {
    let mut column_major = Array2::zeros((41, 37)).reversed_axes();
    column_major.assign(a);
    let mut deep = ArrayD::zeros(IxDyn(&[2, 3, 2, 2, 3, 2])).reversed_axes();
    deep.invert_axis(Axis(3));
    deep.assign(b);
    let list = list.iter().map(|from| {
        let mut reversed = Array2::zeros(from.raw_dim());
        reversed.invert_axis(Axis(0));
        reversed.invert_axis(Axis(1));
        reversed.assign(from);
        reversed
    });
    (column_major, deep, list.collect())
}

fn same<A: Real>(a: &Tensors<A>, b: &Tensors<A>) {
    a.for_each_pair(b, |path, a, b| {
        assert!(a.iter().zip(&b).all(|(a, b)| a.as_f64().to_bits() == b.as_f64().to_bits()), "{path}");
    })
    .unwrap();
}

fn layouts<A: Real>() {
    let mut plain = values::<A>(0.1);
    let mut odd = strange(&plain);
    let opt = Adam::default().with_lr(0.1).init(&plain).unwrap().cautious().centralise().noise(0.01, 0.5, 9).unwrap();
    let opt = opt.clip_tensor_norm(3.0).unwrap().clip_norm(2.0).unwrap().accumulate(2).unwrap();
    let mut opt = opt.skip_nonfinite(1).lookahead(2, 0.5).unwrap().ema(0.8).unwrap().clip_value(0.9).unwrap();
    let mut other = opt.clone();
    for step in 0..10_u32 {
        let gradient = values::<A>(f64::from(step));
        opt.step(&mut plain, &gradient).unwrap();
        other.step(&mut odd, &if step % 3 == 0 { gradient } else { strange(&gradient) }).unwrap();
        same(&plain, &odd);
        let averages = (opt.evaluate_with(&mut plain, |w| w.clone()), other.evaluate_with(&mut odd, |w| w.clone()));
        same(&averages.0.unwrap(), &averages.1.unwrap());
    }
    assert_eq!(opt.steps(), 5);
}

#[test]
fn the_layout_does_not_show() {
    layouts::<f32>();
    layouts::<f64>();
}

#[test]
fn hyper_parameters_are_reached_and_wrappers_can_be_taken_off() {
    let mut w = vec![0.0_f64];
    let mut opt = Sgd { lr: 1.0, ..Sgd::default() }.init(&w).unwrap().clip_value(1.0).unwrap().ema(0.5).unwrap();
    opt.set_hyper("lr", 0.25).unwrap();
    assert_eq!(opt.hyper("lr").unwrap(), 0.25);
    assert!(opt.set_hyper("lr", -1.0).is_err() && opt.hyper("rate").is_err());
    opt.step(&mut w, &vec![-8.0]).unwrap();
    assert_eq!(w, [0.25]);
    opt.inner_mut().inner_mut().rule_mut().lr = 0.5;
    let mut bare = opt.into_inner().into_inner();
    bare.step(&mut w, &vec![-8.0]).unwrap();
    assert_eq!((w[0], bare.steps()), (4.25, 2));
}

#[test]
fn wrappers_are_what_optimizers_are() {
    fn is<T: Clone + std::fmt::Debug + Send + Sync>(shown: &T, what: &str) {
        let shown = format!("{shown:?}");
        assert!(shown.starts_with(what), "{shown}");
    }
    /// Not `Clone`.
    #[derive(Optimizable)]
    struct Plain(f32);
    let opt = || Sgd::default().init(&Plain(0.0)).unwrap();
    is(&opt().clip_norm(1.0).unwrap(), "ClipNorm { max_norm: 1.0, last_norm: None, inner: Optimizer {");
    is(&opt().ema(0.5).unwrap().cautious(), "Cautious { inner: Ema { decay: 0.5, averaged: 0, inner: Optimizer {");
    is(&opt().lookahead(5, 0.5).unwrap(), "Lookahead { every: 5, alpha: 0.5, count: 0,");
    is(&opt().schedule("lr", optim_core::schedule::Constant(0.1)).unwrap(), "Scheduled { name: \"lr\",");
    // A model without parameters is one too.
    let mut opt =
        Adam::default().init(&()).unwrap().clip_norm(1.0).unwrap().accumulate(2).unwrap().lookahead(1, 0.5).unwrap();
    (0..4).for_each(|_| opt.step(&mut (), &()).unwrap());
    assert_eq!((opt.steps(), opt.inner().inner().last_norm()), (2, Some(0.0)));
}
