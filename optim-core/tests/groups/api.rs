//! Which group a parameter is in, and which hyper-parameters a group has.

use ndarray::{Array1, Array2};
use optim_core::prelude::*;

#[derive(Optimizable, Clone, Debug, PartialEq)]
struct Block {
    weight: Array2<f64>,
    #[optim(group = "inner")]
    bias: Array1<f64>,
}

#[derive(Optimizable, Clone, Debug, PartialEq)]
struct Model {
    plain: Block,
    #[optim(group = "outer")]
    grouped: Block,
    heads: std::collections::BTreeMap<String, Vec<f64>>,
    #[optim(freeze, group = "still")]
    frozen: Array1<f64>,
    #[optim(buffer)]
    seen: Array1<f64>,
}

fn model() -> Model {
    let block = || Block { weight: Array2::ones((2, 2)), bias: Array1::ones(2) };
    Model {
        plain: block(),
        grouped: block(),
        heads: [("a.b".to_owned(), vec![1.0; 2]), ("c".to_owned(), vec![1.0; 2])].into(),
        frozen: Array1::ones(2),
        seen: Array1::ones(2),
    }
}

fn groups<R: Rule>(opt: &Optimizer<R, Model>) -> Vec<Option<&str>> {
    let all =
        ["plain.weight", "plain.bias", "grouped.weight", "grouped.bias", r"heads.a\.b", "heads.c", "frozen", "none"];
    all.map(|path| opt.group_of(path)).to_vec()
}

#[test]
fn the_last_selection_wins_over_attributes_and_the_innermost_attribute_over_outer_ones() {
    let (inner, outer, a, b) = (Some("inner"), Some("outer"), Some("a"), Some("b"));
    let mut opt = Sgd::default().init(&model()).unwrap();
    assert_eq!(groups(&opt), [None, inner, outer, inner, None, None, None, None]);
    assert_eq!(opt.groups().collect::<Vec<_>>(), ["inner", "outer"], "those of frozen parameters are none");

    assert_eq!(opt.define_group("a", paths("*.bias")).unwrap(), 2);
    assert_eq!(groups(&opt), [None, a, outer, a, None, None, None, None]);
    assert_eq!(opt.groups().collect::<Vec<_>>(), ["outer", "a"], "what has no parameter any more is none");

    assert_eq!(opt.define_group("b", |p| p.shape == [2] && p.group != Some("inner")).unwrap(), 4);
    assert_eq!(groups(&opt), [None, b, outer, b, b, b, None, None]);
    assert_eq!(opt.define_group("inner", paths(r"heads.a\.b")).unwrap(), 1);
    assert_eq!(groups(&opt), [None, b, outer, b, inner, b, None, None]);
    assert_eq!(opt.define_group("a", |p| p.group.is_none()).unwrap(), 1);
    assert_eq!(groups(&opt), [a, b, outer, b, inner, b, None, None]);
    assert_eq!(opt.groups().collect::<Vec<_>>(), ["inner", "outer", "a", "b"]);
    // And what it has is what a step does.
    for (name, lr) in [("inner", 0.125), ("outer", 0.25), ("a", 0.5), ("b", 1.0)] {
        opt.group(name, |rule| rule.lr = lr).unwrap();
    }
    let (mut model, gradient) = (model(), model());
    opt.step(&mut model, &gradient).unwrap();
    assert_eq!((model.plain.weight[[0, 0]], model.plain.bias[0]), (0.5, 0.0));
    assert_eq!((model.grouped.weight[[0, 0]], model.grouped.bias[0]), (0.75, 0.0));
    assert_eq!((model.heads["a.b"][0], model.heads["c"][0], model.frozen[0]), (0.875, 0.0, 1.0));
}

#[test]
fn a_group_follows_in_what_it_has_no_value_of_its_own_for() {
    let mut opt = AdamW::default().with_lr(0.5).init(&model()).unwrap();
    let lrs = |opt: &Optimizer<AdamW, Model>| {
        ["inner", "outer"].map(|group| opt.get_in(group, "lr").unwrap()).map(|lr| (opt.get("lr").unwrap(), lr))
    };
    assert_eq!(lrs(&opt), [(0.5, 0.5); 2]);
    opt.group("inner", |rule| rule.weight_decay = 0.0).unwrap();
    opt.rule_mut().lr = 0.25;
    opt.rule_mut().weight_decay = 0.5;
    assert_eq!(lrs(&opt), [(0.25, 0.25); 2]);
    let rules = ["inner", "outer"].map(|group| opt.group_rule(group).unwrap().weight_decay);
    assert_eq!(rules, [0.0, 0.5]);

    opt.set_in("outer", "lr", 0.25).unwrap();
    opt.set("lr", 0.125).unwrap();
    assert_eq!(lrs(&opt), [(0.125, 0.125), (0.125, 0.25)], "a value that is set is its own, though it be the same");

    assert!(opt.has_own("outer", "lr").unwrap() && !opt.has_own("inner", "lr").unwrap());

    let mut seen = Vec::new();
    opt.for_each_rule(|name, rule| {
        seen.push(name.map(str::to_owned));
        rule.lr *= 2.0;
    })
    .unwrap();
    assert_eq!(seen, [None, Some("inner".into()), Some("outer".into())]);
    assert_eq!(lrs(&opt), [(0.25, 0.25), (0.25, 0.5)]);
    opt.set("lr", 1.0).unwrap();
    assert_eq!(lrs(&opt), [(1.0, 1.0), (1.0, 0.5)], "what came out the same goes on following");
    opt.for_each_rule(|name, rule| rule.lr = if name == Some("inner") { 4.0 } else { 3.0 }).unwrap();
    opt.set("lr", 1.0).unwrap();
    assert_eq!(lrs(&opt), [(1.0, 4.0), (1.0, 3.0)]);

    // A new group begins with the optimizer's own rule.
    opt.define_group("new", paths("heads.**")).unwrap();
    assert_eq!(&opt.group_rule("new").unwrap(), opt.rule());
}

