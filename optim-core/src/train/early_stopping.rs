//! [`EarlyStopping`]: when to stop, because nothing gets better any more.

use crate::error::Error;
use crate::mode::Mode;

/// The best value, and the step it was seen at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Best {
    /// The step (or epoch) that it came with.
    pub step: u64,
    /// The value.
    pub value: f64,
}

/// What has been seen so far: plain numbers, for a checkpoint.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct StoppingState {
    /// The best value; none before the first number.
    pub best: Option<Best>,
    /// How many values have come since the best one.
    pub waited: u64,
    /// How many values were NaN.
    pub nans: u64,
}

/// What is to be done after a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Verdict {
    /// This value is the best so far: the time to save the model.
    pub best: bool,
    /// Enough values have come without a better one.
    pub stop: bool,
}

/// Says when to stop: after `patience` values in a row none of which was better than the best by more than `min_delta`.
///
/// With [`Mode::Min`] a value is better where `value < best − min_delta`, with [`Mode::Max`] where
/// `value > best + min_delta`. A value that is better by less leaves the best one as it is, so that small improvements
/// count once they add up. The first number is the best so far. A NaN is never better: it counts as one without
/// improvement, and [`StoppingState::nans`] says how many there were.
///
/// ```
/// use optim_core::train::{EarlyStopping, Mode};
///
/// let mut stopping = EarlyStopping::new(Mode::Min, 2)?.with_min_delta(0.01)?;
/// let losses = [0.9, 0.5, 0.495, f64::NAN, 0.1];
/// for (epoch, loss) in (1..).zip(losses) {
///     let verdict = stopping.update(epoch, loss);
///     if verdict.best { /* save the model */ }
///     if verdict.stop {
///         break;
///     }
/// }
/// let best = stopping.best().unwrap();
/// assert_eq!((best.step, best.value), (2, 0.5));
/// assert_eq!(stopping.state().nans, 1);
/// # Ok::<(), optim_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EarlyStopping {
    mode: Mode,
    patience: u64,
    min_delta: f64,
    state: StoppingState,
}

impl EarlyStopping {
    /// Stops after `patience` (at least 1) values without an improvement.
    ///
    /// # Errors
    /// When `patience` is 0.
    pub fn new(mode: Mode, patience: u64) -> Result<Self, Error> {
        if patience == 0 {
            return Err(Error::range("EarlyStopping", "patience", "0".into(), "1.."));
        }
        Ok(EarlyStopping { mode, patience, min_delta: 0.0, state: StoppingState::default() })
    }

    /// By how much a value has to be better, at least 0; 0 is the default, where any improvement counts.
    ///
    /// # Errors
    /// When it is negative, infinite or NaN.
    pub fn with_min_delta(self, min_delta: f64) -> Result<Self, Error> {
        if !(0.0..f64::INFINITY).contains(&min_delta) {
            return Err(Error::range("EarlyStopping", "min_delta", min_delta.to_string(), "0.."));
        }
        Ok(EarlyStopping { min_delta, ..self })
    }

    /// Goes on from what [`state`](Self::state) has returned, after an interruption.
    ///
    /// ```
    /// use optim_core::train::{EarlyStopping, Mode};
    ///
    /// let mut stopping = EarlyStopping::new(Mode::Max, 2)?;
    /// assert!(stopping.update(1, 0.8).best);
    /// assert!(!stopping.update(2, 0.7).stop);
    /// let saved = stopping.state();
    ///
    /// let mut resumed = EarlyStopping::new(Mode::Max, 2)?.with_state(saved);
    /// assert!(resumed.update(3, 0.8).stop);
    /// # Ok::<(), optim_core::Error>(())
    /// ```
    #[must_use]
    pub fn with_state(self, state: StoppingState) -> Self {
        EarlyStopping { state, ..self }
    }

    /// Takes in the value of a step (or epoch).
    pub fn update(&mut self, step: u64, value: f64) -> Verdict {
        let sign = self.mode.sign();
        let better = match self.state.best {
            None => !value.is_nan(),
            Some(best) => self.mode.is_better(value, best.value + sign * self.min_delta),
        };
        self.state.nans += u64::from(value.is_nan());
        if better {
            self.state.best = Some(Best { step, value });
            self.state.waited = 0;
        } else {
            self.state.waited += 1;
        }
        Verdict { best: better, stop: self.state.waited >= self.patience }
    }

    /// The best value so far, and its step; none before the first number.
    pub fn best(&self) -> Option<Best> {
        self.state.best
    }

    /// The best value so far: NaN before the first number.
    pub fn value(&self) -> f64 {
        self.state.best.map_or(f64::NAN, |best| best.value)
    }

    /// What has been seen so far, for a checkpoint.
    pub fn state(&self) -> StoppingState {
        self.state
    }

    /// Begins anew, with the same settings.
    pub fn reset(&mut self) {
        self.state = StoppingState::default();
    }
}
