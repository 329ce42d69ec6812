//! Parts of a model: groups with hyper-parameters of their own, parameters that are frozen or none of an optimizer's
//! business, elements that are masked. For every rule of the catalogue, bit for bit against optimizers of the parts alone.

mod api;
#[path = "../erased/mod.rs"]
mod erased;
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
                run::check(&run::Subject::<f32>::of::<$rule>());
                run::check(&run::Subject::<f64>::of::<$rule>());
            }
        )*
    };
}

optim_core::for_each_rule!(rules);
