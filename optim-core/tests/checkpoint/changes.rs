//! Models that have changed since they were saved: what is asked for is done, for weights and caches, and nothing else.

use ndarray::{Array1, Array2, array, s};
use optim_core::checkpoint::{self, Checkpoint};
use optim_core::prelude::*;
use optim_core::record::Persist;

use crate::Temporary;

#[derive(Optimizable, Clone)]
struct Old<A: Real> {
    table: Array2<A>,
    body: Linear<A>,
    gone: A,
}

#[derive(Optimizable, Clone)]
struct New<A: Real> {
    embedding: Array2<A>,
    trunk: Linear<A>,
    head: Linear<A>,
}

fn old<A: Real>() -> Old<A> {
    let mut rng = Rng::new(1);
    let table = Array2::from_shape_simple_fn((2, 3), || A::from_f64(rng.normal()));
    Old { table, body: Linear::new(3, 2, Init::HeNormal, &mut rng), gone: A::one() }
}

fn new<A: Real>() -> New<A> {
    let mut rng = Rng::new(2);
    let embedding = Array2::from_shape_simple_fn((4, 3), || A::from_f64(rng.normal()));
    let mut linear = || Linear::new(3, 2, Init::HeNormal, &mut rng);
    New { embedding, trunk: linear(), head: linear() }
}

/// With a cache of each scope, and one that starts at the weights.
fn rule() -> crate::resume::Scopes {
    crate::resume::Scopes::default()
}

fn saved(name: &str) -> (Temporary, Old<f32>, Optimizer<crate::resume::Scopes, Old<f32>>) {
    let mut model = old::<f32>();
    let mut opt = rule().init(&model).unwrap();
    for _ in 0..4 {
        opt.step_with(&mut model, |model, gradient| gradient.clone_from(model)).unwrap();
    }
    let file = Temporary::new(name);
    checkpoint::save(&file, &model, &opt).unwrap();
    (file, model, opt)
}

#[test]
fn renamed_grown_new_and_discarded_parameters_with_their_caches() {
    let (file, model, opt) = saved("changes");
    let start = new::<f32>();
    let (mut found, mut resumed) = (start.clone(), rule().init(&start).unwrap());
    let fresh = resumed.clone();
    let file = Checkpoint::open(&file).unwrap();
    let file = file.rename("table", "embedding").rename("body", "trunk").discard("gone");
    let file = file.grow("embedding").allow_new("head.*");
    file.load(&mut found, &mut resumed).unwrap();

    assert_eq!(found.trunk, model.body);
    assert_eq!(found.head, start.head);
    assert_eq!(found.embedding.slice(s![..2, ..]), model.table);
    assert_eq!(found.embedding.slice(s![2.., ..]), start.embedding.slice(s![2.., ..]));
    assert_eq!((resumed.steps(), resumed.cache("best", "")), (4, opt.cache("best", "")));
    for cache in ["m", "slow", "fast", "r", "c", "size", "high"] {
        let of = |path: &str| resumed.cache(cache, path);
        for part in ["weight", "bias"] {
            assert_eq!(of(&format!("trunk.{part}")), opt.cache(cache, &format!("body.{part}")), "{cache} {part}");
            assert_eq!(of(&format!("head.{part}")), fresh.cache(cache, &format!("head.{part}")), "{cache} {part}");
        }
        let (grown, small, start) = (of("embedding"), opt.cache(cache, "table"), fresh.cache(cache, "embedding"));
        let (grown, small, start) = (grown.unwrap(), small.unwrap(), start.unwrap());
        assert_eq!(grown.shape(), start.shape());
        for (place, &number) in grown.indexed_iter() {
            assert_eq!(number, *small.get(place.clone()).unwrap_or(&start[place]), "{cache}");
        }
    }
    // What was done once is no mistake the next time.
    let again = Temporary::new("changes-again");
    checkpoint::save(&again, &found, &resumed).unwrap();
    let again = Checkpoint::open(&again).unwrap().rename("table", "embedding").rename("body", "trunk").discard("gone");
    again.grow("embedding").allow_new("head.*").load(&mut new::<f32>(), &mut fresh.clone()).unwrap();
    // And it goes on.
    resumed.step_with(&mut found, |model, gradient| gradient.clone_from(model)).unwrap();
}

