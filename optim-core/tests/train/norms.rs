//! Norms beside those of the model itself, and of numbers at the ends of the range.

use ndarray::{Array1, Array2, array};
use optim_core::prelude::*;
use optim_core::train::{Histogram, Logger, Norms};

#[derive(Optimizable, Clone)]
struct Model {
    layer: Linear<f32>,
    #[optim(freeze)]
    embedding: Array2<f32>,
    #[optim(buffer)]
    mean: Array1<f32>,
    list: Vec<f32>,
}

fn model(seed: u64) -> Model {
    let mut rng = Rng::new(seed);
    let mut model = Model {
        layer: Linear::new(4, 3, Init::FanIn, &mut rng),
        embedding: Array2::zeros((2, 5)),
        mean: Array1::ones(3),
        list: vec![0.0; 4],
    };
    model.for_each_param_mut(|_, mut value| value.mapv_inplace(|_| (rng.bits() % 1000) as f32 / 500.0 - 1.0));
    model
}

#[test]
fn they_are_the_norms_of_the_definition() {
    let (before, gradient) = (model(1), model(2));
    let mut after = before.clone();
    Adam::default().init(&after).unwrap().step(&mut after, &gradient).unwrap();
    let norms = Norms::of_step(&before, &gradient, &after).unwrap();
    let mut seen = Vec::new();
    let mut update = after.clone();
    update.add_scaled(-1.0, &before).unwrap();
    let reference = |model: &Model| {
        let mut norms = Vec::new();
        model.for_each_param(|path, value| {
            norms.push((path.to_owned(), value.iter().map(|&x| f64::from(x) * f64::from(x)).sum::<f64>().sqrt()));
        });
        norms
    };
    let references = reference(&before).into_iter().zip(reference(&gradient)).zip(reference(&update));
    for (((path, weight), (_, gradient)), (_, update)) in references {
        let norm = norms.get(&path).unwrap();
        assert_eq!((norm.weight, norm.gradient, norm.update), (weight, Some(gradient), Some(update)), "{path}");
        assert_eq!(norm.ratio(), Some(update / weight));
        seen.push(path);
    }
    assert_eq!(seen, ["layer.weight", "layer.bias", "embedding", "list"], "buffers are left out");
    assert_eq!(norms.get("embedding").unwrap().update, Some(0.0), "frozen");
    let total = norms.total();
    assert!((total.weight - before.norm()).abs() < 1e-14 && total.len == before.num_params());
    assert!((total.gradient.unwrap() - gradient.norm()).abs() < 1e-14);
    assert!((total.update.unwrap() - update.norm()).abs() < 1e-14);
    assert!(norms.get("mean").is_none());
    let table = norms.to_string();
    assert_eq!(table.lines().count(), 6);
    assert!(!table.contains("not finite"), "{table}");
}

#[test]
fn the_layout_does_not_show() {
    let row_major = Array2::from_shape_fn((7, 5), |(i, j)| 1.0 / (1.0 + i as f64 * 3.7 + j as f64));
    let mut column_major = Array2::zeros(ndarray::ShapeBuilder::f((7, 5)));
    column_major.assign(&row_major);
    assert_eq!(Norms::of_gradient(&row_major, &column_major), Norms::of_gradient(&column_major, &row_major));
}

#[test]
fn squares_neither_overflow_nor_vanish() {
    let close = |found: f64, expected: f64| assert!((found / expected - 1.0).abs() < 1e-15, "{found} {expected}");
    close(Norms::of(&vec![3e200, -4e200]).parameters()[0].weight, 5e200);
    close(Norms::of(&vec![3e-200, 4e-200]).parameters()[0].weight, 5e-200);
    close(Norms::of(&(vec![3e200], vec![4e200])).total().weight, 5e200);
    assert_eq!(Norms::of(&vec![0.0, -0.0]).parameters()[0].weight, 0.0);
    assert_eq!(Norms::of(&Vec::<f32>::new()).parameters()[0].weight, 0.0);
}

#[test]
fn what_is_not_finite_shows_and_is_counted() {
    let model = (vec![1.0, f64::NAN], vec![2.0, f64::INFINITY]);
    let gradient = (vec![f64::NAN, f64::NEG_INFINITY], vec![0.0, 1.0]);
    let norms = Norms::of_gradient(&model, &gradient).unwrap();
    let [first, second] = norms.parameters() else { panic!() };
    assert!(first.weight.is_nan() && first.gradient.unwrap().is_nan());
    assert_eq!((second.weight, second.gradient), (f64::INFINITY, Some(1.0)));
    assert_eq!((first.not_finite, second.not_finite, norms.total().not_finite), (3, 1, 4));
    assert!(norms.to_string().lines().all(|line| line.ends_with("not finite") || line.ends_with(['1', '3', '4'])));
}

