//! [`Mean`]: the mean of numbers that come one after another.

/// The mean of numbers that come one after another.
///
/// `value = Σ xᵢ nᵢ / Σ nᵢ`. The count is exact. The sum carries what each addition rounds away (Neumaier's variant of
/// Kahan's sum), so that the error is about one rounding of the result, however many numbers there are, as long as the
/// sum itself is in the range of an `f64`.
///
/// A NaN makes the value NaN, and [`nans`](Self::nans) says how many there were; [`numbers`](Self::numbers) is the mean
/// of the others. Infinities of one sign give that infinity, of both NaN.
///
/// ```
/// use optim_core::train::metrics::Mean;
///
/// let mut loss = Mean::default();
/// loss.update_many(0.5, 32); // the mean loss of a batch of 32
/// loss.update_many(2.0, 4); // and of a last batch of 4
/// assert_eq!((loss.value(), loss.count()), (24.0 / 36.0, 36));
///
/// loss.update(f64::NAN);
/// assert!(loss.value().is_nan());
/// assert_eq!((loss.nans(), loss.numbers()), (1, 24.0 / 36.0));
///
/// loss.reset();
/// loss.update(1e16);
/// loss.update(1.0);
/// loss.update(-1e16);
/// assert_eq!(loss.value(), 1.0 / 3.0);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Mean {
    sum: f64,
    /// What the additions to `sum` have rounded away.
    lost: f64,
    count: u64,
    nans: u64,
    /// How many are `+∞` and `−∞`: in the sum they would make `lost` NaN.
    infinite: [u64; 2],
}

impl Mean {
    /// Takes a number in.
    pub fn update(&mut self, value: f64) {
        self.update_many(value, 1);
    }

    /// Takes `count` numbers in, whose mean is `mean`: the loss of a batch. Nothing happens for `count = 0`.
    pub fn update_many(&mut self, mean: f64, count: u64) {
        self.count += count;
        if mean.is_nan() {
            self.nans += count;
        } else if mean.is_infinite() {
            self.infinite[usize::from(mean < 0.0)] += count;
        } else {
            let times = count as f64;
            let product = mean * times;
            self.add(product);
            // What the product has rounded away, exactly.
            if product.is_finite() {
                self.add(mean.mul_add(times, -product));
            }
        }
    }

    fn add(&mut self, x: f64) {
        let sum = self.sum + x;
        let (large, small) = if self.sum.abs() >= x.abs() { (self.sum, x) } else { (x, self.sum) };
        if sum.is_finite() {
            self.lost += (large - sum) + small;
        }
        self.sum = sum;
    }

    /// The mean of all numbers: NaN where there are none, or where one of them is NaN.
    pub fn value(&self) -> f64 {
        if self.nans > 0 { f64::NAN } else { self.numbers() }
    }

    /// The mean without what is NaN: NaN where there is nothing else.
    pub fn numbers(&self) -> f64 {
        let sum = match self.infinite {
            [0, 0] => self.sum + self.lost,
            [_, 0] => f64::INFINITY,
            [0, _] => f64::NEG_INFINITY,
            [_, _] => f64::NAN,
        };
        sum / (self.count - self.nans) as f64
    }

    /// How many numbers have been taken in, NaN included.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// How many of them were NaN.
    pub fn nans(&self) -> u64 {
        self.nans
    }

    /// Begins anew.
    pub fn reset(&mut self) {
        *self = Mean::default();
    }
}
