//! [`ast`](super::ast) to [`ir`](super::ir): resolves names, checks types, finds out rates, and reports every mistake.

mod call;
mod constant;
mod expression;
mod facts;
mod scope;
mod section;

use proc_macro2::{Ident, Span};

use self::facts::Facts;
use self::scope::{Names, Symbol};
use super::ast::{self, HyperType, Scope};
use super::ir::{Cache, Hyper, Let, Range, Rate, Rule, Type};
use crate::diagnostics::Diagnostics;

/// What a section lets its expressions see and do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// `require` and the condition of a cache.
    Condition,
    /// The start of a cache of this scope.
    Start(Scope),
    Step,
    LookAhead,
    Update,
    Evaluate,
}

impl Place {
    fn name(self) -> &'static str {
        match self {
            Place::Condition => "a condition of hyper-parameters",
            Place::Start(_) => "the start of a cache",
            Place::Step => "`step`",
            Place::LookAhead => "`look_ahead`",
            Place::Update => "`update`",
            Place::Evaluate => "`evaluate`",
        }
    }
}

/// As many as `optim-core`'s loops have room for.
const MAX_CACHES: usize = 16;

struct Checker<'d> {
    diagnostics: &'d mut Diagnostics,
    names: Names,
    facts: Facts,
    hypers: Vec<Hyper>,
    caches: Vec<Cache>,
    lets: Vec<Let>,
    /// Where each `let` stands, and whether anything reads it.
    let_uses: Vec<(Span, bool)>,
    hyper_used: Vec<bool>,
    cache_used: Vec<bool>,
    weight_moved: bool,
    /// The names that `update` assigns.
    assigned: Vec<String>,
    /// How often the conditions around the place at hand are decided.
    branch: Rate,
    /// Whether there is anything that looks at more than one weight, or at shapes.
    tiled: bool,
    /// What the sections call the weight, the gradient and the step: known before anything is named by `let`.
    parameters: Vec<String>,
    place: Place,
}

/// The rule, if nothing is wrong with it.
pub(crate) fn check_rule(rule: ast::Rule, diagnostics: &mut Diagnostics) -> Option<Rule> {
    let mut checker = Checker {
        diagnostics,
        names: Names::default(),
        facts: Facts::default(),
        hypers: Vec::new(),
        caches: Vec::new(),
        lets: Vec::new(),
        let_uses: Vec::new(),
        hyper_used: Vec::new(),
        cache_used: Vec::new(),
        weight_moved: false,
        assigned: rule.update.as_ref().map_or_else(Vec::new, |section| assigned(&section.body)),
        branch: Rate::Constant,
        tiled: false,
        parameters: ["w", "g", "t"].map(str::to_owned).into(),
        place: Place::Condition,
    };
    checker.check_rule(rule)
}

