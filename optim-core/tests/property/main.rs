//! Every rule of the catalogue against [`Reference`](optim_core::reference::Reference), which computes the text of its
//! formula: every weight, every cache and the point of evaluation, at every step, bit for bit, in both number types.

mod case;
mod declared;
mod layout;
mod mutation;

use optim_core::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};

/// Cases a rule and number type.
const CASES: u32 = 96;

/// The same cases in every run.
fn runner(cases: u32) -> TestRunner {
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
}

fn check<R: Rule>() {
    let run = runner(CASES).run(&case::case(), |case| {
        case.run::<R, f32>(None).and_then(|()| case.run::<R, f64>(None)).map_err(TestCaseError::fail)
    });
    if let Err(error) = run {
        panic!("{error}\n{}", R::formula().text());
    }
}

#[test]
fn all_scopes_in_one_rule() {
    check::<declared::Scopes>();
}

#[test]
fn names_of_blocks_in_reductions() {
    check::<declared::Inner>();
}

#[test]
fn values_that_are_kept() {
    check::<declared::Kept>();
}

/// A test for each rule.
macro_rules! rules {
    ($($test:ident: $rule:ident,)*) => {
        $(
            #[test]
            fn $test() {
                check::<$rule>();
            }
        )*

        /// What survives is printed: it is the same, and belongs into the list of `mutation`, or the cases miss something.
        #[test]
        fn every_change_of_a_text_is_caught() {
            let cases = mutation::cases(96);
            let survivors = [$(mutation::survivors::<$rule>(&cases)),*].concat();
            assert!(survivors.is_empty(), "{survivors:#?}");
        }
    };
}

define_optimizer! {
    /// Every function and every form of statement and value.
    pub struct Everything {
        lr: f64 = 0.01 in 0.0..,
        beta: f64 = 0.9 in 0.0..1.0,
        count: u64 = 3,
        extra: bool = true,
        r#type: bool = false,
    }
    require lr < 2 || !extra, "`lr` is large"
    cache {
        m,
        slow = w,
        high = lr * 2 if extra,
        low = if w > 0.5 { let x = w * lr; x * x } else { beta } if !extra,
        other if beta > 0.5 && !r#type,
        all[model] = 1 + lr,
    }
    step(s) {
        let c = 1 - pow(beta, s);
        let late = s > 2 && extra || count == 0;
        if late { all *= c; } else if extra && !r#type { all += lr; }
        let w = if late { let x = sqrt(all); x + 1 } else { exp(-all) };
    }
    look_ahead(x) {
        let far = abs(m) * 2;
        if x > 0 { let near = far * 0.5; x + tanh(near) } else { x - exp(-far) }
    }
    update(x, h) {
        let h = h + 0.01 * x - epsilon() + 1 / 3 * lr;
        m = beta * m + (1 - beta) * h;
        let positive = h > lr * w;
        if extra {
            high = max(high, m * m);
        } else if beta > 0.5 {
            low = min(low, h);
        } else {
            low += count * h;
        }
        if beta > 0.5 && !r#type { other = clamp(other + sign(h), -count, count); }
        let d = if extra { sqrt(high) } else { cbrt(low) };
        let way = if positive { let k = lr * 2; k } else { let k = d * 0.5; if k > all && late { k } else { all / 3 } };
        if positive && !(x < way) {
            x -= lr * m / (c * (abs(d) + 1e-8));
        } else if late {
            let y = ln(1 + abs(m));
            x += y * lr;
        } else {
            x *= 0.99 - way * 1e-3;
        }
        slow += 0.5 * (x - slow);
        x /= 1 + lr;
    }
    evaluate(y) { let half = slow * 0.5; half + y * 0.5 * (if r#type { all } else { 1 }) }
}

define_optimizer! {
    /// Two caches of the model, one of which is only there sometimes, and a point that is not per weight.
    struct Flat {
        lr: f64 = 0.1 in 0.0..,
        keeps: bool = true,
    }
    cache { kept[model] = 0.5 if keeps, total[model] }
    step(t) {
        total += t;
        if keeps { kept += lr * total; }
    }
    update(w, g) {
        if keeps { w -= kept * g; } else { w -= lr * g; }
    }
    evaluate(w) { let x = w * 0; if total > 3 { total * lr } else { x } }
}

#[test]
fn a_rule_with_everything_in_it() {
    check::<Everything>();
    check::<Flat>();
}

optim_core::for_each_rule!(rules);
