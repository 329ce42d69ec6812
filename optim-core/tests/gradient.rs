//! Sums of gradients: in a fixed order, on any number of threads.
#![allow(missing_docs, reason = "models that are only tested")]

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

use ndarray::{Array1, Array2, array};
use optim_core::gradient::{self, Parts};
use optim_core::prelude::*;

#[derive(Clone, Debug, PartialEq, Optimizable)]
struct Model {
    weight: Array2<f32>,
    layers: Vec<Array1<f32>>,
    #[optim(freeze)]
    frozen: f32,
    #[optim(buffer)]
    seen: f32,
    #[optim(skip)]
    name: String,
}

fn model() -> Model {
    let weight = Array2::from_shape_fn((13, 17), |(i, j)| (i as f32 + 0.1) / (j as f32 + 0.7));
    // In another layout than the gradient has.
    let weight = weight.reversed_axes();
    Model { weight, layers: vec![array![0.1, 0.2], array![]], frozen: 0.3, seen: 7.0, name: "m".into() }
}

/// Numbers whose sum depends on the order of addition.
fn fill(gradient: &mut Model, seed: usize) {
    let mut rng = Rng::new(seed as u64);
    let size = [1.0, 10.0, 1e2, 1e3, 1e4, 1e5, 1e6][seed % 7];
    gradient.for_each_param_mut(|_, mut value| {
        value.mapv_inplace(|x| x + f32::from_f64((rng.uniform() - 0.5) * size));
    });
}

fn bits(model: &Model) -> Vec<u32> {
    model.flatten().iter().map(|x| x.to_bits()).collect()
}

/// The definition: neighbours, then pairs, then pairs of pairs.
fn tree(mut gradients: Vec<Vec<f32>>) -> Vec<f32> {
    while gradients.len() > 1 {
        gradients = gradients
            .chunks(2)
            .map(|pair| match pair {
                [one, other] => one.iter().zip(other).map(|(x, y)| x + y).collect(),
                rest => rest[0].clone(),
            })
            .collect();
    }
    gradients.remove(0)
}

#[test]
fn gradients_are_added_in_pairs_and_pairs_of_pairs() {
    for count in 1..20 {
        let mut gradients: Vec<Model> = (0..count)
            .map(|seed| {
                let mut gradient = model().zeros_like();
                fill(&mut gradient, seed);
                gradient
            })
            .collect();
        let expected = tree(gradients.iter().map(Gradient::flatten).collect());
        let mut mean = gradients.clone();
        gradient::sum(&mut gradients).unwrap();
        assert_eq!(gradients[0].flatten(), expected, "{count}");
        gradient::mean(&mut mean).unwrap();
        let share = f32::from_f64(1.0 / count as f64);
        assert_eq!(mean[0].flatten(), expected.iter().map(|x| x * share).collect::<Vec<_>>(), "{count}");
    }
    gradient::sum::<Model>(&mut []).unwrap();
    gradient::mean::<Model>(&mut []).unwrap();
}

#[test]
fn a_gradient_that_differs_is_named_and_nothing_is_added() {
    let mut gradients = vec![model(), model(), model()];
    gradients[2].layers[1] = array![1.0];
    let before = gradients.clone();
    let error = gradient::sum(&mut gradients).unwrap_err();
    assert_eq!(error.to_string(), "a gradient: `layers.1` has the shape [1], not [0]");
    assert_eq!(gradients, before);
}

#[test]
fn a_product_is_that_of_the_flat_vectors() {
    let (one, mut other) = (model(), model().zeros_like());
    fill(&mut other, 3);
    let expected: f64 = one.flatten().iter().zip(other.flatten()).map(|(&x, y)| f64::from(x) * f64::from(y)).sum();
    // Tensors are summed one by one, which is another order.
    assert!((one.dot(&other).unwrap() - expected).abs() < 1e-12 * one.norm() * other.norm());
    assert_eq!(gradient::dot(&one, &other).unwrap(), one.dot(&other).unwrap());
    assert_eq!(gradient::dot(&array![1.0, 2.0], &array![3.0, 4.0]).unwrap(), 11.0);
    assert!(gradient::dot(&array![1.0], &array![1.0, 2.0]).is_err());
}

