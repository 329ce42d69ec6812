//! Every rule of the catalogue against [`Reference`](optim_core::reference::Reference), which computes the text of its
//! formula: every weight, every cache and the point of evaluation, at every step, bit for bit, in both number types.

mod case;
mod layout;
mod mutation;

use optim_core::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};

/// Cases a rule and number type.
const CASES: u32 = 48;

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

/// A test for each rule.
macro_rules! rules {
    ($($test:ident: $rule:ident,)*) => {
        $(
            #[test]
            fn $test() {
                check::<$rule>();
            }
        )*

        #[test]
        fn every_rule_of_the_catalogue_is_checked() {
            let catalogue: Vec<&str> = optim_core::rules::catalogue().iter().map(|entry| entry.name).collect();
            assert_eq!([$($rule::NAME),*].to_vec(), catalogue);
        }
    };
}

rules! {
    sgd: Sgd,
    momentum: Momentum,
    nag: Nag,
    adagrad: Adagrad,
    rmsprop: RmsProp,
    adam: Adam,
    adamw: AdamW,
    adamax: Adamax,
    nadam: NAdam,
    radam: RAdam,
    adadelta: Adadelta,
    rprop: Rprop,
    asgd: Asgd,
    lion: Lion,
    signum: Signum,
    adabelief: AdaBelief,
    yogi: Yogi,
    adopt: Adopt,
    laprop: LaProp,
    adan: Adan,
    ademamix: AdEmaMix,
    madgrad: Madgrad,
    lars: Lars,
    lamb: Lamb,
    novograd: NovoGrad,
    fromage: Fromage,
    adafactor: Adafactor,
    muon: Muon,
    prodigy: Prodigy,
    dog: Dog,
    sam: Sam,
    schedulefreesgd: ScheduleFreeSgd,
    schedulefreeadamw: ScheduleFreeAdamW,
}
