//! Progress as lines, and as a bar on a terminal that remembers what it was shown.

use std::io;
use std::sync::{Arc, Mutex};

use indicatif::{ProgressBar, ProgressDrawTarget, TermLike};
use optim_core::train::{Logger, Progress};

fn lines(steps: u64, log: impl FnOnce(&mut Progress<'_>)) -> String {
    let mut out = Vec::new();
    let mut progress = Progress::lines(steps, &mut out);
    log(&mut progress);
    drop(progress);
    String::from_utf8(out).unwrap()
}

#[test]
fn ten_lines_whatever_the_number_of_steps() {
    for steps in [1, 7, 10, 99, 1000] {
        let told = lines(steps, |progress| {
            for step in 1..=steps {
                progress.scalar(step, "loss", 1.0).unwrap();
                progress.scalar(step, "accuracy", 0.5).unwrap();
            }
        });
        assert_eq!(told.lines().count() as u64, steps.min(10), "{told}");
        assert_eq!(told.lines().last(), Some(&*format!("{steps}/{steps}  loss 1.000  accuracy 0.5000")));
    }
    // A run that is longer than it was to be, and one of no steps.
    lines(0, |progress| progress.scalar(u64::MAX, "loss", 1.0).unwrap());
    lines(1, |progress| progress.scalar(u64::MAX, "loss", 1.0).unwrap());
}

#[test]
fn a_line_has_the_numbers_of_its_step() {
    let told = lines(10, |progress| {
        for (step, loss) in [(1, 3e-9), (2, 12.344), (3, 123_456.0), (4, f64::NAN), (5, 0.012_345), (6, -1e30)] {
            progress.scalar(step, "loss", loss).unwrap();
        }
        progress.scalar(7, "a\u{1b}[2J\nb", f64::NEG_INFINITY).unwrap();
        progress.text(7, "note", "one\ntwo").unwrap();
        for (name, value) in [("c", 1.0), ("d", 99_999.9), ("e", 3.0), ("loss", 0.0)] {
            progress.scalar(8, name, value).unwrap();
        }
    });
    let expected = " 1/10  loss 3.000e-9
 2/10  loss 12.34
 3/10  loss 1.235e5
 4/10  loss NaN
 5/10  loss 0.01235
 6/10  loss -1.000e30
step 7: note:
  one
  two
 7/10  loss -1.000e30  a [2J b -inf
 8/10  loss 0  a [2J b -inf  c 1.000  d 100000
";
    assert_eq!(told, expected);
}

#[test]
fn a_pipe_that_is_closed_is_an_error() {
    struct Closed;
    impl io::Write for Closed {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut progress = Progress::lines(1, Closed);
    progress.scalar(1, "loss", 0.5).unwrap();
    let error = progress.flush().unwrap_err().to_string();
    assert!(error.starts_with("progress: could not be written: "), "{error}");
}

/// A terminal of 100 columns that remembers.
#[derive(Clone, Debug, Default)]
struct Terminal(Arc<Mutex<String>>);

impl TermLike for Terminal {
    fn width(&self) -> u16 {
        100
    }
    fn move_cursor_up(&self, _: usize) -> io::Result<()> {
        Ok(())
    }
    fn move_cursor_down(&self, _: usize) -> io::Result<()> {
        Ok(())
    }
    fn move_cursor_right(&self, _: usize) -> io::Result<()> {
        Ok(())
    }
    fn move_cursor_left(&self, _: usize) -> io::Result<()> {
        Ok(())
    }
    fn write_line(&self, line: &str) -> io::Result<()> {
        self.write_str(line)?;
        self.write_str("\n")
    }
    fn write_str(&self, text: &str) -> io::Result<()> {
        self.0.lock().unwrap().push_str(text);
        Ok(())
    }
    fn clear_line(&self) -> io::Result<()> {
        Ok(())
    }
    fn flush(&self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_bar_shows_the_latest_numbers() {
    let terminal = Terminal::default();
    let target = ProgressDrawTarget::term_like_with_hz(Box::new(terminal.clone()), 255);
    let mut progress =
        Progress::bar(200, ProgressBar::with_draw_target(None, target)).labelled("adam").showing(["loss"]);
    progress.scalar(1, "norm", 9.0).unwrap();
    progress.scalar(1, "loss", 0.5).unwrap();
    progress.text(1, "note", "a note").unwrap();
    progress.scalar(150, "loss", 0.25).unwrap();
    progress.flush().unwrap();
    assert_eq!(format!("{progress:?}"), "Progress(150/200, \"loss 0.2500\")");
    drop(progress);
    let shown = terminal.0.lock().unwrap().clone();
    assert!(shown.contains("step 1: note: a note"), "{shown:?}");
    assert!(shown.contains(" 150/200 ") && shown.contains("loss 0.2500"), "{shown:?}");
    assert!(shown.contains("adam ") && !shown.contains("norm"), "{shown:?}");
}
