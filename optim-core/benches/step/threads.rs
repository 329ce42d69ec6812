//! From how many weights a second thread pays: what `WORTH_A_THREAD` in `kernel/isa.rs` is from.

use std::time::{Duration, Instant};

use ndarray::Array1;
use optim_core::kernel::Execution;
use optim_core::prelude::*;

use crate::median::median;
use crate::output::{cpu, date};
use crate::pin;
use crate::set::Normal;

/// Prints a table, and the constant to paste. Steps that follow one another find the second thread awake; after a
/// pause, as between the batches of a training, it sleeps.
pub(crate) fn compare() -> Result<(), Error> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    if cores < 2 {
        println!("this machine has one core: nothing to compare");
        return Ok(());
    }
    println!("us a step of Adam       one after another            after a pause");
    println!("weights           one thread  two threads    one thread  two threads");
    let mut rows = Vec::new();
    for n in (13..19).flat_map(|power| [1_usize << power, 3 << (power - 1)]) {
        let [one, two, paused_one, paused_two] = times(n)?;
        println!("{n:7} {one:20.1} {two:12.1} {paused_one:13.1} {paused_two:12.1}");
        rows.push((n, paused_two < paused_one));
    }
    // From where on two threads win, at this size and at all larger ones.
    let wins = rows.iter().rev().take_while(|(_, wins)| *wins).last();
    println!();
    match wins {
        Some((n, _)) => {
            println!("/// Measured with `cargo bench -p optim-core --bench step -- threads` on {cores} cores of");
            println!("/// an {}, {}.", cpu(), date());
            println!("const WORTH_A_THREAD: usize = {} * 1024;", n / 2 / 1024);
        }
        None => println!("two threads did not win at any of these sizes: measure again without other work"),
    }
    Ok(())
}

/// Microseconds of a step: one after another with one thread and with two, then the same after a pause.
fn times(n: usize) -> Result<[f64; 4], Error> {
    let mut normal = Normal::new(1);
    let mut random = |scale: f64| Array1::from_shape_simple_fn(n, || f32::from_f64(scale * normal.next()));
    let (mut weights, mut gradient) = (random(0.1), random(0.01));
    let mut opt = Adam::default().init(&weights)?;
    let mut times = [const { Vec::new() }; 4];
    opt.set_execution(Execution::default().threads(2))?;
    opt.step(&mut weights, &gradient)?;
    pin::spread();
    for _ in 0..25 {
        gradient.mapv_inplace(|g| -g);
        for threads in [1, 2] {
            opt.set_execution(Execution::default().threads(threads))?;
            let mut steps = |count: u32| {
                let start = Instant::now();
                (0..count).try_for_each(|_| opt.step(&mut weights, &gradient))?;
                Ok::<f64, Error>(start.elapsed().as_secs_f64() / f64::from(count) * 1e6)
            };
            times[threads - 1].push(steps(20)?);
            std::thread::sleep(Duration::from_millis(2));
            times[threads + 1].push(steps(1)?);
        }
    }
    Ok(times.map(median))
}
