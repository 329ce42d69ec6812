//! Steps on request, for a program that compares them with somebody else's: `peers.py`.
//!
//! A line `rule set count` is answered by a line with the microseconds of each of so many steps in `f32`, on as many threads
//! as pay, or by `error: …`. State is kept while rule and set stay the same.

use std::io::{BufRead, Write, stdin, stdout};

use ndarray::Array1;
use optim_core::Error;

use crate::measure::Count;
use crate::pin;
use crate::set::{Data, Mlp, Model, Set};
use crate::subject::{Subject, candidates};

/// A request after another until there are no more.
pub(crate) fn serve() -> Result<(), Error> {
    let mut served: Option<(String, Box<dyn Served>)> = None;
    for line in stdin().lock().lines() {
        let line = line.map_err(|error| Error::other(error.to_string()))?;
        let answer = answer(&line, &mut served).unwrap_or_else(|error| format!("error: {error}"));
        println!("{answer}");
        stdout().flush().map_err(|error| Error::other(error.to_string()))?;
    }
    Ok(())
}

fn answer(line: &str, served: &mut Option<(String, Box<dyn Served>)>) -> Result<String, Error> {
    let wrong = || Error::other(format!("found `{line}`, write `rule set count`"));
    let &[rule, set, count] = &line.split_whitespace().collect::<Vec<_>>()[..] else { return Err(wrong()) };
    let count: usize = count.parse().map_err(|_| wrong())?;
    let key = format!("{rule} {set}");
    if served.as_ref().is_none_or(|(known, _)| *known != key) {
        // What was before goes first: two big sets need not fit together.
        *served = None;
        *served = Some((key, start(rule, set)?));
    }
    let Some((_, served)) = served else { return Err(wrong()) };
    served.times(count)
}

fn start(rule: &str, set: &str) -> Result<Box<dyn Served>, Error> {
    let set = Set::ALL.into_iter().find(|known| known.name() == set);
    let set =
        set.ok_or_else(|| Error::other(format!("there is no such set; write one of {:?}", Set::ALL.map(Set::name))))?;
    match set {
        Set::Big | Set::Mid => State::<Array1<f32>>::start(rule, set),
        Set::Mlp => State::<Mlp<f32>>::start(rule, set),
        Set::Tiny => State::<Vec<Array1<f32>>>::start(rule, set),
    }
}

trait Served {
    fn times(&mut self, count: usize) -> Result<String, Error>;
}

struct State<M> {
    data: Data<M>,
    subject: Box<dyn Subject<M>>,
}

impl<M: Model> State<M> {
    fn start(rule: &str, set: Set) -> Result<Box<dyn Served>, Error> {
        let candidates = candidates::<M>();
        let candidate = candidates.iter().find(|candidate| candidate.name == rule);
        let candidate = candidate.ok_or_else(|| Error::other(format!("there is no rule `{rule}`")))?;
        let mut data = Data::<M>::new(set);
        let mut subject = (candidate.init)(&data.weights)?;
        subject.set_threads(None)?;
        // The first step counts the processors, which has to be before each thread has one of its own.
        subject.steps(&mut data, Count { steps: 1, warm: 0 })?;
        Ok(Box::new(State { data, subject }))
    }
}

impl<M: Model> Served for State<M> {
    fn times(&mut self, count: usize) -> Result<String, Error> {
        self.data.turn();
        pin::spread();
        let mut times = Vec::with_capacity(count);
        for _ in 0..count {
            let seconds = self.subject.steps(&mut self.data, Count { steps: 1, warm: 0 })?;
            times.push(format!("{:.2}", seconds * 1e6));
        }
        Ok(times.join(" "))
    }
}
