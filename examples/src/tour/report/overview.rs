//! The parts of the report that compare all rules, and what frames it.

use std::fmt::Write as _;

use super::{Report, swatch, told};
use crate::figure::chart::{Chart, Quantity, loss};
use crate::figure::{digits, map};
use crate::registry::key;
use crate::scene::{NEAR, SCENES};
use crate::table::{hyper_parameters, time};
use crate::training::SIZES;

/// Charts that stand beside each other on a wide page.
const HALF: [f64; 2] = [540.0, 350.0];

impl Report<'_> {
    /// Title, what this is, and the most telling picture.
    pub(super) fn opening(&self) -> String {
        let scene = SCENES.len() - 1;
        let rules = match self.entries.len() {
            1 => "One way".to_owned(),
            count => format!("{} ways", number(count)),
        };
        let links = self.entries.iter().map(|entry| {
            let name = entry.rule.name();
            format!("<a href=\"#{}\">{}</a>", key(name), swatch(name))
        });
        format!(
            "<header><div><p class=\"kicker\">The tour</p><h1>{rules} to go downhill</h1>\
             <p class=\"intro\">A network learns by walking downhill on a landscape that nobody can see: its loss, as a \
             function of all its weights. How it walks is decided by an <em>update rule</em> of a few lines. Here each \
             rule trains the same network, and walks over landscapes small enough to look at.</p>\
             <nav><a href=\"#race\">The race</a><a href=\"#landscapes\">Landscapes</a>{links}</nav></div>\
             <figure class=\"hero\">{map}<figcaption>{title}: all start at the same place, but not all end at \
             the same. One lap of the dots is {steps} steps.</figcaption></figure></header>\n",
            links = links.collect::<String>(),
            map = map::svg(&SCENES[scene], &self.paths(scene), map::Show::Race),
            title = SCENES[scene].title,
            steps = SCENES[scene].landscape.steps(),
        )
    }

    /// The training: data, curves of all rules, the table.
    pub(super) fn race(&self) -> String {
        let task = self.task;
        let mut html = format!(
            "<section id=\"race\"><h2>The race</h2><div class=\"columns\"><div><p>The task: tell which of the ten digits \
             somebody has written, from 8 × 8 pixels. {train} digits to learn from, {test} others to be \
             tested with. The network has {inputs} inputs, {hidden} hidden units and {classes} \
             outputs: 2,410 weights.</p><p>Every rule gets the same digits in the same order, {batch} at a time, \
             {epochs} over, and the same initial weights (seed {seed}). What differs is the rule alone.</p></div>",
            train = thousands(task.train.len()),
            test = thousands(task.test.len()),
            inputs = SIZES[0],
            hidden = SIZES[1],
            classes = SIZES[2],
            batch = task.batch,
            epochs = if task.epochs == 1 { "once".to_owned() } else { format!("{} times", task.epochs) },
            seed = task.seed,
        );
        html.push_str("<div class=\"digits\">");
        for (pixels, label) in task.train.inputs.rows().into_iter().zip(&task.train.labels).take(30) {
            html.push_str(&digits::digit(pixels.iter().copied(), *label));
        }
        html.push_str("</div></div>");
        html.push_str("<div class=\"columns\">");
        for (quantity, caption) in [
            (Quantity::Loss, "Loss on the training set after each epoch, on a logarithmic scale. Lower is better."),
            (Quantity::Accuracy, "Digits of the test set that are told correctly. Higher is better."),
        ] {
            let series = self.series(quantity);
            let chart = Chart { quantity, series: &series, emphasis: None, size: HALF };
            let _ = write!(html, "<figure>{}<figcaption>{caption}</figcaption></figure>", chart.svg());
        }
        html.push_str("</div>");
        html.push_str(&self.table());
        html.push_str(
            "<p class=\"aside\">A low loss on the training set is not the goal but the means: what counts are digits \
             that the network has not seen. On so small a data set, rules that reach several times less loss are often \
             no better there; they know their examples by heart.</p></section>\n",
        );
        html
    }

    fn table(&self) -> String {
        let mut html = String::from(
            "<div class=\"scroll\"><table class=\"results\"><thead><tr><th>rule</th><th>hyper-parameters</th>\
             <th class=\"number\">train loss</th><th class=\"number\">test accuracy</th><th class=\"number\">time</th>\
             </tr></thead><tbody>",
        );
        for entry in self.entries {
            let (name, last) = (entry.rule.name(), entry.run.last());
            let _ = write!(
                html,
                "<tr><th><a href=\"#{}\">{}</a></th><td>{}</td><td class=\"number\">{}</td>\
                 <td class=\"number\">{:.1} %</td><td class=\"number\">{}</td></tr>",
                key(name),
                swatch(name),
                hyper_parameters(&*entry.rule),
                loss(last.train_loss),
                100.0 * last.test_accuracy,
                time(entry),
            );
        }
        html.push_str("</tbody></table></div>");
        html
    }

    /// Each landscape with the paths of all rules.
    pub(super) fn landscapes(&self) -> String {
        let mut html = String::from(
            "<section id=\"landscapes\"><h2>Landscapes</h2><p class=\"wide\">Nobody can see a landscape of 2,410 \
             dimensions, but its difficulties can be had with two weights. The stronger the colour, the lower the ground. The \
             paths are those of the very rules that trained the network, with rates that suit each landscape; every rule starts at the same \
             place and takes the same number of steps.</p>",
        );
        for (index, scene) in SCENES.iter().enumerate() {
            let _ = write!(
                html,
                "<div class=\"scene\" id=\"scene-{name}\"><figure>{map}</figure><div><h3>{title}</h3>\
                 <p class=\"function\"><math>{formula}</math></p><p>{difficulty}</p><p>{look}</p>",
                name = scene.landscape.name(),
                map = map::svg(scene, &self.paths(index), map::Show::Race),
                title = scene.title,
                formula = scene.formula,
                difficulty = scene.difficulty,
                look = scene.look,
            );
            html.push_str("<table class=\"outcomes\"><tbody>");
            for entry in self.entries {
                let (name, path) = (entry.rule.name(), &entry.paths[index]);
                let _ = write!(html, "<tr><th>{}</th><td>{}</td></tr>", swatch(name), told(path.outcome));
            }
            let _ = write!(
                html,
                "</tbody></table><p class=\"small\">{} steps; at a place is who stays within {NEAR} of it.</p></div></div>",
                scene.landscape.steps()
            );
        }
        html.push_str("</section>\n");
        html
    }

    /// How the page was made.
    pub(super) fn colophon(&self) -> String {
        let task = self.task;
        let rules: Vec<String> = self.entries.iter().map(|entry| key(entry.rule.name())).collect();
        format!(
            "<footer><h2>How this page was made</h2><p>By a program that trains, walks and draws: \
             <code>cargo run --release -- --rules {rules} --epochs {epochs} --batch {batch} --seed {seed}</code>. The \
             same seed gives the same numbers on every machine of the same kind, times apart. The loss is the mean \
             cross-entropy over the whole training set, measured after each epoch where the rule says that its network \
             is to be evaluated; times are those of the steps, without measuring. All numbers stand in \
             <code>results.json</code> beside this page.</p><p>The formulas, the code that trained, and the paths come \
             from one declaration of each rule.</p><p>Digits: E. Alpaydin, C. Kaynak, <cite>Optical Recognition of \
             Handwritten Digits</cite>, UCI Machine Learning Repository, doi:10.24432/C50P49, licensed under CC BY 4.0; \
             pixels divided by 16.</p></footer>\n",
            rules = rules.join(","),
            epochs = task.epochs,
            batch = task.batch,
            seed = task.seed,
        )
    }
}

/// A small number in words.
fn number(count: usize) -> &'static str {
    ["No", "One", "Two", "Three", "Four", "Five", "Six", "Seven"].get(count).copied().unwrap_or("Many")
}

/// A number with a comma for the thousands.
fn thousands(count: usize) -> String {
    if count < 1000 { count.to_string() } else { format!("{},{:03}", count / 1000, count % 1000) }
}
