//! The picture of all schedules in the docs, `docs/schedules.svg`: drawn here, and up to date.

use std::fmt::Write as _;
use std::path::Path;

use optim_core::schedule::{
    Boxed, Constant, Cosine, CosineRestarts, Curve, Cyclic, CyclicKind, Exponential, InverseSqrt, Lambda, Linear,
    MultiStep, OneCycle, Piecewise, Polynomial, ReduceOnPlateau, Schedule, Step, WarmupStableDecay,
};

const STYLE: &str = include_str!("picture.css");

/// How many steps a panel shows.
const STEPS: u16 = 100;

/// Panels in a row.
const COLUMNS: usize = 4;

/// Where the first panel stands, how far it is to the next, and the frame that its lines are in.
const MARGIN: [f64; 2] = [44.0, 62.0];
const PITCH: [f64; 2] = [262.0, 172.0];
const FRAME: [f64; 2] = [214.0, 96.0];

/// A panel: its title, and lines with what stands above them.
struct Panel {
    title: &'static str,
    lines: Vec<(&'static str, Vec<f64>)>,
    /// What was observed.
    metric: Vec<f64>,
}

fn values(schedule: &Boxed) -> Vec<f64> {
    schedule.check().unwrap();
    (1..=u64::from(STEPS)).map(|step| schedule.at(step)).collect()
}

fn panel<const N: usize>(title: &'static str, lines: [(&'static str, Boxed); N]) -> Panel {
    let lines = lines.into_iter().map(|(name, schedule)| (name, values(&schedule))).collect();
    Panel { title, lines, metric: Vec::new() }
}

fn kinds() -> Vec<Panel> {
    let exponential = |gamma| Exponential { from: 1.0, gamma }.boxed();
    let polynomial = |power| Polynomial { from: 1.0, to: 0.1, steps: 90, power }.boxed();
    let restarts = |first, multiplier| CosineRestarts { from: 1.0, to: 0.0, first, multiplier }.boxed();
    let cycle = OneCycle::new(1.0, 100);
    let cyclic = |kind, up, down| Cyclic { base: 0.1, peak: 1.0, up, down, kind }.boxed();
    let wsd = WarmupStableDecay::new(1.0, 15, 45, 35);
    let points = vec![(10, 0.2), (35, 1.0), (60, 0.5), (90, 0.1)];
    let piecewise = |curve| Piecewise { points: points.clone(), curve }.boxed();
    vec![
        panel("Constant", [("0.7", Constant(0.7).boxed())]),
        panel("Linear", [("to 0.1 in 80 steps", Linear { from: 1.0, to: 0.1, steps: 80 }.boxed())]),
        panel("Polynomial", [("power 2", polynomial(2.0)), ("power 0.5", polynomial(0.5))]),
        panel("Exponential", [("gamma 0.97", exponential(0.97)), ("gamma 0.9", exponential(0.9))]),
        panel("Step", [("half, every 20", Step { from: 1.0, gamma: 0.5, every: 20 }.boxed())]),
        panel(
            "MultiStep",
            [("a third, after 30, 70, 80", MultiStep { from: 1.0, gamma: 1.0 / 3.0, after: vec![30, 70, 80] }.boxed())],
        ),
        panel("Cosine", [("to 0.1 in 80 steps", Cosine { from: 1.0, to: 0.1, steps: 80 }.boxed())]),
        panel("CosineRestarts", [("multiplier 1", restarts(25, 1)), ("multiplier 2", restarts(14, 2))]),
        panel(
            "OneCycle",
            [
                ("cosine", cycle.boxed()),
                ("linear", cycle.with_curve(Curve::Linear).boxed()),
                ("three phases", cycle.with_three_phase(true).with_from(0.3).boxed()),
            ],
        ),
        panel("Cyclic: Triangular", [("20 up, 10 down", cyclic(CyclicKind::Triangular, 20, 10))]),
        panel("Cyclic: Triangular2", [("15 up, 15 down", cyclic(CyclicKind::Triangular2, 15, 15))]),
        panel("Cyclic: ExpRange", [("gamma 0.98", cyclic(CyclicKind::ExpRange { gamma: 0.98 }, 10, 10))]),
        panel(
            "WarmupStableDecay",
            [
                ("linear", wsd.boxed()),
                ("cosine", wsd.with_curve(Curve::Cosine).boxed()),
                ("1 − √x", wsd.with_curve(Curve::Sqrt).boxed()),
            ],
        ),
        panel(
            "InverseSqrt",
            [
                ("warm-up 10", InverseSqrt { peak: 1.0, warmup: 10 }.boxed()),
                ("warm-up 40", InverseSqrt { peak: 0.8, warmup: 40 }.boxed()),
            ],
        ),
        panel(
            "Piecewise",
            [
                ("linear", piecewise(Curve::Linear)),
                ("cosine", piecewise(Curve::Cosine)),
                ("hold", piecewise(Curve::Hold)),
            ],
        ),
        plateau(),
        panel("Lambda", [("|step| 10 / (9 + step)", Lambda::new(|step| 10.0 / (9.0 + step as f64)).boxed())]),
    ]
}

