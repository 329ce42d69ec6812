//! What is refused, and that nothing has changed then.

use ndarray::{Array1, Array2, array};
use optim_core::ErrorKind;
use optim_core::prelude::*;

#[derive(Optimizable, Clone, Debug, PartialEq)]
struct Model {
    matrix: Array2<f64>,
    #[optim(group = "vectors")]
    vector: Array1<f64>,
    #[optim(freeze)]
    frozen: Array1<f64>,
    #[optim(buffer)]
    seen: Array1<f64>,
}

fn model() -> Model {
    Model { matrix: Array2::ones((2, 3)), vector: Array1::ones(2), frozen: Array1::ones(1), seen: Array1::ones(1) }
}

fn text<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
    result.unwrap_err().to_string()
}

#[test]
fn selections_that_select_nothing() {
    let model = model();
    let mut opt = Adam::default().init(&model).unwrap();
    let updated = "no parameter is selected; there are `matrix`, `vector`";
    assert_eq!(text(opt.define_group("a", paths("vectors"))), format!("the group `a`: {updated}"));
    assert_eq!(text(opt.define_group("a", paths("frozen"))), format!("the group `a`: {updated}"));
    assert_eq!(text(opt.freeze(paths("seen"))), format!("`freeze`: {updated}, `frozen`"));
    assert_eq!(text(opt.unfreeze(|p| p.shape == [7])), format!("`unfreeze`: {updated}, `frozen`"));
    assert_eq!(text(Adam::default().init_where(&model, paths("frozen"))), format!("`init_where`: {updated}"));
    assert_eq!(opt.groups().collect::<Vec<_>>(), ["vectors"]);
    let many = vec![1.0_f32; 20].into_iter().map(|w| vec![w]).collect::<Vec<_>>();
    let text = text(Adam::default().init_where(&many, |_| false));
    assert!(text.ends_with("`10`, `11`, and 8 more"), "{text}");
}

#[test]
fn groups_and_hyper_parameters_that_there_are_not() {
    let mut opt = Adam::default().init(&model()).unwrap();
    let unknown = "the group `vector` is not known; known: `vectors`";
    assert_eq!(text(opt.group("vector", |_| unreachable!())), unknown);
    assert_eq!(text(opt.set_in("vector", "lr", 0.1)), unknown);
    assert_eq!(text(opt.get_in("vector", "lr")), unknown);
    assert_eq!(text(opt.group_rule("vector")), unknown);
    opt.define_group("all", |_| true).unwrap();
    assert_eq!(text(opt.group_rule("vectors")), "the group `vectors` is not known; known: `all`");
    for error in [
        opt.set("learning_rate", 0.1).unwrap_err(),
        opt.set_in("all", "learning_rate", 0.1).unwrap_err(),
        opt.get("learning_rate").unwrap_err(),
        opt.get_in("all", "learning_rate").unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::UnknownName);
        assert!(error.to_string().contains("known: `lr`, "), "{error}");
    }
    let plain = Adam::default().init(&vec![1.0_f32]).unwrap();
    assert_eq!(text(plain.group_rule("a")), "the group `a` is not known; known: none");
}

#[test]
fn values_out_of_range_and_caches_that_would_appear() {
    let mut model = model();
    let gradient = model.clone();
    let mut opt = Adam::default().init(&model).unwrap();
    let out = "`Adam`: `beta1` is 1, which is not in 0..1";
    let appears = "`Adam`: the cache `v_max` would appear; `init` the optimizer anew";
    assert_eq!(text(opt.group("vectors", |rule| rule.beta1 = 1.0)), out);
    assert_eq!(text(opt.set_in("vectors", "beta1", 1.0)), out);
    assert_eq!(text(opt.set("beta1", 1.0)), out);
    assert_eq!(text(opt.for_each_rule(|name, rule| rule.beta1 = if name.is_some() { 1.0 } else { 0.5 })), out);
    assert_eq!(text(opt.group("vectors", |rule| rule.amsgrad = true)), appears);
    assert_eq!(text(opt.set_in("vectors", "amsgrad", 1.0)), appears);
    assert_eq!(text(opt.set("amsgrad", 1.0)), appears);
    assert_eq!(text(opt.for_each_rule(|_, rule| rule.amsgrad = true)), appears);
    assert_eq!((opt.rule(), opt.group_rule("vectors").unwrap()), (&Adam::default(), Adam::default()));

    // What a group follows in is checked at the next step, for all groups before anything moves.
    define_optimizer! {
        /// Two hyper-parameters that have to fit each other.
        struct Ordered {
            lr: f64 = 0.5 in 0.0..,
            least: f64 = 0.25 in 0.0..,
        }
        require least <= lr, "`least` is above `lr`"
        update(w, g) { w -= max(lr, least) * g; }
    }
    let mut opt = Ordered::default().init(&model).unwrap();
    opt.set_in("vectors", "least", 0.5).unwrap();
    let refused = "`Ordered`: `least` is above `lr`";
    assert_eq!(text(opt.set("lr", 0.375)), refused, "fits the optimizer's own rule, but not the group's");
    assert_eq!(opt.get("lr").unwrap(), 0.5);
    let before = model.clone();
    opt.rule_mut().lr = 0.375;
    assert_eq!(text(opt.step(&mut model, &gradient)), refused);
    assert_eq!((&model, opt.steps()), (&before, 0));
    opt.rule_mut().lr = 0.5;
    opt.step(&mut model, &gradient).unwrap();
}

