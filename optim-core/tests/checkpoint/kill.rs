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
use optim_core::schedule::{Cosine, ReduceOnPlateau, Warmup};
use optim_core::wrap::Scheduled;

use crate::resume::{bits, weights};

const KILLS: usize = 100;
const BATCHES: usize = 8;

type Network = (Linear<f32>, Tanh, Linear<f32>);

/// The learning rate warms up, and falls when the loss of an epoch does not.
type Rate = Warmup<ReduceOnPlateau>;

/// All that a run is made of.
struct Run<O> {
    model: Network,
    opt: Scheduled<O, Rate, Network>,
    /// Shuffles the batches and drops inputs.
    rng: Rng,
    /// The order of this epoch's batches, how many of them were taken, and what their losses add up to.
    order: Vec<usize>,
    taken: usize,
    losses: f64,
    /// Batches since the beginning.
    batches: u64,
}

/// A run with about everything: groups with numbers and a schedule of their own, what is frozen and masked, noise,
/// clipping, accumulation, an average, a schedule that observes, dropout, batches in random order.
fn begin() -> Run<impl Optimize<Network> + Persist + Clone> {
    let mut rng = Rng::new(1);
    let mut linear = |inputs, outputs| Linear::new(inputs, outputs, Init::HeNormal, &mut rng);
    let model = (linear(16, 64), Tanh, linear(64, 10));
    let mut opt = AdamW::default().init(&model).unwrap();
    opt.define_group("biases", paths("**.bias")).unwrap();
    opt.set_in("biases", "weight_decay", 0.0).unwrap();
    opt.define_group("first", paths("0.weight")).unwrap();
    opt.set_in("first", "beta2", 0.99).unwrap();
    opt.freeze(paths("2.bias")).unwrap();
    opt.mask("0.weight", Array2::from_shape_fn((16, 64), |(row, col)| (row + col) % 5 != 0).view().into_dyn()).unwrap();
    let rate = ReduceOnPlateau::new(0.01).with_factor(0.5).with_patience(1).with_min(1e-4).warmup(10, 0.1);
    let opt = opt.noise(1e-3, 0.55, 7).unwrap().clip_norm(0.5).unwrap().accumulate(2).unwrap().ema(0.95).unwrap();
    let opt = opt.schedule("biases.lr", Cosine { from: 0.02, to: 0.002, steps: 60 }).unwrap();
    let opt = opt.schedule("lr", rate).unwrap();
    let order = (0..BATCHES).collect();
    Run { model, opt, rng: Rng::new(2), order, taken: BATCHES, losses: 0.0, batches: 0 }
}

impl<O: Optimize<Network> + Persist + Clone> Run<O> {
    fn step(&mut self, x: &Array2<f32>) {
        if self.taken == BATCHES {
            if self.batches > 0 {
                self.opt.observe(self.losses);
            }
            self.rng.shuffle(&mut self.order);
            (self.taken, self.losses) = (0, 0.0);
        }
        let batch = self.order[self.taken];
        self.taken += 1;
        self.batches += 1;
        // A tenth of the inputs is dropped.
        let x = batch_of(x, batch).mapv(|x| if self.rng.below(10) == 0 { 0.0 } else { x });
        let labels: Vec<usize> = (0..x.nrows()).map(|row| (row * 3 + batch) % 10).collect();
        let (mut workspace, mut dlogits) = (self.model.workspace(), Buffer::default());
        let loss = self.opt.try_step_with(&mut self.model, |model, gradient| {
            let logits = model.forward(x.view(), &mut workspace)?;
            let loss = softmax_cross_entropy(logits, &labels, &mut dlogits)?;
            model.backward_parameters(x.view(), dlogits.view(), &mut workspace, gradient)?;
            Ok::<_, Error>(loss)
        });
        self.losses += loss.unwrap();
    }

    fn save(&self, path: &Path) {
        let order: Vec<u8> = self.order.iter().map(|&batch| u8::try_from(batch).unwrap()).collect();
        let checkpoint = Checkpoint::new().model(&self.model).optimizer(&self.opt).rng("random", &self.rng);
        let checkpoint = checkpoint.value("order", order).value("taken", self.taken).value("losses", self.losses);
        checkpoint.value("batches", self.batches).save(path).unwrap();
    }

    fn load(&mut self, path: &Path) {
        let file = Checkpoint::open(path).unwrap();
        file.load(&mut self.model, &mut self.opt).unwrap();
        file.restore("random", &mut self.rng).unwrap();
        self.order = file.values().bytes("order").unwrap().iter().map(|&batch| batch.into()).collect();
        self.taken = usize::try_from(file.values().count("taken").unwrap()).unwrap();
        self.losses = file.values().number("losses").unwrap();
        self.batches = file.values().count("batches").unwrap();
    }

    fn state(&mut self) -> impl PartialEq + use<O> {
        let average = self.opt.evaluate_with(&mut self.model, |model| weights(model)).unwrap();
        let program = (self.rng.clone(), self.order.clone(), self.taken, self.losses.to_bits(), self.batches);
        (weights(&self.model), average, bits(&self.opt.save()), program)
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
    let (path, x, mut run) = (Path::new(&path), inputs(), begin());
    if path.exists() {
        run.load(path);
    }
    while run.batches < end {
        run.step(&x);
        // Every other time with the sum of a gradient that waits for its step.
        if run.batches.is_multiple_of(3) || run.batches == end {
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
    let reached = Checkpoint::open(&path).map(|file| file.values().count("batches").unwrap()).unwrap();
    let end = reached + 31;
    assert!(start(&path, end).wait().unwrap().success());
    println!("{kills} kills, {in_saves} of them in a save, {reached} batches, {:?}", began.elapsed());
    // A slow machine has less time, but some.
    assert!(kills >= 20 && reached > 30 && in_saves > 0, "{kills} kills, {in_saves} in a save, {reached} batches");
    assert_eq!(files(&folder), 1, "leftovers are removed");

    let (mut resumed, mut alone, x) = (begin(), begin(), inputs());
    resumed.load(&path);
    for _ in 0..end {
        alone.step(&x);
    }
    assert_eq!((resumed.batches, resumed.opt.steps()), (end, end / 2));
    assert!(resumed.state() == alone.state(), "after {kills} kills and {end} batches");
    // What the run is made of has been at work.
    let rate = &alone.opt.follows().schedule;
    assert!(rate.reductions() > 0, "the learning rate has been reduced");
    fs::remove_dir_all(folder).unwrap();
}
