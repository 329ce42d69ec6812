//! What every rule reads and writes, to be looked at: `-- passes`.

use optim_core::for_each_rule;
use optim_core::prelude::*;
use optim_core::private::{CacheScope, Shape};

use crate::streams::{Place, passes};

pub(crate) fn print() {
    macro_rules! each {
        ($($file:ident: $rule:ident,)*) => { $(of::<$rule>();)* };
    }
    for_each_rule!(each);
}

fn of<R: Rule>() {
    println!("{}", R::NAME);
    let rule = R::default();
    let mut before = Vec::new();
    for (name, shape) in [("matrix", &[64, 64][..]), ("vector", &[64])] {
        if rule.require_shape::<f64>(&Shape::of(shape)).is_err() {
            continue;
        }
        let passes = passes::<R, f32>(&rule, shape);
        if passes == before {
            continue;
        }
        println!("  {name}");
        for pass in &passes {
            println!("    reads {:32} writes {}", names::<R>(&pass.reads), names::<R>(&pass.writes));
        }
        before = passes;
    }
}

fn names<R: Rule>(places: &[Place]) -> String {
    let declared: Vec<_> = R::declared_caches().iter().filter(|cache| cache.scope == CacheScope::Weight).collect();
    let name = |place: &Place| match *place {
        Place::Weights => "w".into(),
        Place::Gradient => "g".into(),
        Place::Saved => "saved".into(),
        Place::Cache(k) => declared.get(k).map_or(format!("scratch {k}"), |cache| cache.name.into()),
    };
    places.iter().map(name).collect::<Vec<String>>().join(" ")
}