#[test]
fn models_that_differ_are_an_error_that_names_the_path() {
    let (a, b) = (model(1), model(2));
    let mut other = b.clone();
    other.list.pop();
    for result in [Norms::of_gradient(&a, &other), Norms::of_step(&a, &b, &other), Norms::of_step(&other, &b, &a)] {
        assert_eq!(result.unwrap_err().path(), Some("list"));
    }
}

#[derive(Default)]
struct Names(Vec<(u64, String, f64)>);

impl Logger for Names {
    fn scalar(&mut self, step: u64, name: &str, value: f64) -> Result<(), Error> {
        self.0.push((step, name.to_owned(), value));
        if name == "fails" { Err(Error::other("it fails")) } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), Error> {
        Ok(())
    }
}

#[test]
fn they_are_logged_by_name() {
    let mut names = Names::default();
    let (model, gradient, after) = ((vec![3.0, 4.0], 0.0), (vec![0.0, 1.0], f64::NAN), (vec![3.0, 3.5], 0.0));
    Norms::of_step(&model, &gradient, &after).unwrap().log(9, &mut names).unwrap();
    let shown: Vec<String> = names.0.iter().map(|(step, name, value)| format!("{step} {name} {value}")).collect();
    let expected = [
        "9 weight_norm/0 5",
        "9 gradient_norm/0 1",
        "9 update_norm/0 0.5",
        "9 update_ratio/0 0.1",
        "9 weight_norm/1 0",
        "9 gradient_norm/1 NaN",
        "9 update_norm/1 0",
        "9 update_ratio/1 NaN",
        "9 not_finite/1 1",
        "9 total_weight_norm 5",
        "9 total_gradient_norm NaN",
        "9 total_update_norm 0.5",
        "9 total_update_ratio 0.1",
        "9 total_not_finite 1",
    ];
    assert_eq!(shown, expected);
    let mut names = Names::default();
    Norms::of(&1.5_f32).log(1, &mut names as &mut dyn Logger).unwrap();
    assert_eq!(names.0[0], (1, "weight_norm".into(), 1.5));
    assert!(Norms::of(&()).parameters().is_empty() && Norms::of(&()).total().weight == 0.0);
}

#[test]
fn a_histogram_counts_every_number_once() {
    let mut rng = Rng::new(5);
    let values: Vec<f64> = (0..10_000).map(|_| (rng.bits() % 10_007) as f64 / 7.0 - 700.0).collect();
    for intervals in [1, 2, 30, 999] {
        let histogram = Histogram::of(&values, intervals).unwrap();
        let edges = histogram.edges();
        assert_eq!((edges.len(), histogram.counts().len(), histogram.count()), (intervals + 1, intervals, 10_000));
        assert!(edges.is_sorted());
        for (k, &count) in histogram.counts().iter().enumerate() {
            let inside = |x: f64| edges[k] <= x && (x < edges[k + 1] || (k + 1 == intervals && x == edges[k + 1]));
            assert_eq!(count, values.iter().filter(|&&x| inside(x)).count() as u64, "interval {k} of {intervals}");
        }
    }
}

#[test]
fn a_histogram_of_anything() {
    let of = |values: &[f64]| Histogram::of(values, 3).unwrap();
    let none = of(&[f64::NAN, f64::INFINITY, f64::NEG_INFINITY]);
    assert_eq!((none.counts(), none.edges(), none.nans(), none.infinite()), (&[][..], &[][..], 1, 2));
    assert!(none.min().is_nan() && none.max().is_nan() && none.sum() == 0.0);
    let same = of(&[2.0; 4]);
    assert_eq!((same.counts(), same.edges(), same.sum_of_squares()), (&[4][..], &[2.0, 2.0][..], 16.0));
    let wide = of(&[f64::MIN, 0.0, f64::MAX]);
    assert_eq!(wide.counts(), [1, 1, 1]);
    let close = of(&[1.0, 1.0 + f64::EPSILON]);
    assert_eq!(close.count(), 2);
    let reversed = array![[1.0_f32, 2.0], [3.0, 4.0]];
    assert_eq!(Histogram::of(reversed.t().iter(), 3), Histogram::of(reversed.iter(), 3));
    assert_eq!(Histogram::of(&[1.0], 0).unwrap_err().to_string(), "`Histogram`: `intervals` is 0, which is not in 1..");
}
