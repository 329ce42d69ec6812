//! What formulas look like where letters and words meet, between rows, and at a point ahead.

use super::Formula;
use crate::diagnostics::Diagnostics;
use crate::rule::{check, parse};

fn formula(rule: &str) -> Formula {
    let mut diagnostics = Diagnostics::new();
    let parsed = parse::parse_rule(rule.parse().unwrap(), &mut diagnostics).unwrap();
    let checked = check::check_rule(parsed, &mut diagnostics);
    assert!(diagnostics.finish().is_none(), "{rule}");
    Formula::of(&checked.unwrap())
}

/// The line `w ← …` of a rule that has these names, and uses them all, in LaTeX.
fn latex(value: &str) -> String {
    let head = "struct S { lr: f64 = 0.1, trust: f64 = 1.0 } cache { m, speed }";
    let formula = formula(&format!("{head} update(w, g) {{ w = {value}; m += lr + trust + g; speed += m + w; }}"));
    let start = "&w \\leftarrow ";
    let line = formula.latex.lines().find(|line| line.starts_with(start)).unwrap();
    line[start.len()..].trim_end_matches(" \\\\").to_owned()
}

#[test]
fn a_dot_stands_where_a_word_meets_a_factor() {
    assert_eq!(latex("trust * speed"), "\\mathrm{trust} \\cdot \\mathrm{speed}");
    assert_eq!(latex("lr * speed"), "\\gamma \\cdot \\mathrm{speed}");
    assert_eq!(latex("speed * g"), "\\mathrm{speed} \\cdot g");
    assert_eq!(latex("lr * trust * g"), "\\gamma \\cdot \\mathrm{trust} \\cdot g");
    assert_eq!(latex("pow(speed, 2) * g"), "{\\mathrm{speed}}^{2} \\cdot g");
    assert_eq!(latex("speed * speed * g"), "{\\mathrm{speed}}^{2} \\cdot g");
    assert_eq!(latex("g * pow(speed, 2)"), "g \\cdot {\\mathrm{speed}}^{2}");
    assert_eq!(latex("lr * g"), "\\gamma \\, g");
    assert_eq!(latex("lr * (g + m)"), "\\gamma \\, \\left(g + m\\right)");
    assert_eq!(latex("lr * (g / m)"), "\\gamma \\, \\frac{g}{m}");
}

#[test]
fn a_dot_stands_at_the_same_places_in_mathml() {
    let of = |value: &str| {
        let rule = format!("struct S {{ trust: f64 = 1.0 }} update(w, g) {{ w = {value}; w -= trust + g; }}");
        formula(&rule).mathml.matches("<mo>⋅</mo>").count()
    };
    assert_eq!([of("trust * g"), of("pow(trust, 2) * g"), of("w * g")], [1, 1, 0]);
}

#[test]
fn every_row_has_a_strut() {
    let rule = "struct S { lr: f64 = 0.1 } update(w, g) { let d = if g > 0 { lr } else { 0 }; w -= d; }";
    let mathml = formula(rule).mathml;
    let strut = "<mspace height=\"0.9em\" depth=\"0.4em\"/>";
    assert_eq!(mathml.matches("<mtr>").count(), 4, "two lines, two cases");
    assert_eq!(mathml.matches(&format!("<mtr><mtd style=\"text-align:left\">{strut}")).count(), 4);
}

#[test]
fn a_sum_that_is_a_factor_ends_before_the_next() {
    assert_eq!(latex("sum(g) * w"), "\\left(\\sum\\nolimits g\\right) \\, w");
    assert_eq!(latex("w * sum(g)"), "w \\, \\left(\\sum\\nolimits g\\right)");
    assert_eq!(latex("sum(g * w)"), "\\sum\\nolimits g \\, w");
}

#[test]
fn a_point_ahead_says_which_gradient_is_which_by_the_names_of_the_sections() {
    let headings = |rule: &str| {
        let Formula { latex, mathml, text, .. } = formula(rule);
        let lines = latex.lines().filter(|line| line.contains("\\text")).map(|line| line.trim_end_matches(" \\\\"));
        (lines.map(str::to_owned).collect::<Vec<_>>(), mathml, text)
    };
    let (lines, mathml, text) = headings("struct S; look_ahead(x, slope) { x + slope } update(w, g) { w -= g; }");
    let ahead = "&\\text{with }\\mathrm{slope}\\text{ the gradient at }x\\text{, look ahead to}";
    assert_eq!(lines, [ahead, "&\\text{then, with }g\\text{ the gradient there}"]);
    let space = '\u{a0}';
    assert!(mathml.contains(&format!("<mtext>with{space}</mtext><mi mathvariant=\"normal\">slope</mi>")), "{mathml}");
    assert!(mathml.contains(&format!("<mi>g</mi><mtext>{space}the{space}gradient{space}there</mtext>")), "{mathml}");
    assert_eq!(text, "look_ahead(x, slope):\n  x + slope\nupdate(w, g):\n  w -= g");
    let (lines, ..) = headings("struct S; cache { m } look_ahead(x) { x + m } update(y, grad) { m = grad; y -= m; }");
    assert_eq!(lines, ["&\\text{look ahead to}", "&\\text{then, with }\\mathrm{grad}\\text{ the gradient there}"]);
}
