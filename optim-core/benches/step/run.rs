//! The measurements of a run: every rule against its floor, and Adam against the loop by hand.

use std::rc::Rc;

use ndarray::Array1;
use optim_core::{Error, Real, RealOf};

use crate::choice::Choice;
use crate::floor::{self, Floor, Width};
use crate::measure::{Budget, compare};
use crate::memory::Memory;
use crate::plain::Plain;
use crate::report::{Report, Row};
use crate::set::{Data, Mlp, Model, Set};
use crate::streams::Pass;
use crate::subject::{Candidate, candidates};

/// What all sets, number types and threads together may take: each comparison has its share.
fn budget(set: Set) -> Budget {
    match set {
        Set::Big => Budget { seconds: 0.5, fewest: 3, most: 15 },
        _ => Budget { seconds: 0.15, fewest: 5, most: 41 },
    }
}

const PLAIN: Budget = Budget { seconds: 0.5, fewest: 20, most: 101 };

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
    let mut data = Data::<M>::new(set);
    let mut memory = (!candidates.is_empty()).then(|| floor::memory::<<RealOf<M> as Width>::Word>(set));
    for threads in choice.threads() {
        Report::set(set.name(), RealOf::<M>::NAME, threads);
        for candidate in &candidates {
            if let Some(memory) = &mut memory {
                of_rule(set, threads, candidate, &mut data, memory, report)?;
            }
        }
        if choice.plain() && size_of::<RealOf<M>>() == 4 {
            with_plain(set, threads, &mut data, report)?;
        }
    }
    Ok(())
}

fn of_rule<M: Model>(
    set: Set,
    threads: usize,
    candidate: &Candidate<M>,
    data: &mut Data<M>,
    memory: &mut Memory<<RealOf<M> as Width>::Word>,
    report: &mut Report,
) -> Result<(), Error>
where
    RealOf<M>: Width,
{
    let shapes = set.shapes();
    if !shapes.iter().any(|shape| (candidate.moves)(shape)) {
        println!("{:18} left out: it moves matrices, and this set has none", candidate.name);
        return Ok(());
    }
    // Tensors of one shape have one list of passes.
    let mut known: Vec<(&[usize], Rc<[Pass]>)> = Vec::new();
    let mut passes: Vec<Rc<[Pass]>> = Vec::new();
    for shape in &shapes {
        let found = known.iter().find(|(other, _)| other == shape).map(|(_, passes)| passes.clone());
        passes.push(found.unwrap_or_else(|| {
            let new = if (candidate.moves)(shape) { (candidate.passes)(shape) } else { Vec::new() };
            let new: Rc<[Pass]> = new.into();
            known.push((shape, new.clone()));
            new
        }));
    }
    let passes: Vec<&[Pass]> = passes.iter().map(|passes| &**passes).collect();
    let (mut weights, mut bytes) = (0, 0);
    for (shape, passes) in shapes.iter().zip(&passes).filter(|(_, passes)| !passes.is_empty()) {
        let len = shape.iter().product::<usize>();
        weights += len;
        bytes += len * size_of::<RealOf<M>>() * passes.iter().map(Pass::streams).sum::<usize>();
    }
    let mut floor = Floor::new(memory, &passes, threads);
    data.reset();
    let mut subject = (candidate.init)(&data.weights)?;
    subject.set_threads(threads)?;
    let compared = compare(
        budget(set),
        |count| {
            data.turn();
            subject.steps(data, count)
        },
        |count| Ok::<f64, Error>(floor.time(count)),
    )?;
    let passes = passes.iter().map(|passes| passes.len()).max().unwrap_or(0);
    let (rule, scalar) = (candidate.name, RealOf::<M>::NAME);
    report.row(&Row { rule, set: set.name(), scalar, threads, weights, bytes, passes, compared });
    Ok(())
}

fn with_plain<M: Model>(set: Set, threads: usize, data: &mut Data<M>, report: &mut Report) -> Result<(), Error> {
    let candidates = candidates::<M>();
    let Some(adam) = candidates.iter().find(|candidate| candidate.name == "Adam") else { return Ok(()) };
    data.reset();
    let mut subject = (adam.init)(&data.weights)?;
    subject.set_threads(threads)?;
    let mut plain = Plain::new(set, threads);
    let compared = compare(
        PLAIN,
        |count| {
            data.turn();
            subject.steps(data, count)
        },
        |count| {
            plain.turn();
            Ok::<f64, Error>(plain.time(count))
        },
    )?;
    report.plain(set.name(), threads, compared);
    Ok(())
}
