//! Handwritten digits as small pictures.

use std::fmt::Write as _;

/// How many shades there are between paper and ink.
const SHADES: usize = 16;

/// A digit of eight by eight numbers between 0 and 1, as an `<svg>` element: one path for each shade of ink.
pub(crate) fn digit(pixels: impl IntoIterator<Item = f32>, label: usize) -> String {
    let mut shades = vec![String::new(); SHADES + 1];
    for (index, ink) in pixels.into_iter().take(64).enumerate() {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 0 and the number of shades"
        )]
        let shade = (ink.clamp(0.0, 1.0) * SHADES as f32).round() as usize;
        let _ = write!(shades[shade], "M{} {}h1v1h-1z", index % 8, index / 8);
    }
    let mut svg =
        format!("<svg class=\"digit\" viewBox=\"0 0 8 8\" role=\"img\" aria-label=\"a handwritten {label}\">");
    for (shade, data) in shades.iter().enumerate().skip(1).filter(|(_, data)| !data.is_empty()) {
        let _ = write!(svg, "<path d=\"{data}\" opacity=\"{}\"/>", shade as f32 / SHADES as f32);
    }
    svg.push_str("</svg>");
    svg
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_inked_pixel_is_a_square() {
        let mut pixels = [0.0; 64];
        (pixels[0], pixels[9], pixels[63]) = (1.0, 1.0, 0.25);
        let svg = super::digit(pixels, 7);
        assert!(svg.contains("<path d=\"M0 0h1v1h-1zM1 1h1v1h-1z\" opacity=\"1\"/>"), "{svg}");
        assert!(svg.contains("<path d=\"M7 7h1v1h-1z\" opacity=\"0.25\"/>"), "{svg}");
        assert_eq!(svg.matches("<path").count(), 2);
    }
}
