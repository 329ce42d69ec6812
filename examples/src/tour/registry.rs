//! The rules that the tour knows: from a name on the command line to runs that are compiled for the rule's type.

use optim_core::rule::{Formula, HyperKind, Range};
use optim_core::rules::{Adagrad, Adam, AdamW, Momentum, Nag, RmsProp, Sgd};
use optim_core::{Error, Rule};

use crate::scene::{Path, Scene};
use crate::training::{Epoch, Run, Task};

/// A hyper-parameter as it is set.
pub(crate) struct Setting {
    pub(crate) name: &'static str,
    pub(crate) kind: HyperKind,
    pub(crate) value: f64,
    pub(crate) range: Range,
    pub(crate) doc: &'static str,
}

impl Setting {
    /// Whether it does something: what is zero or false is switched off.
    pub(crate) fn is_on(&self) -> bool {
        self.value != 0.0
    }

    /// Its value as it is written: `0.003`, `1e-8`, `true`.
    pub(crate) fn shown(&self) -> String {
        match self.kind {
            HyperKind::Flag => (self.value != 0.0).to_string(),
            _ => shown(self.value),
        }
    }
}

/// A number as a person writes it.
pub(crate) fn shown(x: f64) -> String {
    if x != 0.0 && (x.abs() < 1e-3 || x.abs() >= 1e6) { format!("{x:e}") } else { x.to_string() }
}

/// A rule with its settings, whatever its type is.
pub(crate) trait TourRule {
    /// What it is called.
    fn name(&self) -> &'static str;
    /// Its hyper-parameters.
    fn settings(&self) -> Vec<Setting>;
    /// Its formula.
    fn formula(&self) -> Formula;
    /// Sets a hyper-parameter by name.
    fn set(&mut self, name: &str, value: f64) -> Result<(), Error>;
    /// Checks what must hold between hyper-parameters.
    fn check(&self) -> Result<(), Error>;
    /// Trains the network.
    fn train(&self, task: &Task, observe: &mut dyn FnMut(Epoch)) -> Result<Run, Error>;
    /// Walks over a landscape.
    fn walk(&self, scene: &Scene) -> Result<Path, Error>;
}

/// A rule, and the learning rate that the tour sets.
struct Configured<R> {
    rule: R,
    tour_lr: f64,
}

impl<R: Rule> TourRule for Configured<R> {
    fn name(&self) -> &'static str {
        R::NAME
    }

    fn settings(&self) -> Vec<Setting> {
        let setting = |hyper: &optim_core::rule::Hyper| Setting {
            name: hyper.name,
            kind: hyper.kind,
            // Every name in the list is known.
            value: self.rule.get(hyper.name).unwrap_or(hyper.default),
            range: hyper.range,
            doc: hyper.doc,
        };
        R::hyper().iter().map(setting).collect()
    }

    fn formula(&self) -> Formula {
        R::formula()
    }

    fn set(&mut self, name: &str, value: f64) -> Result<(), Error> {
        self.rule.set(name, value)
    }

    fn check(&self) -> Result<(), Error> {
        self.rule.check()
    }

    fn train(&self, task: &Task, observe: &mut dyn FnMut(Epoch)) -> Result<Run, Error> {
        task.train(&self.rule, observe)
    }

    fn walk(&self, scene: &Scene) -> Result<Path, Error> {
        scene.walk(&self.rule, self.rule.get("lr")? / self.tour_lr)
    }
}

/// Every rule with the tour's learning rate, in the order of the story that the report tells.
pub(crate) fn rules() -> Vec<Box<dyn TourRule>> {
    vec![
        configured(Sgd::default(), 0.1),
        configured(Momentum::default(), 0.02),
        configured(Nag::default(), 0.02),
        configured(Adagrad::default(), 0.03),
        configured(RmsProp::default().with_decay(0.9), 2e-3),
        configured(Adam::default(), 3e-3),
        configured(AdamW::default(), 3e-3),
    ]
}

fn configured<R: Rule>(mut rule: R, tour_lr: f64) -> Box<dyn TourRule> {
    let set = rule.set("lr", tour_lr);
    debug_assert!(set.is_ok(), "every rule of the tour has a learning rate: {set:?}");
    Box::new(Configured { rule, tour_lr })
}

/// The name of a rule on the command line and in the report's style sheet.
pub(crate) fn key(name: &str) -> String {
    name.to_lowercase()
}