#[test]
fn a_group_that_is_defined_on_the_way_goes_on_where_the_others_are() {
    // The product of momenta is a cache of the model that `step` assigns: the group goes on with what it is.
    let (mut model, gradient) = (vec![vec![1.0_f64; 3]; 2], vec![vec![0.5; 3]; 2]);
    let mut opt = NAdam::default().init(&model).unwrap();
    (0..3).for_each(|_| opt.step(&mut model, &gradient).unwrap());
    let (mut other, mut other_model) = (opt.clone(), model.clone());
    opt.define_group("second", paths("1")).unwrap();
    for _ in 0..3 {
        opt.step(&mut model, &gradient).unwrap();
        other.step(&mut other_model, &gradient).unwrap();
    }
    assert_eq!(model, other_model);
    // And an evaluation before its first step sees the last step of all.
    let mut opt = ScheduleFreeSgd::default().init(&model).unwrap();
    opt.step_with(&mut model, |_, g| g.clone_from(&gradient)).unwrap();
    let before = opt.evaluate_with(&mut model, |model| model.clone()).unwrap();
    opt.define_group("second", paths("1")).unwrap();
    opt.set("lr", 0.9).unwrap();
    assert_eq!(opt.evaluate_with(&mut model, |model| model.clone()).unwrap(), before);
}

#[test]
fn what_is_reduced_over_the_model_is_one_number_for_all_groups() {
    let (mut model, gradient) = (vec![vec![1.0_f64, -2.0], vec![3.0]], vec![vec![1.0, 2.0], vec![-0.5]]);
    // Nothing but the last multiplication is the group's: `d` is the same for all.
    let rule = Prodigy { d0: 0.1, ..Prodigy::default() };
    let (mut opt, mut plain) = (rule.clone().init(&model).unwrap(), rule.init(&model).unwrap());
    let mut plain_model = model.clone();
    opt.define_group("second", paths("1")).unwrap();
    opt.set_in("second", "weight_decay", 0.0).unwrap();
    for _ in 0..4 {
        opt.step(&mut model, &gradient).unwrap();
        plain.step(&mut plain_model, &gradient).unwrap();
        assert_eq!(opt.cache("d", ""), plain.cache("d", ""));
    }
    assert_eq!(model, plain_model);

    // Sam's norm is that of the gradient at the weights of all groups, each of which goes its own way along it.
    let mut model = (3.0_f64, 4.0_f64);
    let mut opt = Sam { rho: 5.0, ..Sam::default() }.init(&model).unwrap();
    opt.define_group("second", paths("1")).unwrap();
    opt.set_in("second", "rho", 10.0).unwrap();
    let mut points = Vec::new();
    opt.step_with(&mut model, |model, gradient| {
        points.push(*model);
        *gradient = (3.0, 4.0);
    })
    .unwrap();
    assert!((points[1].0 - 6.0).abs() < 1e-9 && (points[1].1 - 12.0).abs() < 1e-9, "{points:?}");
}

#[test]
fn a_trace_is_with_the_rule_of_the_group_and_without_what_does_not_move() {
    let (mut model, gradient) = (vec![vec![1.0_f64, -2.0], vec![3.0, 1.0], vec![1.0, 2.0]], vec![vec![0.5, 0.25]; 3]);
    for path in ["0", "1"] {
        let mut opt = NAdam::default().init_where(&model, |p| p.path != "2").unwrap();
        opt.define_group("second", paths("1")).unwrap();
        opt.group("second", |rule| (rule.lr, rule.beta1) = (0.5, 0.5)).unwrap();
        for step in 0..3 {
            let trace = opt.trace(&model, &gradient, path, &[1]).unwrap();
            opt.step(&mut model, &gradient).unwrap();
            let tensor: usize = path.parse().unwrap();
            assert_eq!(trace.get("w"), Some(model[tensor][1]), "{path}, step {step}\n{trace}");
        }
    }
    let mut opt = Lamb::default().init(&model).unwrap();
    opt.freeze(paths("0")).unwrap();
    let error = opt.trace(&model, &gradient, "0", &[0]).unwrap_err();
    assert_eq!(error.to_string(), "the parameter `0` is not known; known: `1`, `2`");
    let trace = opt.trace(&model, &gradient, "2", &[0]).unwrap();
    opt.step(&mut model, &gradient).unwrap();
    assert_eq!(trace.get("w"), Some(model[2][0]));
    opt.mask("2", ndarray::array![true, false].view().into_dyn()).unwrap();
    let error = opt.trace(&model, &gradient, "2", &[0]).unwrap_err();
    assert_eq!(error.to_string(), "`2` has a mask, which a trace knows nothing of");
}

#[test]
fn they_are_seen_in_debug_and_kept_by_clones() {
    let mut opt = Sgd::default().with_lr(0.5).init(&model()).unwrap();
    opt.group("inner", |rule| rule.lr = 0.25).unwrap();
    opt.freeze(paths("plain.weight")).unwrap();
    let text = format!("{opt:?}");
    assert!(text.contains(r#"groups: ["inner", "outer"]"#) && text.contains("frozen: 2"), "{text}");
    let mut clone = opt.clone();
    opt.unfreeze(|_| true).unwrap();
    opt.set_in("inner", "lr", 1.0).unwrap();
    let (mut model, gradient) = (model(), model());
    clone.step(&mut model, &gradient).unwrap();
    assert_eq!((model.plain.weight[[0, 0]], model.plain.bias[0], model.grouped.weight[[0, 0]]), (1.0, 0.75, 0.5));
}
