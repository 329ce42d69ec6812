//! Elements that do not move, in caches whose numbers share scales, against optimizers without masks.

use ndarray::{Array2, Zip};
use optim_core::prelude::*;

use crate::run::{Layout, Model, Run, below, model, same, storages, without};

fn start(layout: Layout) -> Model<f32> {
    model(1, layout, false)
}

fn noise(t: u64) -> Model<f32> {
    model(40 + t, Layout::Standard, false)
}

/// `still` where nothing moves.
fn with_still(model: &mut Model<f32>, moves: &Array2<bool>, still: f32) {
    Zip::from(&mut model.wide).and(moves).for_each(|x, &moves| *x = if moves { *x } else { still });
}

/// From the beginning: as if these weights had no gradient, whatever it is.
#[test]
fn masked_from_the_beginning_is_without_a_gradient() {
    fn check<R: Rule>(rule: &R, zeros: bool) {
        let moves = Array2::from_shape_fn((3, 4_700), |(row, col)| !(row + col).is_multiple_of(3) && col / 64 != 7);
        for storage in storages(rule) {
            let (mut weights, mut others) = (start(Layout::Reversed), start(Layout::Standard));
            if zeros {
                // What a rule with norms sees of them.
                with_still(&mut weights, &moves, 0.0);
                with_still(&mut others, &moves, 0.0);
            }
            let before = weights.clone();
            let mut found = Run::new(&storage, weights, 2);
            found.opt.hidden().mask("wide", moves.view().into_dyn());
            let mut expected = Run::new(&storage, others, 1);
            for t in 0..5 {
                let (mut unseen, mut nothing) = (noise(t), noise(t));
                with_still(&mut unseen, &moves, f32::NAN);
                with_still(&mut nothing, &moves, 0.0);
                found.step(&unseen, 0.0);
                expected.step(&nothing, 0.0);
                // Weights are rounded where they move.
                Zip::from(&mut expected.model.wide)
                    .and(&moves)
                    .and(&before.wide)
                    .for_each(|w, &moves, &before| *w = if moves { *w } else { before });
                same(&found.numbers(), &expected.numbers(), &format!("{storage:?} step {t}"));
            }
            assert!(found.model.wide.iter().zip(&before.wide).any(|(w, before)| w != before));
        }
    }
    check(&Adam { amsgrad: true, ..Adam::default() }, false);
    check(&RmsProp { momentum: 0.5, centered: true, ..RmsProp::default() }, false);
    check(&ScheduleFreeAdamW::default(), false);
    check(&Nag::default(), false);
    check(&Lamb::default(), true);
    check(&Lars { nesterov: true, ..Lars::default() }, true);
}

/// On the way, whole blocks of 64: these stay to the bit, and the others do not notice; later they go on from there.
#[test]
fn whole_blocks_stay_as_they_are() {
    fn check<R: Rule>(rule: &R) {
        let moves = Array2::from_shape_fn((3, 4_700), |(row, col)| ((row * 4_700 + col) / 64) % 3 != 1);
        let held: Vec<bool> = moves.iter().map(|moves| !moves).collect();
        for storage in storages(rule) {
            let mut found = Run::new(&storage, start(Layout::ColumnMajor), 2);
            let mut free = Run::new(&storage, start(Layout::Standard), 1);
            for t in 0..2 {
                found.step(&noise(t), 1.5);
                free.step(&noise(t), 1.5);
            }
            found.opt.hidden().mask("wide", moves.view().into_dyn());
            let before = below(&free.numbers(), "wide");
            for t in 2..5 {
                found.step(&noise(t), 1.5);
                free.step(&noise(t), 1.5);
                let (found, free) = (found.numbers(), free.numbers());
                same(&without(&found, "wide"), &without(&free, "wide"), &format!("{storage:?} step {t}"));
                let mut expected = below(&free, "wide");
                for (name, expected) in expected.iter_mut().filter(|((what, _), _)| *what != "evaluation") {
                    let held = expected.iter_mut().zip(&before[name]).zip(&held).filter(|(_, held)| **held);
                    held.for_each(|((expected, before), _)| *expected = *before);
                }
                let mut found = below(&found, "wide");
                // An element that is held is evaluated where it is.
                let key = ("evaluation", String::new());
                let weights = found[&("weight", String::new())].clone();
                let points = found.get_mut(&key).unwrap().iter_mut().zip(expected.get_mut(&key).unwrap());
                for (((point, expected), weight), _) in points.zip(&weights).zip(&held).filter(|(_, held)| **held) {
                    assert_eq!(point, weight, "{storage:?}");
                    *expected = *point;
                }
                same(&found, &expected, &format!("{storage:?} step {t}"));
            }
        }
    }
    check(&Adam { amsgrad: true, ..Adam::default() });
    check(&ScheduleFreeAdamW::default());
    check(&Momentum::default());
}
