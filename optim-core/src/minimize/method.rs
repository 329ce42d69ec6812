//! [`Method`]: how a direction is made of what was learned, with settings that have names and ranges.

use std::fmt;

use super::Minimizer;
use super::flat::norm_of_products;
use crate::error::Error;
use crate::optimizable::Optimizable;
use crate::real::Real;
use crate::record::Record;
use crate::rule::Hyper;

/// A method that finds its step size by itself: [`Lbfgs`](super::Lbfgs) or
/// [`ConjugateGradient`](super::ConjugateGradient), with its settings.
///
/// ```
/// use optim_core::prelude::*;
///
/// let mut method = Lbfgs::default().with_history(20);
/// method.set("gradient_tolerance", 1e-8)?;
/// assert_eq!((method.get("history")?, method.gradient_tolerance), (20.0, 1e-8));
/// assert!(Lbfgs::settings().iter().any(|setting| setting.name == "c2" && setting.default == 0.9));
/// let error = method.set("c2", 1.0).unwrap_err();
/// assert_eq!(error.to_string(), "`Lbfgs`: `c2` is 1, which is not in 0<..<1");
/// # Ok::<(), optim_core::Error>(())
/// ```
pub trait Method: Clone + fmt::Debug + Default + PartialEq + Send + Sync + 'static + Sealed {
    /// Its name.
    const NAME: &'static str;

    /// What is known of its settings: name, default, range and documentation of each that is a number.
    fn settings() -> &'static [Hyper];

    /// A setting, by its name.
    ///
    /// # Errors
    /// When there is none of this name; the error lists the names.
    fn get(&self, name: &str) -> Result<f64, Error> {
        Ok(self.value(index::<Self>(name)?))
    }

    /// Sets a setting, by its name.
    ///
    /// # Errors
    /// When there is none of this name, or the value is not in its range; nothing has changed then.
    fn set(&mut self, name: &str, value: f64) -> Result<(), Error> {
        let index = index::<Self>(name)?;
        Self::settings()[index].check(Self::NAME, value)?;
        self.set_value(index, value);
        Ok(())
    }

    /// The method and its state for one model.
    ///
    /// # Errors
    /// When a setting is not in its range; the error names it, the number and the range.
    fn init<M: Optimizable>(self, model: &M) -> Result<Minimizer<Self, M>, Error> {
        Minimizer::new(self, model)
    }

    /// Whether every setting is in its range.
    ///
    /// # Errors
    /// When one is not; the error names it, the number and the range.
    fn check(&self) -> Result<(), Error> {
        for (index, setting) in Self::settings().iter().enumerate() {
            setting.check(Self::NAME, self.value(index))?;
        }
        let (c1, c2) = (self.get("c1")?, self.get("c2")?);
        if c1 >= c2 {
            let text = format!("`c1` is {c1}, which is not below `c2` = {c2}");
            return Err(Error::require(Self::NAME, text));
        }
        Ok(())
    }
}

fn index<D: Method>(name: &str) -> Result<usize, Error> {
    let known = D::settings().iter().map(|setting| setting.name);
    let found = D::settings().iter().position(|setting| setting.name == name);
    found.ok_or_else(|| Error::unknown_name(format!("`{}`: setting", D::NAME), name, known))
}

/// What a step has done, for the method to learn from.
pub struct Moved<'s, A> {
    pub(super) weights_before: &'s [A],
    pub(super) weights: &'s [A],
    pub(super) gradient_before: &'s [A],
    pub(super) gradient: &'s [A],
}

/// The last step along a direction, as far as the next one wants to know.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LastStep {
    /// By how much the loss fell.
    pub(super) fell: f64,
}

/// When to stop, and how exactly to search.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub(super) c1: f64,
    pub(super) c2: f64,
    pub(super) max_trials: u64,
    pub(super) rounding: f64,
    pub(super) gradient_tolerance: f64,
    pub(super) decrease_tolerance: f64,
    pub(super) max_evaluations: u64,
}

impl Limits {
    /// By how much losses near this one may be off: by the rounding of the loss itself, and by that of the weights, which
    /// moves it by `ε |gᵢ wᵢ|` each, now up, now down.
    pub(super) fn noise<A: Real>(&self, loss: f64, gradient: &[A], weights: &[A]) -> f64 {
        A::epsilon().as_f64() * (self.rounding * loss.abs() + norm_of_products(gradient, weights))
    }
}

/// What of a method is none of a user's business.
pub trait Sealed: Sized {
    /// What it has learned.
    type State<A: Real>: Clone + Send + Sync;

    fn value(&self, index: usize) -> f64;
    fn set_value(&mut self, index: usize, value: f64);
    fn limits(&self) -> Limits;

