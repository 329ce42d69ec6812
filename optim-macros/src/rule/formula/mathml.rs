//! Lines of mathematics as `MathML` Core, which browsers set without script.

use super::latex::needs_dot;
use crate::rule::functions::Total;

use super::math::{Base, Line, Math, Operator, Remark, Symbol};

/// Rows of a table stand close: words of one would touch those of the next.
const STRUT: &str = "<mspace height=\"0.9em\" depth=\"0.4em\"/>";

pub(crate) fn print(lines: &[Line]) -> String {
    // Browsers centre the cells of a table: lines of a formula start at the left.
    let row = |line: &Line| format!("<mtr><mtd style=\"text-align:left\">{STRUT}{}</mtd></mtr>", self::line(line));
    let rows: String = lines.iter().map(row).collect();
    format!("<math display=\"block\"><mtable displaystyle=\"true\">{rows}</mtable></math>")
}

fn line(line: &Line) -> String {
    match line {
        Line::Heading(remarks) => {
            // Spaces at the ends of a text are dropped, unless they may not break.
            let part = |remark: &Remark| match remark {
                Remark::Text(text) => format!("<mtext>{}</mtext>", text.replace(' ', "\u{a0}")),
                Remark::Symbol(name) => symbol(name),
            };
            format!("<mrow>{}</mrow>", remarks.iter().map(part).collect::<String>())
        }
        Line::Assignment { depth, target, changes, value } => {
            let arrow = if *changes { "←" } else { "=" };
            format!("<mrow>{}{}<mo>{arrow}</mo>{}</mrow>", indent(*depth), symbol(target), math(value))
        }
        Line::Value { depth, value } => format!("<mrow>{}{}</mrow>", indent(*depth), math(value)),
        Line::If { depth, word, condition: Some(condition) } => {
            format!("<mrow>{}<mtext>{word}\u{a0}</mtext>{}<mo>:</mo></mrow>", indent(*depth), math(condition))
        }
        Line::If { depth, word, condition: None } => {
            format!("<mrow>{}<mtext>{word}</mtext><mo>:</mo></mrow>", indent(*depth))
        }
    }
}

fn indent(depth: usize) -> String {
    if depth == 0 { String::new() } else { format!("<mspace width=\"{}em\"/>", 2 * depth) }
}

pub(crate) fn symbol(symbol: &Symbol) -> String {
    let base = match &symbol.base {
        Base::Letter(c) => format!("<mi>{}</mi>", escape(&c.to_string())),
        Base::Greek(_, c) => format!("<mi>{c}</mi>"),
        Base::Word(word) => format!("<mi mathvariant=\"normal\">{}</mi>", escape(&word.replace(' ', "\u{a0}"))),
    };
    match &symbol.index {
        None => base,
        Some(index) if index.chars().all(|c| c.is_ascii_digit()) => format!("<msub>{base}<mn>{index}</mn></msub>"),
        Some(index) => format!("<msub>{base}<mtext>{}</mtext></msub>", escape(index)),
    }
}

