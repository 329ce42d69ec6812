//! A run that is killed at a hundred random moments, also while it saves, ends with the bits of one that was left alone.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use ndarray::{Array2, ArrayView2};
use optim_core::checkpoint::Checkpoint;
use optim_core::loss::softmax_cross_entropy;
use optim_core::prelude::*;
use optim_core::record::Persist;

use crate::resume::{bits, weights};

const KILLS: usize = 100;
const BATCHES: usize = 8;

type Network = (Linear<f32>, Tanh, Linear<f32>);

/// All that a run is made of.
struct Run {
    model: Network,
    opt: Optimizer<ScheduleFreeAdamW, Network>,
    rng: Rng,
    /// The order of this epoch's batches, and how many were taken.
    order: Vec<usize>,
    taken: usize,
}

impl Run {
    fn new() -> Self {
        let mut rng = Rng::new(1);
        let mut linear = |inputs, outputs| Linear::new(inputs, outputs, Init::HeNormal, &mut rng);
        let model = (linear(16, 64), Tanh, linear(64, 10));
        let opt = ScheduleFreeAdamW::default().with_warmup_steps(20).init(&model).unwrap();
        Run { model, opt, rng: Rng::new(2), order: (0..BATCHES).collect(), taken: BATCHES }
    }

    fn step(&mut self, x: &Array2<f32>) {
        if self.taken == BATCHES {
            self.rng.shuffle(&mut self.order);
            self.taken = 0;
        }
        let batch = self.order[self.taken];
        self.taken += 1;
        let x = batch_of(x, batch);
        let labels: Vec<usize> = (0..x.nrows()).map(|row| (row * 3 + batch) % 10).collect();
        let (mut workspace, mut dlogits) = (self.model.workspace(), Buffer::default());
        self.opt
            .try_step_with(&mut self.model, |model, gradient| {
                let logits = model.forward(x, &mut workspace)?;
                softmax_cross_entropy(logits, &labels, &mut dlogits)?;
                model.backward_parameters(x, dlogits.view(), &mut workspace, gradient)
            })
            .unwrap();
    }

    fn save(&self, path: &Path) {
        let order: Vec<u8> = self.order.iter().map(|&batch| u8::try_from(batch).unwrap()).collect();
        let checkpoint = Checkpoint::new().model(&self.model).optimizer(&self.opt).rng("shuffle", &self.rng);
        checkpoint.value("order", order).value("taken", self.taken).save(path).unwrap();
    }

    fn load(&mut self, path: &Path) {
        let file = Checkpoint::open(path).unwrap();
        file.load(&mut self.model, &mut self.opt).unwrap();
        file.restore("shuffle", &mut self.rng).unwrap();
        self.order = file.values().bytes("order").unwrap().iter().map(|&batch| batch.into()).collect();
        self.taken = usize::try_from(file.values().count("taken").unwrap()).unwrap();
    }

    fn state(&self) -> impl PartialEq {
        (weights(&self.model), bits(&self.opt.save()), self.rng.clone(), self.order.clone(), self.taken)
    }
}

fn batch_of(x: &Array2<f32>, batch: usize) -> ArrayView2<'_, f32> {
    x.slice(ndarray::s![batch * 8..(batch + 1) * 8, ..])
}

fn inputs() -> Array2<f32> {
    let mut rng = Rng::new(3);
    Array2::from_shape_simple_fn((8 * BATCHES, 16), || <f32 as Real>::from_f64(rng.normal()))
}

/// The process that is killed: not a test of its own.
#[test]
#[ignore = "is started, and killed, by the test below"]
fn victim() {
    let Some(path) = std::env::var_os("OPTIM_KILL_FILE") else { return };
    let end: u64 = std::env::var("OPTIM_KILL_END").unwrap().parse().unwrap();
    let (path, x, mut run) = (Path::new(&path), inputs(), Run::new());
    if path.exists() {
        run.load(path);
    }
    while run.opt.steps() < end {
        run.step(&x);
        if run.opt.steps().is_multiple_of(3) || run.opt.steps() == end {
            run.save(path);
        }
    }
}

fn start(path: &Path, end: u64) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "kill::victim"])
        .env("OPTIM_KILL_FILE", path)
        .env("OPTIM_KILL_END", end.to_string())
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

fn files(folder: &Path) -> usize {
    fs::read_dir(folder).unwrap().count()
}

#[test]
fn a_run_killed_a_hundred_times_has_the_bits_of_one_that_was_left_alone() {
    let folder = std::env::temp_dir().join(format!("optim-kill-{}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir(&folder).unwrap();
    let path = folder.join("run.safetensors");
    let (mut rng, began) = (Rng::new(4), Instant::now());
    let (mut kills, mut in_saves) = (0, 0);
    while kills < KILLS && began.elapsed() < Duration::from_secs(45) {
        let mut child = start(&path, u64::MAX);
        std::thread::sleep(Duration::from_micros(2_000 + rng.below(150_000) as u64));
        // SIGKILL, where there is one.
        child.kill().unwrap();
        child.wait().unwrap();
        kills += 1;
        in_saves += usize::from(files(&folder) > usize::from(path.exists()));
    }
    let reached = Checkpoint::open(&path).map(|_| {
        let mut run = Run::new();
        run.load(&path);
        run.opt.steps()
    });
    let reached = reached.unwrap();
    let end = reached + 31;
    assert!(start(&path, end).wait().unwrap().success());
    println!("{kills} kills, {in_saves} of them in a save, {reached} steps, {:?}", began.elapsed());
    // A slow machine has less time, but some.
    assert!(kills >= 20 && reached > 30 && in_saves > 0, "{kills} kills, {in_saves} in a save, {reached} steps");
    assert_eq!(files(&folder), 1, "leftovers are removed");

    let (mut resumed, mut alone, x) = (Run::new(), Run::new(), inputs());
    resumed.load(&path);
    for _ in 0..end {
        alone.step(&x);
    }
    assert_eq!(resumed.opt.steps(), end);
    assert!(resumed.state() == alone.state(), "after {kills} kills and {end} steps");
    fs::remove_dir_all(folder).unwrap();
}