/// Caches that exist by shape, and requirements of shapes, with the hyper-parameters of the group.
#[test]
fn caches_by_shape_and_requirements_of_shapes() {
    define_optimizer! {
        /// A cache for tensors with enough axes.
        struct ByShape {
            lr: f64 = 0.5,
            axes: u64 = 2,
            least: u64 = 1,
        }
        require ndim() >= least, "has too few axes"
        cache { m if ndim() >= axes }
        update(w, g) {
            if ndim() >= axes { m += g; w -= lr * m; } else { w -= lr * g; }
        }
    }
    let model = model();
    let mut opt = ByShape::default().init(&model).unwrap();
    // No matrix is in the group: its `axes` may be anything above 1.
    opt.set_in("vectors", "axes", 3.0).unwrap();
    let vanishes = "`ByShape`: the cache `m` would vanish; `init` the optimizer anew";
    assert_eq!(text(opt.define_group("vectors", |_| true)), vanishes);
    assert_eq!(opt.group_of("matrix"), None);
    let appears = "`ByShape`: the cache `m` would appear; `init` the optimizer anew";
    assert_eq!(text(opt.set_in("vectors", "axes", 1.0)), appears);
    let few = "`ByShape`: `vector` (shape [2]): has too few axes";
    assert_eq!(text(opt.set("least", 2.0)), few);
    assert_eq!(text(opt.set_in("vectors", "least", 2.0)), few);
    opt.set_in("vectors", "least", 1.0).unwrap();
    opt.set("least", 2.0).unwrap();
    // Requirements are those of the parameters that are selected.
    assert!(ByShape { least: 2, ..ByShape::default() }.init(&model).is_err());
    assert!(ByShape { least: 2, ..ByShape::default() }.init_where(&model, paths("matrix")).is_ok());
}

#[test]
fn what_is_frozen_by_attribute_stays_so() {
    let mut opt = Adam::default().init(&model()).unwrap();
    let for_good = "`frozen` is frozen by `#[optim(freeze)]` and has no caches: use `freeze` of the optimizer instead";
    assert_eq!(text(opt.unfreeze(paths("frozen"))), for_good);
    assert_eq!(text(opt.mask("frozen", array![true].view().into_dyn())), for_good);
    assert_eq!(opt.freeze(|_| true).unwrap(), 3);
    assert!(["matrix", "vector", "frozen"].iter().all(|path| opt.is_frozen(path)));
    assert_eq!(opt.unfreeze(|_| true).unwrap(), 2);
    assert_eq!(
        ["matrix", "vector", "frozen", "seen", "none"].map(|path| opt.is_frozen(path)),
        [false, false, true, false, false]
    );
}

#[test]
fn masks_that_do_not_fit() {
    let mut opt = Adam::default().init(&model()).unwrap();
    let error = opt.mask("matrix", array![true, false].view().into_dyn()).unwrap_err();
    assert_eq!(error.to_string(), "the mask: `matrix` has the shape [2], not [2, 3]");
    assert_eq!((error.kind(), error.path()), (ErrorKind::Shape, Some("matrix")));
    let unknown = "the parameter `vectors` is not known; known: `matrix`, `vector`";
    assert_eq!(text(opt.mask("vectors", array![true, false].view().into_dyn())), unknown);
    assert_eq!(text(opt.unmask("vectors")), unknown);
    assert_eq!(text(opt.unmask("seen")), "the parameter `seen` is not known; known: `matrix`, `vector`");
    opt.unmask("matrix").unwrap();
    assert_eq!((opt.mask_of("matrix"), opt.mask_of("vector"), opt.mask_of("none")), (None, None, None));
}

#[test]
fn a_step_that_fails_leaves_groups_and_what_is_frozen_as_they_were() {
    let (mut model, gradient) = (model(), model());
    let mut opt = NAdam::default().init(&model).unwrap();
    opt.set_in("vectors", "lr", 0.5).unwrap();
    opt.freeze(paths("matrix")).unwrap();
    opt.step(&mut model, &gradient).unwrap();
    let before = model.clone();
    let (mut other, mut other_model) = (opt.clone(), model.clone());
    let result: Result<(), Error> = opt.try_step_with(&mut model, |model, _| {
        (model.matrix, model.vector) = (Array2::zeros((2, 3)), Array1::zeros(2));
        Err(Error::other("no data"))
    });
    assert_eq!(text(result), "no data");
    assert_eq!(model, before, "what is frozen is taken back too");
    for (opt, model) in [(&mut opt, &mut model), (&mut other, &mut other_model)] {
        opt.step(model, &gradient).unwrap();
    }
    assert_eq!(model, other_model);
}
