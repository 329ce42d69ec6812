//! Update rules, one a file, each declared and nothing else.
//!
#![doc = include_str!("../../docs/rules.md")]
//!
//! The same and more at run time: [`catalogue`].

mod catalogue;

pub use catalogue::Entry;

/// A rule a line: the file it is declared in, and its name.
macro_rules! rules {
    // The first token is a dollar, which a macro cannot write into another one otherwise.
    ($d:tt $($file:ident::$rule:ident,)*) => {
        $(mod $file;)*

        /// The rules and nothing else, for the prelude.
        pub(crate) mod all {
            $(pub use super::$file::$rule;)*
        }

        pub use all::*;

        /// Every rule of this module, described: name, formula, hyper-parameters, caches, reference.
        ///
        /// All of it comes from the declarations.
        ///
        /// ```
        /// let rules = optim_core::rules::catalogue();
        /// let adam = rules.iter().find(|entry| entry.name == "Adam").unwrap();
        /// assert_eq!(adam.summary, "Adam: a per-weight step from the running mean and variance of the gradient.");
        /// assert_eq!(adam.memory(), "8, and 4 if `amsgrad`");
        /// assert!(adam.hyper.iter().any(|hyper| hyper.name == "beta2" && hyper.default == 0.999));
        /// assert!(adam.reference.starts_with("Kingma & Ba, 2015, <https://arxiv.org/abs/1412.6980>"));
        /// ```
        pub fn catalogue() -> Vec<Entry> {
            vec![$(Entry::of::<$rule>()),*]
        }

        /// Calls a macro with every rule of [`catalogue`](crate::rules::catalogue), its file in front: `sgd: Sgd, momentum:
        /// Momentum, …`. For code that is the same for all of them, tests above all.
        ///
        /// ```
        /// use optim_core::prelude::*;
        ///
        /// macro_rules! longest {
        ///     ($($file:ident: $rule:ident,)*) => { [$($rule::NAME.len()),*].into_iter().max() };
        /// }
        /// assert_eq!(optim_core::for_each_rule!(longest), Some("ScheduleFreeAdamW".len()));
        /// ```
        #[macro_export]
        macro_rules! for_each_rule {
            ($d callback:ident) => { $d callback! { $($file: $rule,)* } };
        }
    };
}

rules! { $
    sgd::Sgd,
    momentum::Momentum,
    nag::Nag,
    adagrad::Adagrad,
    rmsprop::RmsProp,
    adam::Adam,
    adamw::AdamW,
    adamax::Adamax,
    nadam::NAdam,
    radam::RAdam,
    adadelta::Adadelta,
    rprop::Rprop,
    asgd::Asgd,
    lion::Lion,
    signum::Signum,
    adabelief::AdaBelief,
    yogi::Yogi,
    adopt::Adopt,
    laprop::LaProp,
    adan::Adan,
    ademamix::AdEmaMix,
    madgrad::Madgrad,
    lars::Lars,
    lamb::Lamb,
    novograd::NovoGrad,
    fromage::Fromage,
    adafactor::Adafactor,
    muon::Muon,
    prodigy::Prodigy,
    dog::Dog,
    sam::Sam,
    schedulefreesgd::ScheduleFreeSgd,
    schedulefreeadamw::ScheduleFreeAdamW,
}
