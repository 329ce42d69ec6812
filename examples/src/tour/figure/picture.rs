//! The picture of the README: what the tour shows, in one SVG file that brings its colours along.

use super::chart::{Chart, Quantity, Series};
use super::{STYLE, map};
use crate::scene::{Path, Scene};

/// Paths over a landscape beside the loss curves, on a card that is readable on any page.
pub(crate) fn picture(scene: &Scene, paths: &[(&str, &Path)], series: &[Series<'_>]) -> String {
    let [map_width, map_height] = map::SIZE;
    let (margin, gap, title) = (24.0, 28.0, 54.0);
    let chart = Chart { quantity: Quantity::Loss, series, emphasis: None, size: [470.0, map_height + 12.0] };
    let (width, height) = (2.0 * margin + map_width + gap + chart.size[0], title + map_height + margin);
    let chart_left = margin + map_width + gap;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"figure\" viewBox=\"0 0 {width} {height}\" role=\"img\">\
         <title>Paths of update rules over a landscape, and their training losses</title><style>{STYLE}.title{{font-weight:600;font-size:17px}}</style>\
         <defs>{relief}<clipPath id=\"frame\"><rect x=\"1\" y=\"1\" width=\"{clip_width}\" height=\"{clip_height}\" rx=\"8\"/></clipPath></defs>\
         <rect width=\"{width}\" height=\"{height}\" rx=\"14\" style=\"fill:var(--paper);stroke:var(--rule)\"/>\
         <text class=\"title\" x=\"{margin}\" y=\"36\">Rules over a landscape with a local minimum</text>\
         <text class=\"title\" x=\"{chart_left}\" y=\"36\">and the loss of the network that they train</text>\
         <g transform=\"translate({margin} {title})\"><g clip-path=\"url(#frame)\">{map}</g></g>{chart}</svg>\n",
        clip_width = map_width - 2.0,
        clip_height = map_height - 2.0,
        relief = map::relief(scene),
        map = map::content(scene, paths, map::Show::Lines),
        chart = chart.content([chart_left, title - 12.0]),
    )
}