impl Checker<'_> {
    fn check_rule(&mut self, rule: ast::Rule) -> Option<Rule> {
        for section in [&rule.step, &rule.look_ahead, &rule.update, &rule.evaluate].into_iter().flatten() {
            for parameter in &section.parameters {
                self.check_name_is_free(parameter);
                self.parameters.push(parameter.to_string());
            }
        }
        for hyper in rule.hypers {
            self.check_hyper(hyper);
        }
        self.hyper_used = vec![false; self.hypers.len()];
        let mut requires = Vec::new();
        self.place = Place::Condition;
        for require in &rule.requires {
            if let Some(condition) = self.check_typed(&require.condition, Type::Flag) {
                requires.push((condition, require.text.clone()));
            }
        }
        // A requirement on the shape is checked at `init`; it makes no difference to the loop.
        self.tiled = false;
        self.declare_caches(&rule.caches);
        self.check_caches(&rule.caches);

        let time = match rule.step.as_ref().and_then(|step| step.parameters.first()) {
            Some(parameter) => parameter.clone(),
            None => Ident::new("t", Span::mixed_site()),
        };
        if rule.step.as_ref().is_some_and(|step| !step.parameters.is_empty()) {
            self.declare(&time, Symbol::Time);
        } else {
            self.names.declare("t", Symbol::Time);
        }
        self.place = Place::Step;
        // The names of `step` stay in scope for the sections behind it.
        let step = rule.step.as_ref().map(|section| {
            let statements = self.check_statements(&section.body);
            self.refuse_value(&section.body, "`step` names numbers: it gives no value");
            statements
        });
        self.tiled |= rule.look_ahead.as_ref().is_some_and(|section| section.parameters.len() > 1);
        self.tiled |= self
            .assigned
            .iter()
            .any(|name| self.caches.iter().any(|cache| cache.scope == Scope::Model && cache.name == name.as_str()));
        let look_ahead =
            rule.look_ahead.as_ref().and_then(|section| self.check_value_section(section, Place::LookAhead));
        let update = rule.update.as_ref().and_then(|section| self.check_update(section));
        if rule.update.is_none() && self.diagnostics.is_empty() {
            let message = "a rule needs a section `update(w, g) { … }`: what happens to a weight";
            self.diagnostics.error(rule.name.span(), message);
        }
        let evaluate = rule.evaluate.as_ref().and_then(|section| self.check_value_section(section, Place::Evaluate));
        // What is not used may be missing because of a mistake that was reported.
        if self.diagnostics.is_empty() {
            self.report_unused();
        }
        if !self.diagnostics.is_empty() {
            return None;
        }
        Some(Rule {
            attributes: rule.attributes,
            krate: rule.krate,
            visibility: rule.visibility,
            name: rule.name,
            unit: rule.unit,
            hypers: std::mem::take(&mut self.hypers),
            requires,
            caches: std::mem::take(&mut self.caches),
            lets: std::mem::take(&mut self.lets),
            time,
            step: step.unwrap_or_default(),
            look_ahead,
            update: update?,
            evaluate,
            tiled: self.tiled,
        })
    }

    fn check_hyper(&mut self, hyper: ast::Hyper) {
        let range = hyper.range.as_ref().map(|range| self.check_range(range, hyper.kind));
        let default = self.check_default(&hyper);
        if let (Some(default), Some(Some(range)), Some(written)) = (default, range, &hyper.range) {
            if range.is_empty() {
                self.diagnostics.error(written.span, format!("no number lies in {range}"));
            } else if !range.contains(default) {
                let message = format!("the default {default} of `{}` is not in its range {range}", hyper.name);
                self.diagnostics.error(hyper.default.span, message);
            }
        }
        self.declare(&hyper.name, Symbol::Hyper(self.hypers.len()));
        self.hypers.push(Hyper {
            attributes: hyper.attributes,
            name: hyper.name,
            kind: hyper.kind,
            default: default.unwrap_or(0.0),
            range: range.flatten().unwrap_or(Range::ALL),
        });
    }

    fn check_range(&mut self, range: &ast::Range, kind: HyperType) -> Option<Range> {
        if kind == HyperType::Flag {
            self.diagnostics.error(range.span, "a `bool` has no range");
            return None;
        }
        let bound = |checker: &mut Self, bound: &Option<ast::Expr>| match bound {
            None => Some(None),
            Some(bound) => checker.constant(bound, "a bound of a range").map(Some),
        };
        let low = bound(self, &range.low);
        let high = bound(self, &range.high);
        Some(Range { low: low?, low_excluded: range.low_excluded, high: high?, high_included: range.high_included })
    }

    fn check_default(&mut self, hyper: &ast::Hyper) -> Option<f64> {
        let span = hyper.default.span;
        match (hyper.kind, &hyper.default.kind) {
            (_, ast::ExprKind::Wrong) => None,
            (HyperType::Flag, ast::ExprKind::Flag(flag)) => Some(f64::from(u8::from(*flag))),
            (HyperType::Flag, _) => {
                self.diagnostics.error(span, "the default of a `bool` is `true` or `false`");
                None
            }
            (_, ast::ExprKind::Flag(_)) => {
                self.diagnostics.error(span, "found a flag where a number belongs: make the hyper-parameter a `bool`");
                None
            }
            (kind, _) => {
                let value = self.constant(&hyper.default, "a default")?;
                // Above 2^53 an `f64`, as which rules are read and set by name, does not hold every count.
                let is_count = value >= 0.0 && value.fract() == 0.0 && value <= 9_007_199_254_740_992.0;
                if kind == HyperType::Count && !is_count {
                    self.diagnostics
                        .error(span, format!("the default of a `u64` is a whole number up to 2^53, not {value}"));
                    return None;
                }
                Some(value)
            }
        }
    }

    fn declare_caches(&mut self, caches: &[ast::Cache]) {
        for cache in caches {
            if !matches!(cache.scope, Scope::Weight | Scope::Model) {
                self.tiled = true;
            }
            if self.caches.len() == MAX_CACHES {
                self.diagnostics.error(cache.name.span(), format!("a rule has at most {MAX_CACHES} caches"));
            }
            self.cache_used.push(false);
            self.caches.push(Cache { name: cache.name.clone(), scope: cache.scope, start: None, condition: None });
        }
    }

    fn check_caches(&mut self, caches: &[ast::Cache]) {
        // Conditions and starts see hyper-parameters, not caches: these are declared behind them.
        for (index, cache) in caches.iter().enumerate() {
            self.place = Place::Condition;
            let condition = cache.condition.as_ref().and_then(|condition| self.check_typed(condition, Type::Flag));
            if let (Scope::Model, Some(condition)) = (cache.scope, &condition)
                && condition.rate > Rate::Step
            {
                let message = format!(
                    "`{}` is one number for the whole model: whether it exists cannot depend on the shape of a tensor",
                    cache.name
                );
                self.diagnostics.error(condition.span, message);
            }
            self.place = Place::Start(cache.scope);
            self.names.open();
            if cache.scope == Scope::Weight {
                self.names.declare("w", Symbol::Weight);
            }
            let start = cache.start.as_ref().and_then(|start| self.check_typed(start, Type::Number));
            self.names.close();
            if let Some(place) = self.caches.get_mut(index) {
                place.condition = condition;
                place.start = start;
            }
        }
        for (index, cache) in caches.iter().enumerate() {
            self.declare(&cache.name, Symbol::Cache(index));
        }
    }

    /// A hyper-parameter, a cache or `t`: names that may stand once.
    fn declare(&mut self, name: &Ident, symbol: Symbol) {
        let text = name.to_string();
        self.check_name_is_free(name);
        if self.names.get(&text).is_some() {
            let message = format!("there is a hyper-parameter or cache `{text}` already");
            self.diagnostics.error(name.span(), message);
        }
        let reserved = match text.as_str() {
            "w" => "the weight",
            "g" => "the gradient",
            "t" if symbol != Symbol::Time => "the number of the step",
            _ => "",
        };
        if !reserved.is_empty() {
            let message = format!("`{text}` is what a rule calls {reserved}: choose another name");
            self.diagnostics.error(name.span(), message);
        }
        self.names.declare(&text, symbol);
    }

    fn report_unused(&mut self) {
        for (hyper, used) in self.hypers.iter().zip(&self.hyper_used) {
            if !used {
                let message = format!("the hyper-parameter `{}` is never used", hyper.name);
                self.diagnostics.error(hyper.name.span(), message);
            }
        }
        for (cache, used) in self.caches.iter().zip(&self.cache_used) {
            if !used {
                self.diagnostics.error(cache.name.span(), format!("the cache `{}` is never read", cache.name));
            }
        }
        for (named, (span, used)) in self.lets.iter().zip(&self.let_uses) {
            if !used && !named.written.starts_with('_') {
                self.diagnostics.error(*span, format!("`{}` is never used", named.written));
            }
        }
    }

    /// A name for a new `let` that nothing else in the expansion has.
    fn unique(&self, name: &Ident) -> Ident {
        let written = name.to_string();
        let taken = |text: &str| {
            self.hypers.iter().any(|hyper| hyper.name == text)
                || self.caches.iter().any(|cache| cache.name == text)
                || self.lets.iter().any(|named| named.name == text)
                || self.parameters.iter().any(|parameter| parameter == text)
        };
        if !taken(&written) {
            return name.clone();
        }
        let plain = written.trim_start_matches("r#");
        // One more number than there are names: one of them is free.
        let names = self.hypers.len() + self.caches.len() + self.lets.len() + self.parameters.len() + 1;
        let free = (2..2 + names).map(|n| format!("{plain}_{n}")).find(|text| !taken(text));
        Ident::new(&free.unwrap_or(written), name.span())
    }

    /// A word that Rust keeps for itself is no name, here as elsewhere.
    fn check_name_is_free(&mut self, name: &Ident) {
        let text = name.to_string();
        if syn::parse_str::<Ident>(&text).is_ok() {
            return;
        }
        let message = match text.as_str() {
            "self" | "Self" | "super" | "crate" | "_" => format!("`{text}` is a keyword of Rust: choose another name"),
            _ => format!("`{text}` is a keyword of Rust: write `r#{text}`, or choose another name"),
        };
        self.diagnostics.error(name.span(), message);
    }

    fn rate_of_let(&self, index: usize) -> Rate {
        self.lets.get(index).map_or(Rate::Weight, |named| named.rate)
    }
}

/// The names that a block assigns, those in its branches among them.
fn assigned(block: &ast::Block) -> Vec<String> {
    let mut names = Vec::new();
    for statement in &block.statements {
        match statement {
            ast::Statement::Let { .. } => {}
            ast::Statement::Assign { target, .. } => names.push(target.to_string()),
            ast::Statement::If(branch) => {
                names.extend(assigned(&branch.then));
                names.extend(branch.otherwise.as_ref().map(assigned).unwrap_or_default());
            }
        }
    }
    names
}
