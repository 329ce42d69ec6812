//! What the command line asks for.

use optim_core::rules::catalogue;

use crate::set::Set;

/// Words of the command line: of each kind, what is named, and everything where nothing is.
#[derive(Default)]
pub(crate) struct Choice {
    sets: Vec<Set>,
    rules: Vec<&'static str>,
    scalars: Vec<String>,
    threads: Vec<usize>,
    plain: bool,
    /// As many as the process has when it begins: later its threads are kept to one each.
    cores: usize,
}

impl Choice {
    /// # Errors
    /// When a word is no set, rule, number type or number of threads.
    pub(crate) fn parse(words: &[String]) -> Result<Self, String> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let mut choice = Choice { cores, ..Choice::default() };
        let names: Vec<&'static str> = catalogue().iter().map(|entry| entry.name).collect();
        for word in words {
            let set = Set::ALL.into_iter().find(|set| set.name().eq_ignore_ascii_case(word));
            let rule = names.iter().find(|name| name.eq_ignore_ascii_case(word));
            match (set, rule, word.as_str()) {
                (Some(set), ..) => choice.sets.push(set),
                (_, Some(rule), _) => choice.rules.push(rule),
                (.., "f32" | "f64") => choice.scalars.push(word.clone()),
                (.., "1") => choice.threads.push(1),
                (.., "2") => choice.threads.push(2),
                (.., "plain") => choice.plain = true,
                _ => {
                    let sets = Set::ALL.map(Set::name).join(" ");
                    let rules = names.join(" ");
                    return Err(format!(
                        "found `{word}`, write `threads` or `serve` alone, or some of: {sets}, f32 f64, 1 2 (threads), \
                         plain, {rules}"
                    ));
                }
            }
        }
        Ok(choice)
    }

    pub(crate) fn sets(&self) -> Vec<Set> {
        Set::ALL.into_iter().filter(|set| self.sets.is_empty() || self.sets.contains(set)).collect()
    }

    pub(crate) fn rule(&self, name: &str) -> bool {
        if self.rules.is_empty() { !self.plain } else { self.rules.contains(&name) }
    }

    pub(crate) fn scalar(&self, name: &str) -> bool {
        self.scalars.is_empty() || self.scalars.iter().any(|scalar| scalar == name)
    }

    /// One thread, and two where the machine has them.
    pub(crate) fn threads(&self) -> Vec<usize> {
        let wanted = |threads: &usize| self.threads.is_empty() || self.threads.contains(threads);
        [1, 2].into_iter().filter(|threads| *threads <= self.cores).filter(wanted).collect()
    }

    /// Whether Adam is compared with the loop by hand.
    pub(crate) fn plain(&self) -> bool {
        self.plain || self.rules.is_empty() || self.rule("Adam")
    }
}
