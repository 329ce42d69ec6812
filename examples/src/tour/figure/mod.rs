//! Figures as SVG text: line charts, contour maps with paths, the README's picture.
//!
//! Own code instead of a plotting crate: colours are variables of a style sheet, so that one figure serves light and
//! dark pages; contours are shared between figures; nothing needs a font while drawing. What comes out is readable SVG
//! whose look is decided in `figure.css`.

pub(crate) mod chart;
pub(crate) mod contour;
pub(crate) mod digits;
pub(crate) mod map;
pub(crate) mod picture;
mod scale;

/// The look of all figures, with the colours of the rules.
pub(crate) const STYLE: &str = include_str!("figure.css");

/// A coordinate: one decimal place, a tenth of a pixel.
pub(crate) fn coordinate(x: f64) -> String {
    let rounded = (x * 10.0).round() / 10.0;
    // No "-0".
    if rounded == 0.0 { "0".into() } else { rounded.to_string() }
}

/// A sequence of points as path data, `M x y L x y …`.
pub(crate) fn line(points: impl IntoIterator<Item = [f64; 2]>) -> String {
    let mut data = String::new();
    for (index, [x, y]) in points.into_iter().enumerate() {
        data.push(if index == 0 { 'M' } else { 'L' });
        data.push_str(&coordinate(x));
        data.push(' ');
        data.push_str(&coordinate(y));
    }
    data
}

#[cfg(test)]
mod tests {
    #[test]
    fn coordinates_are_short() {
        assert_eq!([1.26, -0.04, 3.0, -12.55].map(super::coordinate), ["1.3", "0", "3", "-12.6"]);
        assert_eq!(super::line([[0.0, 1.0], [2.0, 3.0]]), "M0 1L2 3");
    }
}