fn combinations() -> Vec<Panel> {
    let cosine = |steps| Cosine { from: 1.0, to: 0.1, steps };
    let saw = Linear { from: 1.0, to: 0.2, steps: 25 };
    vec![
        panel(
            ".warmup",
            [
                ("warmup(25, 0.1)", cosine(75).warmup(25, 0.1).boxed()),
                ("ramp.times(…)", Linear { from: 0.1, to: 1.0, steps: 25 }.times(cosine(75)).boxed()),
            ],
        ),
        panel(
            ".then",
            [(
                "Constant, Cosine, Linear",
                Constant(0.6).then(25, cosine(40)).then(65, Linear { from: 0.4, to: 0.0, steps: 30 }).boxed(),
            )],
        ),
        panel(".times", [("Cosine × Step", cosine(100).times(Step { from: 1.0, gamma: 0.6, every: 25 }).boxed())]),
        panel(".repeat", [("Linear, repeat(25)", saw.repeat(25).boxed())]),
        panel(
            ".at_least, .at_most",
            [(
                "Exponential between 0.2 and 0.8",
                Exponential { from: 1.0, gamma: 0.97 }.at_least(0.2).at_most(0.8).boxed(),
            )],
        ),
        panel(
            ".scale, .offset",
            [
                ("Cosine", cosine(80).boxed()),
                ("scale(0.5)", cosine(80).scale(0.5).boxed()),
                ("… .offset(0.3)", cosine(80).scale(0.5).offset(0.3).boxed()),
            ],
        ),
        panel(
            ".skip, .stretch",
            [
                ("Cosine", cosine(80).boxed()),
                ("skip(30)", cosine(80).skip(30).boxed()),
                ("stretch(10)", cosine(8).stretch(10).boxed()),
            ],
        ),
    ]
}

/// The one that observes, with what it observes.
fn plateau() -> Panel {
    let mut schedule = ReduceOnPlateau::new(1.0).with_factor(0.5).with_patience(6);
    let falling = Polynomial { from: 0.95, to: 0.3, steps: 60, power: 2.0 };
    let further = Cosine { from: 0.3, to: 0.15, steps: 20 };
    let metric = falling.then(45, Constant(0.35)).then(70, further);
    let (mut line, mut metrics) = (Vec::new(), Vec::new());
    for step in 1..=u64::from(STEPS) {
        line.push(schedule.at(step));
        metrics.push(metric.at(step));
        schedule.observe(metric.at(step));
    }
    Panel { title: "ReduceOnPlateau", lines: vec![("half, patience 6", line)], metric: metrics }
}

/// A tenth of a pixel.
fn coordinate(x: f64) -> String {
    let rounded = (x * 10.0).round() / 10.0;
    if rounded == 0.0 { "0".into() } else { rounded.to_string() }
}

/// Path data through all values, without the points that a straight line goes through anyway.
fn path(values: &[f64]) -> String {
    let bent = |at: usize| {
        at == 0 || at + 1 == values.len() || (values[at - 1] + values[at + 1] - 2.0 * values[at]).abs() > 1e-9
    };
    let mut data = String::new();
    for (at, &value) in values.iter().enumerate().filter(|&(at, _)| bent(at)) {
        let x = FRAME[0] * at as f64 / f64::from(STEPS);
        let (x, y) = (coordinate(x), coordinate(FRAME[1] * (1.0 - value)));
        let _ = write!(data, "{}{x} {y}", if at == 0 { 'M' } else { 'L' });
    }
    data
}