/// An example's part of the gradient, and its loss.
fn example(model: &Model, index: usize, gradient: &mut Model) -> f64 {
    fill(gradient, index);
    gradient.add_scaled(0.01, model).unwrap();
    f64::from(model.frozen) / (index as f64 + 0.3)
}

fn share(parts: usize, batch: usize, part: usize) -> Range<usize> {
    part * batch / parts..(part + 1) * batch / parts
}

#[test]
fn the_sum_over_a_batch_has_the_same_bits_for_any_number_of_threads() {
    let model = model();
    for (parts, batch) in [(1, 5), (2, 5), (5, 100), (8, 100), (8, 3), (16, 33), (7, 0)] {
        // One after the other, by the definition.
        let mut losses = 0.0;
        let mut gradients = Vec::new();
        for part in 0..parts {
            let mut gradient = model.zeros_like();
            let loss: f64 = share(parts, batch, part).map(|index| example(&model, index, &mut gradient)).sum();
            losses += loss;
            gradients.push(gradient.flatten());
        }
        let expected = tree(gradients);
        for threads in [1, 2, 3, 7] {
            let mut sums = Parts::new(&model, parts).threads(threads);
            assert_eq!(sums.count(), parts);
            // Twice, since gradients are used again.
            for _ in 0..2 {
                let mut gradient = model.zeros_like();
                let loss = sums
                    .sum(batch, &mut gradient, |examples, gradient, ()| {
                        assert!(!examples.is_empty());
                        examples.map(|index| example(&model, index, gradient)).sum()
                    })
                    .unwrap();
                assert_eq!(loss.to_bits(), losses.to_bits(), "{threads} threads, {parts} parts of {batch}");
                assert_eq!(gradient.flatten(), expected, "{threads} threads, {parts} parts of {batch}");
                assert_eq!((gradient.seen, gradient.name.as_str()), (0.0, "m"));
            }
        }
    }
}

#[test]
fn the_mean_over_a_batch_is_that_of_its_examples_and_has_the_same_bits_too() {
    // Numbers that are exact: the mean is known.
    let (model, batch) = (vec![1.0_f64, 2.0], 128);
    let mut first = None;
    for threads in [1, 2, 3, 7] {
        for parts in [1, 8, 32] {
            let mut gradient = vec![100.0, 200.0];
            let loss = Parts::new(&model, parts)
                .threads(threads)
                .mean(batch, &mut gradient, |examples, gradient, ()| {
                    let n = examples.len() as f64;
                    let sum: f64 = examples.map(|index| index as f64).sum();
                    gradient[0] = sum / n;
                    gradient[1] = -sum / n;
                    sum / n
                })
                .unwrap();
            assert_eq!((loss, gradient), (63.5, vec![163.5, 136.5]));
        }
        // Shares that are not exact.
        let mut gradient = self::model().zeros_like();
        let loss = Parts::new(&gradient, 6)
            .threads(threads)
            .mean(100, &mut gradient, |examples, gradient, ()| example(&self::model(), examples.start, gradient))
            .unwrap();
        let found = (loss.to_bits(), bits(&gradient));
        assert_eq!(*first.get_or_insert_with(|| found.clone()), found, "{threads}");
    }
}

#[test]
fn every_part_has_its_own_workspace() {
    let model = vec![0.0_f64];
    let mut made = 0;
    let mut parts = Parts::new(&model, 4).threads(3).with_workspaces(|| {
        made += 1;
        vec![made; 1]
    });
    for round in 1..4 {
        let mut gradient = vec![0.0];
        parts
            .sum(8, &mut gradient, |examples, gradient, workspace| {
                assert_eq!((workspace[0], workspace.len()), (examples.start / 2 + 1, round));
                workspace.push(0);
                gradient[0] += workspace[0] as f64;
                0.0
            })
            .unwrap();
        assert_eq!(gradient, [10.0]);
    }
    let mut copy = parts.clone();
    copy.sum(8, &mut vec![0.0], |_, _, workspace| workspace.len() as f64).unwrap();
    assert!(format!("{copy:?}").contains("count: 4"));
}

