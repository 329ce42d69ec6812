//! Elements that do not move, against a run in which all do.

use ndarray::{ArrayD, Zip};
use optim_core::prelude::*;
use optim_core::rule::CacheScope;

use crate::erased::Erased;
use crate::run::{Model, STEPS, Setting, Subject, evaluation, step, threads};

/// Which elements of a tensor move; every other tensor has no mask.
fn mask(tensor: usize, shape: &[usize]) -> Option<ArrayD<bool>> {
    let mut i = tensor;
    let moves = ArrayD::from_shape_simple_fn(shape, || {
        i += 1;
        !i.is_multiple_of(3) && (i / 64).is_multiple_of(2)
    });
    tensor.is_multiple_of(2).then_some(moves)
}

/// Elements that do not move are `still`, the others as they were.
fn with_still<A: Real>(values: &Model<A>, still: A) -> Model<A> {
    let mut values = values.clone();
    for (tensor, values) in values.iter_mut().enumerate() {
        if let Some(moves) = mask(tensor, values.shape()) {
            Zip::from(values).and(&moves).for_each(|x, &moves| *x = if moves { *x } else { still });
        }
    }
    values
}

/// Those that move are as in the run in which all move; the others are as before.
fn compare<A: Real>(tensor: usize, found: &ArrayD<A>, all: &ArrayD<A>, before: &ArrayD<A>, what: &str) {
    let moves = mask(tensor, found.shape()).unwrap_or(ArrayD::from_elem(found.shape(), true));
    for (((found, all), before), moves) in found.iter().zip(all).zip(before).zip(&moves) {
        let expected = if *moves { all } else { before };
        let bits = |x: &A| x.as_f64().to_bits();
        assert!(
            bits(found) == bits(expected),
            "{what}, tensor {tensor}: {found} in place of {expected}, moves: {moves}"
        );
    }
}

/// A rule that looks at one weight does not notice; one that looks at more sees zeros, so that the others are as if these
/// weights and their gradients were 0. Not `Adafactor`, which adds something to what it takes means of.
pub(crate) fn elements_stay_and_the_others_do_not_notice<A: Real>(subject: &Subject<A>, setting: Setting) {
    let zeros = subject.tiled;
    let known = subject.name != "Adafactor";
    let start = subject.weights(setting.0);
    let start = if zeros { with_still(&start, A::zero()) } else { start };
    let (mut model, mut other) = (start.clone(), start.clone());
    let mut opt = (subject.init)(&model);
    let mut all = opt.clone();
    let opt_before = opt.clone();
    threads(&mut opt, setting);
    for (tensor, values) in model.iter().enumerate() {
        if let Some(moves) = mask(tensor, values.shape()) {
            opt.hidden().mask(&tensor.to_string(), moves.view());
        }
    }
    for t in 0..STEPS {
        let noise = subject.noise(t, setting.1);
        // Nothing of these gradients gets anywhere.
        step(&mut opt, &mut model, &with_still(&noise, A::nan()));
        step(&mut all, &mut other, &if zeros { with_still(&noise, A::zero()) } else { noise });
        let (point, all_point) = (evaluation(&mut opt, &mut model), evaluation(&mut all, &mut other));
        let what = |what: &str| format!("{} {}, step {t}: {what}", subject.name, A::NAME);
        for tensor in 0..model.len() {
            let (expected, expected_point) =
                if known { (&other[tensor], &all_point[tensor]) } else { (&model[tensor], &point[tensor]) };
            compare(tensor, &model[tensor], expected, &start[tensor], &what("weight"));
            compare(tensor, &point[tensor], expected_point, &start[tensor], &what("evaluation"));
            for cache in opt.seen().caches().iter().filter(|cache| cache.scope == CacheScope::Weight) {
                let of = |opt: &Erased<Model<A>>| opt.seen().cache(cache.name, &tensor.to_string());
                if let (Some(found), Some(all), Some(before)) = (of(&opt), of(&all), of(&opt_before)) {
                    let all = if known { &all } else { &found };
                    compare(tensor, &found, all, &before, &what(cache.name));
                }
            }
        }
        if zeros {
            // A function of whole matrices moves them.
            other = with_still(&other, A::zero());
        }
        assert!(model.iter().flatten().all(|w| w.is_finite()), "{}", what("a NaN has come through"));
    }
    assert_ne!(model, start, "{}", subject.name);
}

