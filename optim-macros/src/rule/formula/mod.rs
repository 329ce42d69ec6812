//! The rule as a formula: LaTeX, `MathML` and text, from the same [`ir`](super::ir) that the kernel is made from.

mod latex;
mod lower;
mod math;
mod mathml;
mod symbols;
#[cfg(test)]
mod tests;
pub(crate) mod text;

use self::symbols::Symbols;
use super::ir::Rule;

/// A rule's formula in three forms.
pub(crate) struct Formula {
    pub(crate) latex: String,
    pub(crate) mathml: String,
    pub(crate) text: String,
    /// What the letters stand for, where they are not the names themselves.
    legend: Vec<(String, String)>,
}

impl Formula {
    pub(crate) fn of(rule: &Rule) -> Self {
        let symbols = Symbols::of(rule);
        let lines = lower::lower_rule(rule, &symbols);
        let legend = symbols.legend().map(|(symbol, name)| (mathml::symbol(symbol), name.to_owned())).collect();
        Formula { latex: latex::print(&lines), mathml: mathml::print(&lines), text: text::rule(rule), legend }
    }

    /// For the struct's docs: HTML that `cargo doc` shows without script or network.
    pub(crate) fn docs(&self) -> String {
        let mut docs = format!(
            "\n# Formula\n\n<div class=\"formula\" style=\"overflow:auto hidden;padding:0.2em 0 0.8em\">{}</div>\n",
            self.mathml
        );
        if !self.legend.is_empty() {
            let parts: Vec<String> = self
                .legend
                .iter()
                .map(|(symbol, name)| format!("<math>{symbol}</math> is <code>{name}</code>"))
                .collect();
            docs.push_str("\n<p>Here ");
            docs.push_str(&parts.join(", "));
            docs.push_str(".</p>\n");
        }
        docs
    }
}
