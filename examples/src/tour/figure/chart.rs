//! Line charts: one line a rule, over epochs.

use std::fmt::Write as _;

use super::scale::Scale;
use super::{coordinate, line};
use crate::registry::key;

/// One rule's numbers: the first is before training, then one an epoch.
pub(crate) struct Series<'a> {
    pub(crate) rule: &'a str,
    pub(crate) values: Vec<f64>,
}

/// What the numbers are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quantity {
    /// On a logarithmic axis.
    Loss,
    /// Between 0 and 1, on a linear axis that leaves out the first climb.
    Accuracy,
}

/// A chart of all series; with `emphasis` on one rule's, the others stand behind it as shadows.
pub(crate) struct Chart<'a> {
    pub(crate) quantity: Quantity,
    pub(crate) series: &'a [Series<'a>],
    pub(crate) emphasis: Option<&'a str>,
    /// Width and height.
    pub(crate) size: [f64; 2],
}

/// Where the frame begins: room for what is written beside the ticks.
const LEFT: f64 = 52.0;

/// The distance of two labels, at least.
const LINE_HEIGHT: f64 = 15.0;

impl Chart<'_> {
    /// The chart as an `<svg>` element.
    pub(crate) fn svg(&self) -> String {
        let [width, height] = self.size;
        format!(
            "<svg class=\"figure chart\" viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{}\">{}</svg>",
            self.description(),
            self.content([0.0, 0.0])
        )
    }

    /// What stands in the `<svg>` element, with its corner at `at`.
    pub(crate) fn content(&self, at: [f64; 2]) -> String {
        let (left, top) = (at[0] + LEFT, at[1] + 12.0);
        let [width, height] = [self.size[0] - LEFT - self.label_width(), self.size[1] - 12.0 - 38.0];
        let (x_scale, y_scale) = (self.x_scale(), self.y_scale());
        let place = |x: f64, y: f64| -> Option<[f64; 2]> {
            let (x, y) = (x_scale.place(x)?, y_scale.place(y)?);
            // Far outside of the frame is as good as just outside, and keeps the numbers short.
            Some([left + width * x, top + height * (1.0 - y.clamp(-1.0, 2.0))])
        };
        let mut svg = String::new();
        for tick in y_scale.ticks(5) {
            let Some(part) = y_scale.place(tick) else { continue };
            let y = coordinate(top + height * (1.0 - part));
            let (from, to, text) = (coordinate(left), coordinate(left + width), coordinate(left - 8.0));
            let _ = write!(svg, "<path class=\"grid\" d=\"M{from} {y}H{to}\"/>");
            let label = self.y_label(tick);
            let _ = write!(
                svg,
                "<text class=\"tick\" x=\"{text}\" y=\"{y}\" dy=\".35em\" text-anchor=\"end\">{label}</text>"
            );
        }
        let bottom = top + height;
        // Between two epochs nothing is measured.
        for tick in x_scale.ticks(5).into_iter().filter(|tick| tick.fract() == 0.0) {
            let Some(part) = x_scale.place(tick) else { continue };
            let x = coordinate(left + width * part);
            let y = coordinate(bottom + 17.0);
            let _ = write!(svg, "<text class=\"tick\" x=\"{x}\" y=\"{y}\" text-anchor=\"middle\">{tick}</text>");
        }
        let (middle, under) = (coordinate(left + width / 2.0), coordinate(bottom + 34.0));
        let _ = write!(svg, "<text class=\"axis\" x=\"{middle}\" y=\"{under}\" text-anchor=\"middle\">epoch</text>");
        svg.push_str(&self.lines(place, [left, top, width, height]));
        let baseline = format!("M{} {}h{}", coordinate(left), coordinate(bottom), coordinate(width));
        let _ = write!(svg, "<path class=\"baseline\" d=\"{baseline}\"/>");
        svg.push_str(&self.labels(place, [top, bottom]));
        svg
    }

    /// The lines; the emphasised one last, above the others.
    fn lines(&self, place: impl Fn(f64, f64) -> Option<[f64; 2]>, frame: [f64; 4]) -> String {
        // An `<svg>` of the same coordinates cuts off what is outside of the frame.
        let [left, top, width, height] = frame.map(coordinate);
        let size = format!("x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{height}\"");
        let mut svg = format!("<svg {size} viewBox=\"{left} {top} {width} {height}\">");
        let behind = self.series.iter().filter(|series| self.emphasis.is_some_and(|rule| rule != series.rule));
        let front = self.series.iter().filter(|series| self.emphasis.is_none_or(|rule| rule == series.rule));
        for (series, class) in behind.map(|series| (series, "shadow")).chain(front.map(|series| (series, "line"))) {
            let points = series.values.iter().enumerate().map_while(|(epoch, value)| place(epoch as f64, *value));
            let (rule, data) = (key(series.rule), line(points));
            let _ = write!(svg, "<path class=\"{class} r-{rule}\" d=\"{data}\"/>");
        }
        svg.push_str("</svg>");
        svg
    }

    /// The names of the rules at the ends of their lines, moved apart where they would overlap.
    fn labels(&self, place: impl Fn(f64, f64) -> Option<[f64; 2]>, [top, bottom]: [f64; 2]) -> String {
        let labelled = self.series.iter().filter(|series| self.emphasis.is_none_or(|rule| rule == series.rule));
        let mut labels: Vec<(&Series<'_>, [f64; 2])> = labelled
            .filter_map(|series| {
                let last = series.values.len().checked_sub(1)?;
                Some((series, place(last as f64, series.values[last])?))
            })
            .map(|(series, [x, y])| (series, [x, y.clamp(top, bottom)]))
            .collect();
        labels.sort_by(|a, b| a.1[1].total_cmp(&b.1[1]));
        let wanted: Vec<f64> = labels.iter().map(|(_, [_, y])| *y).collect();
        let mut svg = String::new();
        for ((series, [x, end]), y) in labels.iter().zip(spread(&wanted, top, bottom)) {
            let text = match self.emphasis {
                Some(_) => self.value_label(series.values.last().copied().unwrap_or_default()),
                None => series.rule.to_owned(),
            };
            let rule = key(series.rule);
            let leader = line([[x + 3.0, *end], [x + 12.0, y]]);
            let (x, y) = (coordinate(x + 15.0), coordinate(y));
            let _ = write!(
                svg,
                "<g class=\"label r-{rule}\"><path class=\"leader\" d=\"{leader}\"/>\
                 <text x=\"{x}\" y=\"{y}\" dy=\".35em\">{text}</text></g>"
            );
        }
        svg
    }

    fn label_width(&self) -> f64 {
        if self.emphasis.is_some() { 72.0 } else { 112.0 }
    }

    fn x_scale(&self) -> Scale {
        let last = self.series.iter().map(|series| series.values.len()).max().unwrap_or(0).saturating_sub(1);
        Scale::Linear { low: 0.0, high: last.max(1) as f64 }
    }

    fn y_scale(&self) -> Scale {
        let values = self.series.iter().flat_map(|series| series.values.iter().copied());
        match self.quantity {
            Quantity::Loss => Scale::decades(values),
            Quantity::Accuracy => {
                // From what all have reached after an eighth of the training.
                let early = self.series.iter().filter_map(|series| series.values.get(series.values.len().div_ceil(8)));
                let worst = early.copied().filter(|value| value.is_finite()).fold(0.85, f64::min);
                Scale::Linear { low: (worst * 10.0).floor() / 10.0, high: 1.0 }
            }
        }
    }

    fn y_label(&self, tick: f64) -> String {
        match self.quantity {
            Quantity::Loss if (1e-4..1e5).contains(&tick) => {
                format!("{tick:.4}").trim_end_matches('0').trim_end_matches('.').to_owned()
            }
            Quantity::Loss => format!("{tick:.0e}"),
            Quantity::Accuracy => format!("{:.0} %", 100.0 * tick),
        }
    }

    fn value_label(&self, value: f64) -> String {
        match self.quantity {
            Quantity::Loss => loss(value),
            Quantity::Accuracy if value.is_nan() => "diverged".into(),
            Quantity::Accuracy => format!("{:.1} %", 100.0 * value),
        }
    }

    fn description(&self) -> String {
        let what = match self.quantity {
            Quantity::Loss => "training loss over epochs",
            Quantity::Accuracy => "test accuracy over epochs",
        };
        let shown = self.series.iter().filter(|series| self.emphasis.is_none_or(|rule| rule == series.rule));
        let ends = shown.map(|series| {
            let value = self.value_label(series.values.last().copied().unwrap_or(f64::NAN));
            format!("{} ends at {value}", series.rule)
        });
        format!("{what}: {}", ends.collect::<Vec<_>>().join(", "))
    }
}