fn math(expression: &Math) -> String {
    match expression {
        Math::Number(number) => self::number(number),
        Math::Symbol(name) => symbol(name),
        Math::Word(word) => format!("<mtext>{word}</mtext>"),
        Math::Negate(inner) => format!("<mrow><mo>−</mo>{}</mrow>", math(inner)),
        Math::Not(inner) => format!("<mrow><mo>¬</mo>{}</mrow>", math(inner)),
        Math::Binary(operator, left, right) => {
            format!("<mrow>{}<mo>{}</mo>{}</mrow>", math(left), self::operator(*operator), math(right))
        }
        Math::Product(left, right) => {
            // The invisible times lets a screen reader say what is meant.
            let times =
                if needs_dot(left, right) { "<mo>⋅</mo>" } else { "<mo>\u{2062}</mo><mspace width=\"0.17em\"/>" };
            format!("<mrow>{}{times}{}</mrow>", math(left), math(right))
        }
        Math::Fraction(above, below) => format!("<mfrac>{}{}</mfrac>", row(above), row(below)),
        Math::Power(base, exponent) => format!("<msup>{}{}</msup>", row(base), row(exponent)),
        Math::Root(None, inner) => format!("<msqrt>{}</msqrt>", math(inner)),
        Math::Root(Some(degree), inner) => format!("<mroot>{}<mn>{degree}</mn></mroot>", row(inner)),
        Math::Absolute(inner) => {
            format!("<mrow><mo stretchy=\"true\">|</mo>{}<mo stretchy=\"true\">|</mo></mrow>", math(inner))
        }
        Math::Call(function, arguments) => {
            let arguments: Vec<String> = arguments.iter().map(math).collect();
            let arguments = arguments.join("<mo>,</mo>");
            format!(
                "<mrow><mi mathvariant=\"normal\">{function}</mi><mo>\u{2061}</mo><mo>(</mo>{arguments}<mo>)</mo></mrow>"
            )
        }
        Math::Reduction(total, over, values) => {
            let under = |operator: &str| match over {
                Some(over) => format!("<msub>{operator}<mtext>{over}</mtext></msub>"),
                None => operator.to_owned(),
            };
            let inner = values.iter().map(math).collect::<Vec<_>>().join("<mo>,</mo>");
            let fenced = |open: &str, close: &str| {
                format!("<mrow><mo stretchy=\"true\">{open}</mo>{inner}<mo stretchy=\"true\">{close}</mo></mrow>")
            };
            match total {
                Total::Sum => {
                    let value = values.first().map_or_else(String::new, |value| math(&value.clone().at_least(5)));
                    format!("<mrow>{}{value}</mrow>", under("<mo largeop=\"false\">∑</mo>"))
                }
                Total::Mean => {
                    let mean = under("<mi mathvariant=\"normal\">mean</mi>");
                    format!("<mrow>{mean}<mo>\u{2061}</mo>{}</mrow>", fenced("(", ")"))
                }
                Total::Norm => under(&fenced("‖", "‖")),
                Total::MaxAbs => {
                    let max = under("<mi mathvariant=\"normal\">max</mi>");
                    format!("<mrow>{max}<mo>\u{2061}</mo>{}</mrow>", fenced("|", "|"))
                }
                Total::Dot => under(&fenced("⟨", "⟩")),
            }
        }
        Math::Cases(cases) => {
            let cell = |inner: &str| format!("<mtd style=\"text-align:left\">{inner}</mtd>");
            let mut rows = String::new();
            for (value, condition) in cases {
                let condition = match condition {
                    Some(condition) => format!("<mrow><mtext>if\u{a0}</mtext>{}</mrow>", math(condition)),
                    None => "<mtext>else</mtext>".into(),
                };
                rows.extend(["<mtr>", &cell(&format!("{STRUT}{}", row(value))), &cell(&condition), "</mtr>"]);
            }
            // A line in place of a brace, which stretches only where a font for mathematics is installed.
            format!("<mtable displaystyle=\"true\" style=\"border-left:1px solid;padding-left:0.2em\">{rows}</mtable>")
        }
        Math::Parentheses(inner) => format!("<mrow><mo>(</mo>{}<mo>)</mo></mrow>", math(inner)),
    }
}

/// One element, as the parts of a fraction must be.
fn row(expression: &Math) -> String {
    format!("<mrow>{}</mrow>", math(expression))
}

fn number(text: &str) -> String {
    match text.split_once('e') {
        Some(("1", exponent)) => format!("<msup><mn>10</mn><mn>{}</mn></msup>", exponent.replace('-', "−")),
        Some((digits, exponent)) => {
            format!(
                "<mrow><mn>{digits}</mn><mo>⋅</mo><msup><mn>10</mn><mn>{}</mn></msup></mrow>",
                exponent.replace('-', "−")
            )
        }
        None => format!("<mn>{}</mn>", text.replace('-', "−")),
    }
}

fn operator(operator: Operator) -> &'static str {
    match operator {
        Operator::Plus => "+",
        Operator::Minus => "−",
        Operator::Less => "&lt;",
        Operator::LessEqual => "≤",
        Operator::Greater => "&gt;",
        Operator::GreaterEqual => "≥",
        Operator::Equal => "=",
        Operator::NotEqual => "≠",
        Operator::And => "∧",
        Operator::Or => "∨",
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
