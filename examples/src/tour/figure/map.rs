//! Contour maps of landscapes, with the paths of rules over them.

use std::fmt::Write as _;

use super::contour::Grid;
use super::{coordinate, line};
use crate::registry::key;
use crate::scene::{Path, PlaceKind, Scene};

/// Width and height of every map.
pub(crate) const SIZE: [f64; 2] = [520.0, 325.0];

/// How many contours a relief has.
const LEVELS: usize = 13;

/// How long it takes to show a path, in seconds.
const DURATION: u32 = 9;

/// The contours of a landscape, as a group with an id that maps refer to.
pub(crate) fn relief(scene: &Scene) -> String {
    let grid = Grid::sample([104, 65], SIZE, |place| scene.weights_at(place), |w| scene.landscape.value(w));
    let mut svg = format!("<g id=\"relief-{}\" class=\"relief\">", scene.landscape.name());
    for level in grid.levels(LEVELS).into_iter().rev() {
        let _ = write!(svg, "<path d=\"{}\"/>", grid.below(level));
    }
    svg.push_str("</g>");
    svg
}

/// How a map shows its paths.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Show {
    /// Lines, and a dot on each that walks along it.
    Race,
    /// Lines.
    Lines,
    /// A line with a dot for every step, and rings where the gradient was taken if that was elsewhere.
    Steps,
}

impl Scene {
    /// The weights that a place in the picture stands for.
    fn weights_at(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        let [[left, right], [bottom, top]] = self.view;
        [left + (right - left) * x / SIZE[0], top - (top - bottom) * y / SIZE[1]]
    }

    /// Where weights stand in the picture; `None` for what is too far out to be drawn.
    fn place_of(&self, w: [f64; 2]) -> Option<[f64; 2]> {
        let [[left, right], [bottom, top]] = self.view;
        let place = [SIZE[0] * (w[0] - left) / (right - left), SIZE[1] * (top - w[1]) / (top - bottom)];
        place.iter().all(|x| x.abs() < 1e4).then_some(place)
    }
}

/// A map as an `<svg>` element, which refers to the scene's [`relief`] elsewhere on the page.
pub(crate) fn svg(scene: &Scene, paths: &[(&str, &Path)], show: Show) -> String {
    let names: Vec<&str> = paths.iter().map(|(rule, _)| *rule).collect();
    // Without the outermost pixel, where contours run along the border.
    let [width, height] = SIZE.map(|size| size - 2.0);
    format!(
        "<svg class=\"figure map\" viewBox=\"1 1 {width} {height}\" role=\"img\" aria-label=\"{}: the paths of {}\">{}</svg>",
        scene.title,
        names.join(", "),
        content(scene, paths, show)
    )
}

/// What stands in the `<svg>` element: from below, the relief, marks, paths, and what is written.
pub(crate) fn content(scene: &Scene, paths: &[(&str, &Path)], show: Show) -> String {
    let mut svg = format!("<use href=\"#relief-{}\"/>", scene.landscape.name());
    let places = |path: &Path| path.points.iter().map_while(|w| scene.place_of(*w)).collect::<Vec<_>>();
    let lines: Vec<(String, &Path, Vec<[f64; 2]>)> =
        paths.iter().map(|(rule, path)| (key(rule), *path, places(path))).collect();
    // All halos before all lines: where paths run along each other, none hides the other.
    for (_, _, places) in &lines {
        let _ = write!(svg, "<path class=\"halo\" d=\"{}\"/>", line(places.iter().copied()));
    }
    for place in scene.places {
        svg.push_str(&mark(scene, place.at, place.kind));
    }
    for (rule, path, places) in &lines {
        let _ = write!(svg, "<g class=\"path r-{rule}\"><path class=\"line\" d=\"{}\"/>", line(places.iter().copied()));
        if show == Show::Steps {
            svg.push_str(&steps(scene, path));
        }
        if let Some([x, y]) = places.last().map(|place| place.map(coordinate)) {
            let _ = write!(svg, "<circle class=\"end\" cx=\"{x}\" cy=\"{y}\" r=\"5.5\"/>");
        }
        svg.push_str("</g>");
    }
    if let Some([x, y]) = scene.place_of(scene.landscape.start()).map(|place| place.map(coordinate)) {
        let _ = write!(svg, "<circle class=\"start\" cx=\"{x}\" cy=\"{y}\" r=\"6\"/>");
    }
    if show != Show::Steps {
        for place in scene.places {
            svg.push_str(&label(scene, place.at, 24.0, place.kind.name()));
        }
        svg.push_str(&label(scene, scene.landscape.start(), -12.0, "start"));
    }
    if show == Show::Race {
        for (rule, _, places) in &lines {
            svg.push_str(&runner(rule, places));
        }
    }
    svg
}