/// A loss with three significant digits.
pub(crate) fn loss(value: f64) -> String {
    if !value.is_finite() {
        return "diverged".into();
    }
    if value != 0.0 && (value.abs() < 1e-4 || value.abs() >= 1e4) {
        return format!("{value:.2e}");
    }
    let bounds = [100.0, 10.0, 1.0, 0.1, 0.01, 0.001];
    let digits = if value == 0.0 { 0 } else { bounds.iter().position(|bound| value.abs() >= *bound).unwrap_or(6) };
    format!("{value:.digits$}")
}

/// Places for labels near where they are wanted (in rising order), far enough apart, between `top` and `bottom` as far
/// as there is room.
fn spread(wanted: &[f64], top: f64, bottom: f64) -> Vec<f64> {
    // Labels that would overlap become one block around the mean of their places; blocks that meet are joined.
    let mut blocks: Vec<(f64, usize)> = Vec::new();
    let extent = |count: usize| (count - 1) as f64 * LINE_HEIGHT;
    for &place in wanted {
        let (mut middle, mut count) = (place, 1);
        while let Some(&(above, labels)) = blocks.last() {
            if above + extent(labels) / 2.0 + LINE_HEIGHT <= middle - extent(count) / 2.0 {
                break;
            }
            blocks.pop();
            middle = (above * labels as f64 + middle * count as f64) / (labels + count) as f64;
            count += labels;
            let room = [top + extent(count) / 2.0, bottom - extent(count) / 2.0];
            middle = middle.min(room[1]).max(room[0]);
        }
        blocks.push((middle, count));
    }
    let place = |&(middle, count): &(f64, usize)| {
        (0..count).map(move |index| middle - extent(count) / 2.0 + index as f64 * LINE_HEIGHT)
    };
    blocks.iter().flat_map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::{Chart, LINE_HEIGHT, Quantity, Series, loss, spread};

    #[test]
    fn labels_keep_apart_and_in_order() {
        let places = spread(&[10.0, 11.0, 12.0, 80.0, 199.0, 200.0], 0.0, 200.0);
        assert!(places.windows(2).all(|pair| pair[1] - pair[0] >= LINE_HEIGHT - 1e-9), "{places:?}");
        assert!(places.iter().all(|place| (0.0..=200.0).contains(place)), "{places:?}");
        assert_eq!(places[3], 80.0);
    }

    #[test]
    fn losses_have_three_digits() {
        let texts = [2.302, 0.012_345, 12.34, 123_456.0, 0.0, f64::NAN].map(loss);
        assert_eq!(texts, ["2.30", "0.0123", "12.3", "1.23e5", "0", "diverged"]);
    }

    #[test]
    fn a_line_ends_where_its_numbers_end() {
        let values = vec![2.0, 1.0, f64::INFINITY, f64::NAN];
        let chart = |quantity| {
            let series = [Series { rule: "Sgd", values: values.clone() }];
            Chart { quantity, series: &series, emphasis: None, size: [300.0, 200.0] }.svg()
        };
        for svg in [chart(Quantity::Loss), chart(Quantity::Accuracy)] {
            assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
        }
    }
}
