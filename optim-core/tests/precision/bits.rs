//! The result does not depend, in any bit, on layout, threads or instructions, for every rule in every precision.

use optim_core::Precision;
use optim_core::kernel::{Execution, Isa};
use optim_core::prelude::*;

use crate::run::{Layout, Subject, run, storages};

fn check_in<A: Real>(subject: &Subject<'_, A>) {
    use Layout::{ColumnMajor, Reversed, Standard};
    let one = Execution::default().threads(1).isa(Isa::Portable);
    let expected = run(subject, (Standard, Standard), one, 4);
    for &isa in Isa::available() {
        for threads in [1, 3] {
            let execution = Execution::default().threads(threads).isa(isa);
            let found = run(subject, (Standard, Standard), execution, 4);
            assert!(found == expected, "{} {isa:?}, {threads} threads", subject.what);
        }
    }
    for layouts in [(ColumnMajor, Standard), (Standard, ColumnMajor), (Reversed, Reversed)] {
        let found = run(subject, layouts, Execution::default().threads(2), 4);
        assert!(found == expected, "{} {layouts:?}", subject.what);
    }
}

fn check<R: Rule>(rule: &R) {
    for storage in storages(rule) {
        check_in::<f32>(&Subject::of(&storage));
        check_in::<f64>(&Subject::of(&storage));
    }
}

macro_rules! rules {
    ($($file:ident: $rule:ident,)*) => {
        #[test]
        fn every_rule_of_the_catalogue() {
            $(check(&$rule::default());)*
        }
    };
}

optim_core::for_each_rule!(rules);

#[test]
fn caches_that_exist_under_a_condition() {
    check(&Adam::default().with_amsgrad(true));
    check(&RmsProp { momentum: 0.5, centered: true, ..RmsProp::default() });
    check(&Lars { nesterov: true, weight_decay: 0.1, ..Lars::default() });
}

define_optimizer! {
    /// More caches than have their chances of one random number.
    struct SixMeans { lr: f64 = 0.01 in 0.0.. }
    cache { a, b, c, d, e, f }
    update(w, g) {
        a += 0.1 * (g - a);
        b += 0.2 * (g - b);
        c += 0.3 * (g - c);
        d += 0.4 * (g - d);
        e += 0.05 * (g - e);
        f += 0.02 * (g * g - f);
        w -= lr * (a + b + c + d + e) / (sqrt(f) + 0.1);
    }
}

#[test]
fn more_caches_than_share_a_random_number() {
    check(&SixMeans::default());
}

#[test]
fn seeds_and_precisions_make_a_difference() {
    let layouts = (Layout::Standard, Layout::Standard);
    let at = |storage| run::<f32>(&Subject::of(&storage), layouts, Execution::default(), 3);
    let exact = at(Adam::default().caches(Precision::Exact));
    for precision in [Precision::Bf16, Precision::Block8] {
        let storage = Adam::default().caches(precision);
        assert_ne!(at(storage.clone()), exact);
        assert_ne!(at(storage.clone()), at(storage.clone().seed(1)));
        assert_eq!(at(storage.clone()), at(storage));
    }
    assert_ne!(at(Adam::default().caches(Precision::Exact).weights(Precision::Bf16)), exact);
}