    /// Memory for a model of so many weights.
    fn state<A: Real>(&self, weights: usize) -> Self::State<A>;

    /// Whether this state is one for these settings.
    fn check_state<A: Real>(&self, state: &Self::State<A>) -> Result<(), Error>;

    /// Forgets all.
    fn forget<A: Real>(state: &mut Self::State<A>);

    /// Learns from a step along `direction`, and makes the next one of it.
    fn learn<A: Real>(&self, state: &mut Self::State<A>, moved: Moved<'_, A>, direction: &mut [A]);

    /// The step size to try first along a direction that was learned, with that slope.
    fn first_trial(&self, last: LastStep, slope: f64) -> f64;

    /// The step size to try first along the negative gradient, which is so long.
    fn first_trial_along_gradient(&self, length: f64) -> f64;

    /// The state, by name; `vector` makes a part of a vector over the weights.
    fn save<A: Real>(&self, state: &Self::State<A>, record: &mut Record, vector: &dyn Fn(&[A]) -> Record);

    /// Settings that are no numbers, and the state; `vector` reads a vector over the weights, by its name.
    fn load<A: Real>(
        &mut self,
        state: &mut Self::State<A>,
        record: &Record,
        vector: &dyn Fn(&str, &mut [A]) -> Result<(), Error>,
    ) -> Result<(), Error>;
}

/// A setting's type.
pub(super) trait Setting {
    const KIND: crate::rule::HyperKind;
    fn number(self) -> f64;
    fn of(number: f64) -> Self;
}

impl Setting for f64 {
    const KIND: crate::rule::HyperKind = crate::rule::HyperKind::Number;
    fn number(self) -> f64 {
        self
    }
    fn of(number: f64) -> Self {
        number
    }
}

impl Setting for u64 {
    const KIND: crate::rule::HyperKind = crate::rule::HyperKind::Count;
    fn number(self) -> f64 {
        self as f64
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be a count")]
    fn of(number: f64) -> Self {
        number as u64
    }
}

/// The range of a setting: from `low`, which may be excluded itself, to below `high`.
pub(super) const fn range(
    low: f64,
    low_excluded: bool,
    high: Option<f64>,
    written: &'static str,
) -> crate::rule::Range {
    crate::rule::Range { low: Some(low), low_excluded, high, high_included: false, written }
}

/// A struct of settings with defaults, setters and descriptions: `name, setter: type = default, range;`. `also` are settings
/// that are no numbers.
macro_rules! settings {
    (
        $(#[$doc:meta])*
        pub struct $name:ident {
            $($(#[doc = $text:literal])+ $field:ident, $setter:ident: $type:ident = $default:literal, $range:expr;)+
        }
        also {
            $($(#[doc = $also_text:literal])+ $also:ident, $also_setter:ident: $also_type:ty = $also_default:expr;)*
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq)]
        pub struct $name {
            $($(#[doc = $text])+ pub $field: $type,)+
            $($(#[doc = $also_text])+ pub $also: $also_type,)*
        }

        impl Default for $name {
            fn default() -> Self {
                $name { $($field: $default,)+ $($also: $also_default,)* }
            }
        }

        impl $name {
            $(
                #[doc = concat!("Sets `", stringify!($field), "`:", $($text),+)]
                #[must_use]
                pub fn $setter(self, $field: $type) -> Self {
                    $name { $field, ..self }
                }
            )+

            $(
                #[doc = concat!("Sets `", stringify!($also), "`:", $($also_text),+)]
                #[must_use]
                pub fn $also_setter(self, $also: $also_type) -> Self {
                    $name { $also, ..self }
                }
            )*

            const SETTINGS: &[$crate::rule::Hyper] = &[$($crate::rule::Hyper {
                name: stringify!($field),
                kind: <$type as $crate::minimize::method::Setting>::KIND,
                default: $default as f64,
                range: $range,
                doc: concat!($($text),+).trim_ascii(),
            }),+];

            fn number(&self, index: usize) -> f64 {
                [$($crate::minimize::method::Setting::number(self.$field)),+][index]
            }

            fn set_number(&mut self, index: usize, number: f64) {
                let mut next = 0..;
                $(if next.next() == Some(index) {
                    self.$field = $crate::minimize::method::Setting::of(number);
                })+
            }

            fn limits_of(&self) -> $crate::minimize::method::Limits {
                $crate::minimize::method::Limits {
                    c1: self.c1,
                    c2: self.c2,
                    max_trials: self.max_trials,
                    rounding: self.rounding,
                    gradient_tolerance: self.gradient_tolerance,
                    decrease_tolerance: self.decrease_tolerance,
                    max_evaluations: self.max_evaluations,
                }
            }
        }
    };
}

pub(super) use settings;