#[test]
fn the_error_of_the_first_part_is_returned_and_nothing_is_added() {
    let model = model();
    for threads in [1, 2, 3, 7] {
        let mut parts = Parts::new(&model, 8).threads(threads);
        let mut gradient = model.clone();
        let calls = AtomicUsize::new(0);
        let error = parts
            .try_sum(80, &mut gradient, |examples, gradient, ()| {
                calls.fetch_add(1, Ordering::Relaxed);
                fill(gradient, 0);
                if examples.start >= 30 { Err(Error::other(format!("example {}", examples.start))) } else { Ok(1.0) }
            })
            .unwrap_err();
        assert_eq!((error.to_string().as_str(), calls.into_inner()), ("example 30", 8));
        assert_eq!(gradient, model);
        // What it left behind is gone in the next batch.
        let mut gradient = model.zeros_like();
        parts.sum(80, &mut gradient, |_, _, ()| 0.0).unwrap();
        assert_eq!(gradient, model.zeros_like());
    }
}

#[test]
fn a_panic_reaches_the_caller_and_the_parts_live_on() {
    let model = model();
    let mut parts = Parts::new(&model, 8).threads(2);
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        parts.sum(80, &mut model.clone(), |examples, gradient, ()| {
            fill(gradient, 0);
            assert_ne!(examples.start, 20, "on purpose");
            0.0
        })
    }));
    assert!(panicked.is_err());
    let mut gradient = model.zeros_like();
    parts.sum(80, &mut gradient, |_, _, ()| 0.0).unwrap();
    assert_eq!(gradient, model.zeros_like());
}

#[test]
fn gradients_of_another_structure_are_errors_that_name_the_path() {
    let model = model();
    let mut parts = Parts::new(&model, 2).threads(1);
    let mut other = model.clone();
    other.layers.pop();
    let before = other.clone();
    let error = parts.sum(2, &mut other, |_, _, ()| unreachable!("nothing is computed")).unwrap_err();
    assert_eq!(error.to_string(), "the gradient: `layers` has 1 elements, not 2");
    assert_eq!(other, before);

    let mut gradient = model.clone();
    let error = parts
        .sum(2, &mut gradient, |examples, gradient, ()| {
            if examples.start == 1 {
                gradient.layers[0] = array![1.0];
            }
            0.0
        })
        .unwrap_err();
    assert_eq!(error.to_string(), "the gradient of a part: `layers.0` has the shape [1], not [2]");
    assert_eq!(gradient, model);
}

/// A step that computes its gradient in parts, within `step_with`, with layers.
#[test]
fn a_training_step_has_the_same_bits_for_any_number_of_threads() {
    let mut trained = Vec::new();
    for threads in [1, 2, 3, 7] {
        let mut rng = Rng::new(1);
        let mut model = Linear::<f32>::new(5, 3, Init::HeNormal, &mut rng);
        let x = Array2::from_shape_fn((50, 5), |(i, j)| (i as f32 * 0.37 + j as f32).sin());
        let labels: Vec<usize> = (0..50).map(|i| i % 3).collect();
        let mut parts =
            Parts::new(&model, 4).threads(threads).with_workspaces(|| (model.workspace(), Buffer::default()));
        let mut opt = Adam::default().init(&model).unwrap();
        for _ in 0..5 {
            opt.try_step_with(&mut model, |model, gradient| {
                let model = &*model;
                parts.try_mean(50, gradient, |examples, gradient, (workspace, dlogits)| {
                    let x = x.slice(ndarray::s![examples.clone(), ..]);
                    let logits = model.forward(x, workspace)?;
                    let loss = optim_core::loss::softmax_cross_entropy(logits, &labels[examples], dlogits)?;
                    model.backward(x, dlogits.view(), workspace, gradient)?;
                    Ok::<f64, Error>(loss)
                })
            })
            .unwrap();
        }
        trained.push(model.flatten().iter().map(|x| x.to_bits()).collect::<Vec<_>>());
    }
    assert!(trained.iter().all(|bits| *bits == trained[0]));
}
