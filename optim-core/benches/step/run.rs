//! The measurements of a run: every rule against its floor, and Adam against the loop by hand.

use std::rc::Rc;

use ndarray::Array1;
use optim_core::{Error, Real, RealOf};

use crate::choice::Choice;
use crate::floor::{self, Floor, Width};
use crate::measure::{Budget, Pairs, compare};
use crate::memory::Memory;
use crate::plain::Plain;
use crate::report::{Report, Row};
use crate::set::{Data, Mlp, Model, Set};
use crate::streams::Pass;
use crate::subject::{Candidate, candidates};

/// How often everything is allocated anew. Where the system puts a large array in memory changes what it can bring by a
/// tenth and more, as long as the array lives.
fn placements(set: Set, scalar: &str) -> usize {
    match (set, scalar) {
        (Set::Big, "f32") => 4,
        (Set::Big, _) => 2,
        _ => 1,
    }
}

/// For a rule, at each place. What all sets, number types and threads take together is some minutes.
fn budget(set: Set) -> Budget {
    match set {
        Set::Big => Budget { warm: 1, seconds: 0.0, fewest: 2, most: 2 },
        _ => Budget { warm: 2, seconds: 0.15, fewest: 5, most: 41 },
    }
}

/// For the loop by hand; in all at least 20 pairs.
fn plain_budget(set: Set) -> Budget {
    Budget { warm: 2, seconds: 0.5, fewest: 20_usize.div_ceil(placements(set, "f32")), most: 101 }
}

pub(crate) fn run(choice: &Choice) -> Result<(), Error> {
    let mut report = Report::default();
    for set in choice.sets() {
        if choice.scalar("f32") {
            of_scalar::<f32>(set, choice, &mut report)?;
        }
        if choice.scalar("f64") {
            of_scalar::<f64>(set, choice, &mut report)?;
        }
    }
    report.write("step.json").map_err(|error| Error::other(format!("`step.json`: {error}")))
}

fn of_scalar<A: Width>(set: Set, choice: &Choice, report: &mut Report) -> Result<(), Error> {
    match set {
        Set::Big | Set::Mid => of_model::<Array1<A>>(set, choice, report),
        Set::Mlp => of_model::<Mlp<A>>(set, choice, report),
        Set::Tiny => of_model::<Vec<Array1<A>>>(set, choice, report),
    }
}

fn of_model<M: Model>(set: Set, choice: &Choice, report: &mut Report) -> Result<(), Error>
where
    RealOf<M>: Width,
{
    let candidates: Vec<_> = candidates::<M>().into_iter().filter(|rule| choice.rule(rule.name)).collect();
    let threads = choice.threads();
    let mut rules: Vec<Vec<Pairs>> =
        threads.iter().map(|_| candidates.iter().map(|_| Pairs::default()).collect()).collect();
    let mut plain: Vec<Pairs> = threads.iter().map(|_| Pairs::default()).collect();
    let with_plain = choice.plain() && size_of::<RealOf<M>>() == 4;
    // What is made anew is somewhere else as long as the last is there.
    let mut last = None;
    for _ in 0..placements(set, RealOf::<M>::NAME) {
        let mut data = Data::<M>::new(set);
        let mut memory = floor::memory::<<RealOf<M> as Width>::Word>(set);
        for (t, &threads) in threads.iter().enumerate() {
            for (candidate, pairs) in candidates.iter().zip(&mut rules[t]) {
                if moves(set, candidate) {
                    pairs.append(of_rule(set, threads, candidate, &mut data, &mut memory)?);
                }
            }
            if with_plain {
                plain[t].append(of_plain(set, threads, &mut data)?);
            }
        }
        last = Some((data, memory));
    }
    drop(last);
    for ((&threads, rules), plain) in threads.iter().zip(rules).zip(plain) {
        Report::set(set.name(), RealOf::<M>::NAME, threads);
        for (candidate, pairs) in candidates.iter().zip(rules) {
            if moves(set, candidate) {
                report.row(&row(set, threads, candidate, pairs));
            } else {
                println!("{:18} left out: it moves matrices, and this set has none", candidate.name);
            }
        }
        if with_plain {
            report.plain(set.name(), threads, plain.compared());
        }
    }
    Ok(())
}

/// Whether a rule moves anything of a set.
fn moves<M>(set: Set, candidate: &Candidate<M>) -> bool {
    set.shapes().iter().any(|shape| (candidate.moves)(shape))
}

/// What a step does with each tensor of a set; nothing with those that the rule does not move.
fn passes<M>(set: Set, candidate: &Candidate<M>) -> Vec<Rc<[Pass]>> {
    // Tensors of one shape have one list of passes.
    let mut known: Vec<(Vec<usize>, Rc<[Pass]>)> = Vec::new();
    let of_shape = |shape: Vec<usize>| {
        let found = known.iter().find(|(other, _)| *other == shape).map(|(_, passes)| passes.clone());
        found.unwrap_or_else(|| {
            let new: Rc<[Pass]> =
                if (candidate.moves)(&shape) { (candidate.passes)(&shape) } else { Vec::new() }.into();
            known.push((shape, new.clone()));
            new
        })
    };
    set.shapes().into_iter().map(of_shape).collect()
}

fn row<M: Model>(set: Set, threads: usize, candidate: &Candidate<M>, pairs: Pairs) -> Row {
    let all = passes(set, candidate);
    let (mut weights, mut bytes) = (0, 0);
    for (shape, passes) in set.shapes().iter().zip(&all).filter(|(_, passes)| !passes.is_empty()) {
        let len = shape.iter().product::<usize>();
        weights += len;
        bytes += len * size_of::<RealOf<M>>() * passes.iter().map(Pass::streams).sum::<usize>();
    }
    let passes = all.iter().map(|passes| passes.len()).max().unwrap_or(0);
    let (rule, scalar, compared) = (candidate.name, RealOf::<M>::NAME, pairs.compared());
    Row { rule, set: set.name(), scalar, threads, weights, bytes, passes, compared }
}

fn of_rule<M: Model>(
    set: Set,
    threads: usize,
    candidate: &Candidate<M>,
    data: &mut Data<M>,
    memory: &mut Memory<<RealOf<M> as Width>::Word>,
) -> Result<Pairs, Error>
where
    RealOf<M>: Width,
{
    let passes = passes(set, candidate);
    let passes: Vec<&[Pass]> = passes.iter().map(|passes| &**passes).collect();
    let mut floor = Floor::new(memory, &passes, threads);
    data.reset();
    let mut subject = (candidate.init)(&data.weights)?;
    subject.set_threads(Some(threads))?;
    compare(
        budget(set),
        |count| {
            data.turn();
            subject.steps(data, count)
        },
        |count| Ok::<f64, Error>(floor.time(count)),
    )
}

fn of_plain<M: Model>(set: Set, threads: usize, data: &mut Data<M>) -> Result<Pairs, Error> {
    let candidates = candidates::<M>();
    let Some(adam) = candidates.iter().find(|candidate| candidate.name == "Adam") else { return Ok(Pairs::default()) };
    data.reset();
    let mut subject = (adam.init)(&data.weights)?;
    subject.set_threads(Some(threads))?;
    let mut plain = Plain::new(set, threads);
    compare(
        plain_budget(set),
        |count| {
            data.turn();
            subject.steps(data, count)
        },
        |count| {
            plain.turn();
            Ok::<f64, Error>(plain.time(count))
        },
    )
}
