//! Lines of mathematics as LaTeX: one `aligned` environment.

use super::math::{Base, Line, Math, Operator, Remark, Symbol};
use crate::rule::functions::Total;

pub(crate) fn print(lines: &[Line]) -> String {
    let rows: Vec<String> = lines.iter().map(line).collect();
    format!("\\begin{{aligned}}\n{}\n\\end{{aligned}}", rows.join(" \\\\\n"))
}

fn line(line: &Line) -> String {
    let indent = |depth: &usize| "\\quad ".repeat(*depth);
    match line {
        Line::Heading(remarks) => {
            let part = |remark: &Remark| match remark {
                Remark::Text(text) => format!("\\text{{{text}}}"),
                Remark::Symbol(name) => symbol(name),
            };
            format!("&{}", remarks.iter().map(part).collect::<String>())
        }
        Line::Assignment { depth, target, changes, value } => {
            let arrow = if *changes { "\\leftarrow" } else { "=" };
            format!("&{}{} {arrow} {}", indent(depth), symbol(target), math(value))
        }
        Line::Value { depth, value } => format!("&{}{}", indent(depth), math(value)),
        Line::If { depth, word, condition: Some(condition) } => {
            format!("&{}\\text{{{word} }}{}\\text{{:}}", indent(depth), math(condition))
        }
        Line::If { depth, word, condition: None } => format!("&{}\\text{{{word}:}}", indent(depth)),
    }
}

/// What a sum goes over: as tight as a product, or in parentheses.
fn operand(value: &Math) -> String {
    math(&value.clone().at_least(5))
}

fn symbol(symbol: &Symbol) -> String {
    let base = match &symbol.base {
        Base::Letter(c) => c.to_string(),
        Base::Greek(name, _) => format!("\\{name}"),
        Base::Word(word) => format!("\\mathrm{{{}}}", word.replace(' ', "\\ ")),
    };
    match &symbol.index {
        None => base,
        Some(index) if index.chars().all(|c| c.is_ascii_digit()) => format!("{base}_{{{index}}}"),
        Some(index) => format!("{base}_{{\\mathrm{{{}}}}}", index.replace(' ', "\\ ")),
    }
}

fn math(expression: &Math) -> String {
    match expression {
        Math::Number(number) => self::number(number),
        Math::Symbol(name) => symbol(name),
        Math::Word(word) => format!("\\text{{{word}}}"),
        Math::Negate(inner) => format!("-{}", math(inner)),
        Math::Not(inner) => format!("\\lnot {}", math(inner)),
        Math::Binary(operator, left, right) => format!("{} {} {}", math(left), self::operator(*operator), math(right)),
        Math::Product(left, right) if needs_dot(left, right) => format!("{} \\cdot {}", math(left), math(right)),
        Math::Product(left, right) => format!("{} \\, {}", math(left), math(right)),
        Math::Fraction(above, below) => format!("\\frac{{{}}}{{{}}}", math(above), math(below)),
        Math::Power(base, exponent) => format!("{{{}}}^{{{}}}", math(base), math(exponent)),
        Math::Root(None, inner) => format!("\\sqrt{{{}}}", math(inner)),
        Math::Root(Some(degree), inner) => format!("\\sqrt[{degree}]{{{}}}", math(inner)),
        Math::Absolute(inner) => format!("\\left|{}\\right|", math(inner)),
        Math::Call(function, arguments) => {
            let arguments: Vec<String> = arguments.iter().map(math).collect();
            format!("\\operatorname{{{}}}\\left({}\\right)", function.replace('_', "\\_"), arguments.join(",\\, "))
        }
        Math::Reduction(total, over, values) => {
            let over = over.map_or_else(String::new, |over| format!("_{{\\text{{{over}}}}}"));
            let inner = values.iter().map(math).collect::<Vec<_>>().join(",\\, ");
            match total {
                Total::Sum => format!("\\sum\\nolimits{over} {}", values.first().map_or(inner, operand)),
                Total::Mean => format!("\\operatorname{{mean}}{over}\\left({inner}\\right)"),
                Total::Norm => format!("\\left\\lVert {inner} \\right\\rVert{over}"),
                Total::MaxAbs => format!("\\max{over} \\left|{inner}\\right|"),
                Total::Dot => format!("\\left\\langle {inner} \\right\\rangle{over}"),
            }
        }
        Math::Cases(cases) => {
            let rows: Vec<String> = cases
                .iter()
                .map(|(value, condition)| match condition {
                    Some(condition) => format!("{} & \\text{{if }} {}", math(value), math(condition)),
                    None => format!("{} & \\text{{else}}", math(value)),
                })
                .collect();
            format!("\\begin{{cases}} {} \\end{{cases}}", rows.join(" \\\\ "))
        }
        Math::Parentheses(inner) => format!("\\left({}\\right)", math(inner)),
    }
}

fn number(text: &str) -> String {
    match text.split_once('e') {
        Some(("1", exponent)) => format!("10^{{{exponent}}}"),
        Some((digits, exponent)) => format!("{digits} \\cdot 10^{{{exponent}}}"),
        None => text.to_owned(),
    }
}

/// Whether a dot has to stand between two factors: `2 · 3`, not `2 3`; `trust · length`, which are two words.
pub(crate) fn needs_dot(left: &Math, right: &Math) -> bool {
    starts_with_digit(right) || ends_with_word(left) || starts_with_word(right)
}

fn starts_with_word(math: &Math) -> bool {
    match math {
        Math::Symbol(symbol) => matches!(symbol.base, Base::Word(_)),
        Math::Product(left, _) | Math::Power(left, _) => starts_with_word(left),
        _ => false,
    }
}

fn ends_with_word(math: &Math) -> bool {
    match math {
        Math::Symbol(symbol) => matches!(symbol.base, Base::Word(_)),
        Math::Product(_, right) => ends_with_word(right),
        Math::Power(base, _) => ends_with_word(base),
        _ => false,
    }
}

fn starts_with_digit(math: &Math) -> bool {
    match math {
        Math::Number(_) => true,
        Math::Product(left, _) | Math::Power(left, _) => starts_with_digit(left),
        _ => false,
    }
}

fn operator(operator: Operator) -> &'static str {
    match operator {
        Operator::Plus => "+",
        Operator::Minus => "-",
        Operator::Less => "<",
        Operator::LessEqual => "\\le",
        Operator::Greater => ">",
        Operator::GreaterEqual => "\\ge",
        Operator::Equal => "=",
        Operator::NotEqual => "\\ne",
        Operator::And => "\\land",
        Operator::Or => "\\lor",
    }
}
