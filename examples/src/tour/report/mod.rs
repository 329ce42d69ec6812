//! The report: one HTML file, with everything in it.
//!
//! No script, no font, no image and no address that a browser would load: pictures are inline SVG, formulas `MathML`.

mod article;
mod chapter;
mod overview;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::figure::chart::{Quantity, Series};
use crate::figure::{self, map, picture};
use crate::scene::{Outcome, Path, SCENES};
use crate::training::Task;
use crate::{Entry, registry};

/// What is reported on.
pub(crate) struct Report<'a> {
    pub(crate) task: &'a Task,
    pub(crate) entries: &'a [Entry],
}

const STYLE: &str = include_str!("style.css");

impl Report<'_> {
    /// The page.
    pub(crate) fn html(&self) -> String {
        let mut html = String::from(
            "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
             <meta name=\"color-scheme\" content=\"light dark\">\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">\
             <link rel=\"icon\" href=\"data:,\"><title>The tour: how networks learn to go downhill</title>",
        );
        let _ = write!(html, "<style>\n{}\n{STYLE}</style></head>\n<body>", figure::STYLE);
        // The contours of each landscape once; every map refers to them.
        html.push_str("<svg class=\"defs\" aria-hidden=\"true\"><defs>");
        for scene in &SCENES {
            html.push_str(&map::relief(scene));
        }
        html.push_str("</defs></svg>\n");
        html.push_str(&self.opening());
        html.push_str("<main>\n");
        html.push_str(&self.race());
        html.push_str(&self.landscapes());
        for (index, entry) in self.entries.iter().enumerate() {
            html.push_str(&self.chapter(index, entry));
        }
        html.push_str("</main>\n");
        html.push_str(&self.colophon());
        html.push_str("</body></html>\n");
        html
    }

    /// The picture of the README.
    pub(crate) fn picture(&self) -> String {
        let scene = SCENES.len() - 1;
        picture::picture(&SCENES[scene], &self.paths(scene), &self.series(Quantity::Loss))
    }

    /// One series for each rule.
    fn series(&self, quantity: Quantity) -> Vec<Series<'_>> {
        let value = |epoch: &crate::training::Epoch| match quantity {
            Quantity::Loss => epoch.train_loss,
            Quantity::Accuracy => epoch.test_accuracy,
        };
        let series = |entry: &'_ Entry| (entry.rule.name(), entry.run.epochs.iter().map(value).collect());
        self.entries.iter().map(series).map(|(rule, values)| Series { rule, values }).collect()
    }

    /// Every rule's path over a scene.
    fn paths(&self, scene: usize) -> Vec<(&str, &Path)> {
        self.entries.iter().map(|entry| (entry.rule.name(), &entry.paths[scene])).collect()
    }
}

/// A rule's name with a swatch of its colour.
fn swatch(rule: &str) -> String {
    format!("<span class=\"swatch r-{}\"></span>{rule}", registry::key(rule))
}

/// What became of a path, in a few words.
fn told(outcome: Outcome) -> String {
    match outcome {
        Outcome::Settled(place, step) => format!("{} after {step} steps", place.name()),
        Outcome::Moving(loss) => format!("still on the way, at {}", figure::chart::loss(loss)),
        Outcome::Diverged => "diverged".into(),
    }
}

/// What hyper-parameters are called in formulas, where that is not their name.
fn symbols() -> BTreeMap<&'static str, &'static str> {
    BTreeMap::from([
        ("lr", "<mi>γ</mi>"),
        ("weight_decay", "<mi>λ</mi>"),
        ("momentum", "<mi>μ</mi>"),
        ("dampening", "<mi>τ</mi>"),
        ("beta1", "<msub><mi>β</mi><mn>1</mn></msub>"),
        ("beta2", "<msub><mi>β</mi><mn>2</mn></msub>"),
        ("eps", "<mi>ε</mi>"),
    ])
}

/// Text for HTML.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// As [`escaped`], with what stands between backticks as code.
fn documentation(text: &str) -> String {
    let parts = escaped(text);
    let mut html = String::new();
    for (index, part) in parts.split('`').enumerate() {
        match index % 2 {
            0 => html.push_str(part),
            _ => {
                let _ = write!(html, "<code>{part}</code>");
            }
        }
    }
    html
}

#[cfg(test)]
mod tests {
    use super::{documentation, symbols};
    use crate::registry;

    #[test]
    fn formulas_use_the_symbols_that_the_report_explains() {
        for rule in registry::rules() {
            for setting in rule.settings() {
                let symbols = symbols();
                let Some(symbol) = symbols.get(setting.name) else { continue };
                assert!(rule.formula().mathml().contains(symbol), "{}: {symbol}", rule.name());
            }
        }
    }

    #[test]
    fn documentation_is_escaped_and_keeps_its_code() {
        assert_eq!(documentation("by `t < 1` & so"), "by <code>t &lt; 1</code> &amp; so");
    }
}