/// A dot for every step, so that their length can be seen, and where the gradient was taken if not at the weights.
fn steps(scene: &Scene, path: &Path) -> String {
    let mut svg = String::new();
    let dots = |places: &mut dyn Iterator<Item = [f64; 2]>| {
        // Lines of no length with round caps: dots, in a tenth of the space that circles take.
        let dot = |[x, y]: [f64; 2]| format!("M{} {}h0", coordinate(x), coordinate(y));
        places.map(dot).collect::<String>()
    };
    let pairs = path.points.iter().zip(&path.gradients_at);
    let ahead = pairs.filter(|(w, at)| w != at).map_while(|(_, at)| scene.place_of(*at)).take(40);
    let ahead: Vec<[f64; 2]> = ahead.collect();
    if !ahead.is_empty() {
        let data = dots(&mut ahead.into_iter());
        let _ = write!(svg, "<path class=\"ahead\" d=\"{data}\"/><path class=\"ahead-core\" d=\"{data}\"/>");
    }
    let data = dots(&mut path.points.iter().map_while(|w| scene.place_of(*w)));
    let _ = write!(svg, "<path class=\"steps\" d=\"{data}\"/>");
    svg
}

/// A cross at a place: slanted where a path may end, upright where it should not.
fn mark(scene: &Scene, at: [f64; 2], kind: PlaceKind) -> String {
    let Some([x, y]) = scene.place_of(at).map(|place| place.map(coordinate)) else { return String::new() };
    let shape = match kind {
        PlaceKind::Minimum | PlaceKind::LocalMinimum => "m-6 -6l12 12m0 -12l-12 12",
        PlaceKind::Saddle => "m-7 0h14m-7 -7v14",
    };
    format!("<path class=\"place\" d=\"M{x} {y}{shape}\"/>")
}

/// What a place is called, `below` it.
fn label(scene: &Scene, at: [f64; 2], below: f64, text: &str) -> String {
    let Some([x, y]) = scene.place_of(at) else { return String::new() };
    let (x, y) = (coordinate(x), coordinate(y + below));
    format!("<text class=\"place\" x=\"{x}\" y=\"{y}\" text-anchor=\"middle\">{text}</text>")
}

/// A dot that walks along a path, one step in the time of the other, and rests at the end. It takes no script.
fn runner(rule: &str, places: &[[f64; 2]]) -> String {
    let animate = |attribute: &str, axis: usize| {
        let rest = places.last().into_iter().cycle().take(places.len() / 4);
        let values: Vec<String> = places.iter().chain(rest).map(|place| coordinate(place[axis])).collect();
        format!(
            "<animate attributeName=\"{attribute}\" values=\"{}\" dur=\"{DURATION}s\" repeatCount=\"indefinite\"/>",
            values.join(";")
        )
    };
    format!("<circle class=\"runner r-{rule}\" r=\"5\">{}{}</circle>", animate("cx", 0), animate("cy", 1))
}

#[cfg(test)]
mod tests {
    use crate::scene::SCENES;

    #[test]
    fn places_and_weights_are_each_others_inverse() {
        for scene in &SCENES {
            let place = scene.place_of(scene.landscape.start()).unwrap();
            let back = scene.weights_at(place);
            assert!((0..2).all(|axis| (back[axis] - scene.landscape.start()[axis]).abs() < 1e-12));
            assert!(place.iter().zip(super::SIZE).all(|(place, size)| (0.0..size).contains(place)));
            assert_eq!(scene.place_of([f64::NAN, 0.0]), None);
            assert_eq!(scene.place_of([1e300, 0.0]), None);
        }
    }
}