/// A mask may be taken away, and the elements go on with the caches that they had.
#[test]
fn elements_move_again_with_their_caches() {
    let mut w = vec![1.0_f64; 4];
    let mut opt = Momentum { lr: 0.5, momentum: 0.5 }.init(&w).unwrap();
    let gradient = vec![1.0; 4];
    opt.step(&mut w, &gradient).unwrap();
    let moves = ndarray::array![true, false, true, true].into_dyn();
    opt.mask("", moves.view()).unwrap();
    assert_eq!(opt.mask_of(""), Some(moves));
    opt.step(&mut w, &gradient).unwrap();
    assert_eq!(w, [-0.25, 0.5, -0.25, -0.25]);
    let clone = opt.clone();
    opt.unmask("").unwrap();
    assert_eq!((opt.mask_of(""), clone.mask_of("").is_some()), (None, true));
    opt.step(&mut w, &gradient).unwrap();
    assert_eq!(w, [-1.125, -0.25, -1.125, -1.125]);
}

/// What a masked element brings to a sum is 0, but it is counted.
#[test]
fn masked_elements_are_counted() {
    define_optimizer! {
        /// Down by means.
        struct Means {
            lr: f64 = 1.0,
        }
        cache { seen[tensor], rows[row] }
        update(w, g) {
            seen = mean(g);
            rows = row_mean(g);
            w -= lr * (seen + max_abs(w) + numel() + 0 * rows);
        }
    }
    let mut w = ndarray::array![[1.0_f64, 2.0], [8.0, 4.0]];
    let mut opt = Means::default().init(&w).unwrap();
    opt.mask("", ndarray::array![[true, true], [false, true]].view().into_dyn()).unwrap();
    opt.step(&mut w, &ndarray::array![[1.0, 2.0], [100.0, 5.0]]).unwrap();
    // (1 + 2 + 5) / 4 + 4 + 4
    assert_eq!(w, ndarray::array![[-9.0, -8.0], [8.0, -6.0]]);
    assert_eq!(opt.cache("seen", "").unwrap()[[]], 2.0);
    assert_eq!(opt.cache("rows", "").unwrap(), ndarray::array![1.5, 2.5].into_dyn());
}

/// Groups, a frozen parameter and a mask in one optimizer, the same for any layout and threads.
#[test]
fn all_at_once_does_not_depend_on_layout_or_threads() {
    fn run<R: Rule>(rule: R, setting: Setting) -> Model<f32> {
        let subject = Subject::<f32>::of::<R>();
        let mut model = subject.weights(setting.0);
        let mut opt = rule.init(&model).unwrap();
        opt.define_group("other", |p| crate::run::is_of_half(p, 1)).unwrap();
        opt.set_in("other", "lr", 0.125).unwrap();
        opt.freeze(|p| p.path == "2").unwrap();
        for tensor in [0, 2, 4] {
            if let Some(moves) = mask(tensor, model[tensor].shape()) {
                opt.mask(&tensor.to_string(), moves.view()).unwrap();
            }
        }
        let mut opt = Erased::new(opt);
        threads(&mut opt, setting);
        (0..3).for_each(|t| step(&mut opt, &mut model, &subject.noise(t, setting.1)));
        model
    }
    fn check<R: Rule>(rule: &R) {
        let [first, others @ ..] = crate::run::SETTINGS;
        let expected = run(rule.clone(), first);
        for setting in others {
            assert_eq!(run(rule.clone(), setting), expected, "{rule:?}");
        }
    }
    check(&Adam::default());
    check(&Lamb::default());
    check(&Adafactor::default());
    check(&Prodigy { d0: 0.1, ..Prodigy::default() });
    check(&Sam::default());
}
