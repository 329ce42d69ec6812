//! The part of the report on one rule: story, formula, hyper-parameters, curves, paths.

use std::fmt::Write as _;

use optim_core::rule::{HyperKind, Range};

use super::article::chapter;
use super::{Report, documentation, symbols, told};
use crate::Entry;
use crate::figure::chart::{Chart, Quantity};
use crate::figure::map;
use crate::registry::{TourRule, key, shown};
use crate::scene::SCENES;

impl Report<'_> {
    pub(super) fn chapter(&self, index: usize, entry: &Entry) -> String {
        let name = entry.rule.name();
        let story = chapter(name);
        let title = story.map_or("", |story| story.title);
        let mut html = format!(
            "<section class=\"chapter r-{key}\" id=\"{key}\"><h2><span class=\"count\">{count}</span> {title} \
             <span class=\"name\">{name}</span></h2><div class=\"columns\"><div>",
            key = key(name),
            count = index + 1,
        );
        if let Some(story) = story {
            let _ =
                write!(html, "<p>{}</p><p>{}</p><p class=\"source\">{}</p>", story.problem, story.idea, story.source);
        }
        let _ = write!(html, "</div><div class=\"formula\">{}", entry.rule.formula().mathml());
        if entry.rule.settings().iter().any(|setting| !setting.is_on()) {
            html.push_str("<p>The rule with all its options. What is grey in the table is switched off here.</p>");
        }
        html.push_str("</div></div>");
        html.push_str(&settings(&*entry.rule));
        if let Some(story) = story {
            let _ = write!(html, "<p class=\"look\">{}</p>", story.look);
        }
        html.push_str("<div class=\"panels\">");
        let curves = [(Quantity::Loss, "Training loss"), (Quantity::Accuracy, "Test accuracy")];
        // A curve and two landscapes make a row.
        for (row, (quantity, caption)) in curves.into_iter().enumerate() {
            let series = self.series(quantity);
            let chart = Chart { quantity, series: &series, emphasis: Some(name), size: [416.0, 260.0] };
            let others = if series.len() > 1 { "; grey: the other rules" } else { "" };
            let _ = write!(html, "<figure>{}<figcaption><b>{caption}</b>{others}</figcaption></figure>", chart.svg());
            for (scene, path) in SCENES.iter().zip(&entry.paths).skip(2 * row).take(2) {
                let _ = write!(
                    html,
                    "<figure>{}<figcaption><b>{}</b>, <i>γ</i> = {}: {}</figcaption></figure>",
                    map::svg(scene, &[(name, path)], map::Show::Steps),
                    scene.title,
                    shown(path.lr),
                    told(path.outcome),
                );
            }
        }
        html.push_str("</div></section>\n");
        html
    }
}

/// The hyper-parameters: what they are, as they are set.
fn settings(rule: &dyn TourRule) -> String {
    let symbols = symbols();
    let mut html = String::from(
        "<div class=\"scroll\"><table class=\"settings\"><thead><tr><th colspan=\"2\">hyper-parameter</th>\
         <th>value</th><th class=\"range\">range</th><th>meaning</th></tr></thead><tbody>",
    );
    for setting in rule.settings() {
        let symbol = symbols.get(setting.name).map(|symbol| format!("<math>{symbol}</math>")).unwrap_or_default();
        let range = if setting.kind == HyperKind::Flag { String::new() } else { interval(&setting.range) };
        let off = if setting.is_on() { "" } else { " class=\"off\"" };
        let _ = write!(
            html,
            "<tr{off}><th><code>{}</code></th><td>{symbol}</td><td class=\"value\">{}</td><td class=\"range\">{range}</td>\
             <td>{}</td></tr>",
            setting.name,
            setting.shown(),
            documentation(setting.doc),
        );
    }
    html.push_str("</tbody></table></div>");
    html
}

/// A range as mathematics writes it: `[0, 1)`.
fn interval(range: &Range) -> String {
    let low = range
        .low
        .map_or("(−∞".to_owned(), |low| format!("{}{}", if range.low_excluded { '(' } else { '[' }, shown(low)));
    let high = range
        .high
        .map_or("∞)".to_owned(), |high| format!("{}{}", shown(high), if range.high_included { ']' } else { ')' }));
    format!("{low}, {high}")
}

#[cfg(test)]
mod tests {
    use optim_core::Rule;
    use optim_core::rules::Sgd;

    #[test]
    fn ranges_are_written_as_intervals() {
        let ranges: Vec<String> = Sgd::hyper().iter().map(|hyper| super::interval(&hyper.range)).collect();
        assert_eq!(ranges, ["[0, ∞)", "[0, 1)", "[0, 1]", "[0, ∞)", "(−∞, ∞)"]);
    }
}