#[test]
fn what_is_not_asked_for_is_refused_still() {
    let (file, ..) = saved("strict");
    let open = || Checkpoint::open(&file).unwrap();
    let error = |file: Checkpoint| {
        let start = new::<f32>();
        let mut opt = rule().init(&start).unwrap();
        file.load(&mut start.clone(), &mut opt).unwrap_err().to_string()
    };
    let all = || open().rename("table", "embedding").rename("body", "trunk").discard("gone").grow("embedding");
    assert!(error(all()).starts_with("the checkpoint: `head.weight` is missing"));
    assert!(error(all().allow_new("head.bias")).starts_with("the checkpoint: `head.weight` is missing"));
    assert!(
        error(all().allow_new("heads")).starts_with("`allow_new`: the path `heads` is not known; known: `embedding`")
    );
    assert!(error(all().rename("bodi", "x")).starts_with("`rename`: the path `bodi` is not known; known: `body.bias`"));
    assert!(error(all().rename("embedding", "trunk.bias")).contains("two tensors for `trunk.bias`"));
    let error = error(open().rename("table", "embedding").rename("body", "trunk").allow_new("head").discard("gone"));
    assert_eq!(error, "the checkpoint: `embedding` has the shape [2, 3], not [4, 3]");

    let mut smaller = Old { table: array![[0.0_f32]], ..old() };
    let mut opt = rule().init(&smaller).unwrap();
    let error = open().grow("table").load(&mut smaller, &mut opt).unwrap_err();
    assert_eq!(error.to_string(), "`grow`: `table` has the shape [2, 3], which does not fit into [1, 1]");
}

#[test]
fn the_other_number_type() {
    let (file, model, opt) = saved("convert");
    let open = |path: &Temporary| Checkpoint::open(path).unwrap().convert();
    let mut wide = old::<f64>();
    let mut wide_opt = rule().init(&wide).unwrap();
    open(&file).load(&mut wide, &mut wide_opt).unwrap();
    assert_eq!(wide.table, model.table.mapv(f64::from));
    assert_eq!(wide_opt.cache("r", "table").unwrap(), opt.cache("r", "table").unwrap().mapv(f64::from));
    let narrow = Temporary::new("narrow");
    checkpoint::save(&narrow, &wide, &wide_opt).unwrap();
    let mut again = old::<f32>();
    let mut again_opt = rule().init(&again).unwrap();
    open(&narrow).load(&mut again, &mut again_opt).unwrap();
    // Every `f32` is an `f64`; what was `f64` in both has not been rounded.
    assert_eq!((&again.table, again.gone), (&model.table, model.gone));
    assert_eq!(again_opt.save(), opt.save());
}

#[test]
fn a_parameter_that_is_not_frozen_any_more() {
    #[derive(Optimizable, Clone)]
    struct Frozen {
        #[optim(freeze)]
        body: Array1<f32>,
        head: f32,
    }
    #[derive(Optimizable, Clone)]
    struct Thawed {
        body: Array1<f32>,
        head: f32,
    }
    let mut frozen = Frozen { body: array![1.0, 2.0], head: 3.0 };
    let mut opt = Adam::default().init(&frozen).unwrap();
    opt.step(&mut frozen.clone(), &frozen).unwrap();
    frozen.head = 2.0;
    let file = Temporary::new("thawed");
    checkpoint::save(&file, &frozen, &opt).unwrap();
    let mut thawed = Thawed { body: array![0.0, 0.0], head: 0.0 };
    let mut resumed = Adam::default().init(&thawed).unwrap();
    let error = checkpoint::load(&file, &mut thawed, &mut resumed).unwrap_err();
    assert_eq!(error.to_string(), "`cache/m/body` is missing");
    Checkpoint::open(&file).unwrap().forget("body").load(&mut thawed, &mut resumed).unwrap();
    assert_eq!((&thawed.body, thawed.head), (&frozen.body, frozen.head));
    assert_eq!(resumed.cache("m", "head"), opt.cache("m", "head"));
    assert_eq!(resumed.cache("m", "body").unwrap(), array![0.0, 0.0].into_dyn());

    let back = Temporary::new("frozen");
    resumed.step(&mut thawed.clone(), &thawed).unwrap();
    checkpoint::save(&back, &thawed, &resumed).unwrap();
    Checkpoint::open(&back).unwrap().forget("body").load(&mut frozen, &mut opt).unwrap();
    assert_eq!((opt.steps(), opt.cache("m", "head")), (2, resumed.cache("m", "head")));
}

#[test]
fn a_mask_grows_with_its_parameter_also_under_another_name() {
    let mut small = vec![Array2::<f64>::ones((2, 3))];
    let gradient = small.clone();
    let mut opt = Sgd::default().with_lr(0.5).init(&small).unwrap();
    opt.mask("0", Array2::from_shape_fn((2, 3), |(_, col)| col == 0).view().into_dyn()).unwrap();
    opt.step(&mut small, &gradient).unwrap();
    let file = Temporary::new("mask");
    checkpoint::save(&file, &small, &opt).unwrap();

    let mut large = Some(Array2::<f64>::ones((3, 4)));
    let mut resumed = Sgd::default().with_lr(0.5).init(&large).unwrap();
    let asked = Checkpoint::open(&file).unwrap().rename("0", "").grow("");
    asked.load(&mut large, &mut resumed).unwrap();
    let moves = Array2::from_shape_fn((3, 4), |(row, col)| col == 0 || row == 2 || col == 3);
    assert_eq!(resumed.mask_of(""), Some(moves.into_dyn()));
}
