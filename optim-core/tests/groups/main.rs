//! Parts of a model: groups with hyper-parameters of their own, parameters that are frozen or none of an optimizer's
//! business, elements that are masked. For every rule of the catalogue, bit for bit against optimizers of the parts alone.

mod api;
mod errors;
mod frozen;
#[path = "../property/layout.rs"]
mod layout;
mod masked;
mod parts;
mod run;

use optim_core::prelude::*;

/// A test for each rule.
macro_rules! rules {
    ($($test:ident: $rule:ident,)*) => {
        $(
            #[test]
            fn $test() {
                run::check::<$rule, f32>();
                run::check::<$rule, f64>();
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