fn draw(panel: &Panel, at: [f64; 2], svg: &mut String) {
    let [width, height] = FRAME.map(coordinate);
    let _ = write!(svg, "<g transform=\"translate({} {})\">", coordinate(at[0]), coordinate(at[1]));
    let _ = write!(svg, "<text class=\"title\" y=\"-27\">{}</text>", panel.title);
    svg.push_str("<text y=\"-11\">");
    for (index, ((name, _), class)) in panel.lines.iter().zip(["a", "b", "c"]).enumerate() {
        let gap = if index == 0 { "" } else { " dx=\"10\"" };
        let _ = write!(svg, "<tspan class=\"mark {class}\"{gap}>{name}</tspan>");
    }
    if !panel.metric.is_empty() {
        svg.push_str("<tspan class=\"axis\" dx=\"10\">the metric</tspan>");
    }
    svg.push_str("</text>");
    for (tick, label) in [(0.0, "0"), (0.5, "0.5"), (1.0, "1")] {
        let y = coordinate(FRAME[1] * (1.0 - tick));
        let class = if tick == 0.0 { "base" } else { "grid" };
        let _ = write!(svg, "<path class=\"{class}\" d=\"M0 {y}H{width}\"/>");
        let _ = write!(svg, "<text class=\"tick\" x=\"-6\" y=\"{y}\" dy=\".35em\" text-anchor=\"end\">{label}</text>");
    }
    for tick in [0.0, 50.0, 100.0] {
        let x = coordinate(FRAME[0] * tick / f64::from(STEPS));
        let _ = write!(svg, "<path class=\"base\" d=\"M{x} {height}v3\"/>");
        let y = coordinate(FRAME[1] + 15.0);
        let _ = write!(svg, "<text class=\"tick\" x=\"{x}\" y=\"{y}\" text-anchor=\"middle\">{tick}</text>");
    }
    if !panel.metric.is_empty() {
        let _ = write!(svg, "<path class=\"metric\" d=\"{}\"/>", path(&panel.metric));
    }
    for ((_, values), class) in panel.lines.iter().zip(["a", "b", "c"]) {
        let _ = write!(svg, "<path class=\"line {class}\" d=\"{}\"/>", path(values));
    }
    svg.push_str("</g>\n");
}

fn picture() -> String {
    let panels: Vec<Panel> = kinds().into_iter().chain(combinations()).collect();
    let rows = panels.len().div_ceil(COLUMNS);
    let width = MARGIN[0] + PITCH[0] * (COLUMNS - 1) as f64 + FRAME[0] + 20.0;
    let height = MARGIN[1] + PITCH[1] * (rows - 1) as f64 + FRAME[1] + 46.0;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"schedules\" viewBox=\"0 0 {width} {height}\" role=\"img\">\n\
         <title>The values of all schedules over 100 steps</title>\n<style>\n{STYLE}</style>\n\
         <rect class=\"card\" x=\".5\" y=\".5\" width=\"{}\" height=\"{}\" rx=\"12\"/>\n",
        width - 1.0,
        height - 1.0
    );
    for (index, panel) in panels.iter().enumerate() {
        let (column, row) = (index % COLUMNS, index / COLUMNS);
        draw(panel, [MARGIN[0] + PITCH[0] * column as f64, MARGIN[1] + PITCH[1] * row as f64], &mut svg);
    }
    let (x, y) = (coordinate(width / 2.0), coordinate(height - 12.0));
    let _ = write!(
        svg,
        "<text class=\"axis\" x=\"{x}\" y=\"{y}\" text-anchor=\"middle\">value over steps taken (step − 1)</text>\n</svg>\n"
    );
    svg
}

/// The picture is written by this test where it is asked to.
#[test]
fn the_picture_in_the_docs_is_of_these_schedules() {
    let drawn = picture();
    // It is a block of HTML in the docs, which a blank line would end.
    assert!(drawn.lines().all(|line| !line.trim().is_empty()));
    assert!(!drawn.contains("NaN") && !drawn.contains("inf"));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/schedules.svg");
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, &drawn).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap();
    assert!(found == drawn, "draw docs/schedules.svg anew: `BLESS=1 cargo test -p optim-core --test schedule`");
}

/// A kind without a panel is found by its name.
#[test]
fn every_kind_has_a_panel() {
    let titles: String =
        kinds().into_iter().chain(combinations()).map(|panel| panel.title).collect::<Vec<_>>().join(" ");
    let module = include_str!("../../src/schedule/mod.rs");
    let kinds =
        module.lines().filter_map(|line| line.strip_prefix("pub use ")?.split_once("::")).map(|(_, names)| names);
    let names: Vec<&str> = kinds
        .flat_map(|names| names.trim_matches(['{', '}', ';', ' ']).split([',', '}', '{', ';']))
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .collect();
    assert!(names.len() > 20, "{names:?}");
    // What is made by a method is shown under the method's name, what is chosen under its schedule's.
    let elsewhere = [
        "Affine",
        "Bounded",
        "Boxed",
        "Curve",
        "CyclicKind",
        "Error",
        "mode::Mode",
        "Product",
        "Repeat",
        "Skip",
        "Stretch",
        "Then",
        "Threshold",
        "Warmup",
    ];
    for name in names.iter().filter(|name| !elsewhere.contains(name)) {
        assert!(titles.contains(name), "{name} has no panel");
    }
}
