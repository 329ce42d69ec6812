//! Axes: from values to places between 0 and 1, and the values that are marked.

/// An axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Scale {
    /// Equal differences are equally long.
    Linear { low: f64, high: f64 },
    /// Equal ratios are equally long.
    Logarithmic { low: f64, high: f64 },
}

impl Scale {
    /// A logarithmic axis over whole decades around what is positive and finite in `values`; 0.1 to 1 where nothing is.
    pub(crate) fn decades(values: impl IntoIterator<Item = f64>) -> Scale {
        let (mut low, mut high) = (f64::INFINITY, 0.0_f64);
        for value in values.into_iter().filter(|value| value.is_finite() && *value > 0.0) {
            low = low.min(value);
            high = high.max(value);
        }
        if high == 0.0 {
            (low, high) = (0.1, 1.0);
        }
        let (bottom, top) = (low.log10().floor(), high.log10().ceil());
        // Halves of decades, where a whole one would stay empty.
        let half = 10_f64.sqrt();
        let low_bound = if low > 10_f64.powf(bottom) * half { 10_f64.powf(bottom) * half } else { 10_f64.powf(bottom) };
        let high_bound = if high < 10_f64.powf(top) / half { 10_f64.powf(top) / half } else { 10_f64.powf(top) };
        let high_bound = if high_bound > low_bound { high_bound } else { low_bound * 10.0 };
        Scale::Logarithmic { low: low_bound, high: high_bound }
    }

    /// Where a value stands: 0 at the low end, 1 at the high end. `None` for what has no place on the axis.
    pub(crate) fn place(self, value: f64) -> Option<f64> {
        let place = match self {
            Scale::Linear { low, high } => (value - low) / (high - low),
            Scale::Logarithmic { low, high } => (value / low).ln() / (high / low).ln(),
        };
        place.is_finite().then_some(place)
    }

    /// The values to mark: round ones, about `count` of them on a linear axis, the powers of ten on a
    /// logarithmic one, with their doubles and halves where those are too few.
    pub(crate) fn ticks(self, count: usize) -> Vec<f64> {
        match self {
            Scale::Linear { low, high } => {
                let rough = (high - low) / count.max(1) as f64;
                let power = 10_f64.powf(rough.log10().floor());
                let unit = [1.0, 2.0, 5.0, 10.0].into_iter().find(|unit| unit * power >= rough * 0.999).unwrap_or(10.0);
                let step = unit * power;
                let first = (low / step - 1e-9).ceil();
                let ticks = (0..=4 * count).map(|index| (first + index as f64) * step);
                ticks.take_while(|tick| *tick <= high + step * 1e-9).collect()
            }
            Scale::Logarithmic { low, high } => {
                let first = (low.log10() - 1e-9).floor();
                let inside = |tick: &f64| (low * (1.0 - 1e-9)..=high * (1.0 + 1e-9)).contains(tick);
                let decades = (0..400).map(|index| 10_f64.powf(first + f64::from(index)));
                let decades: Vec<f64> = decades.take_while(|decade| *decade <= high * (1.0 + 1e-9)).collect();
                if decades.iter().filter(|decade| inside(decade)).count() > 2 {
                    return decades.into_iter().filter(inside).collect();
                }
                decades.iter().flat_map(|decade| [1.0, 2.0, 5.0].map(|unit| unit * decade)).filter(inside).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Scale;

    #[test]
    fn ticks_are_round_and_inside() {
        let ticks = Scale::Linear { low: 0.0, high: 40.0 }.ticks(5);
        assert_eq!(ticks, [0.0, 10.0, 20.0, 30.0, 40.0]);
        let ticks = Scale::Linear { low: 0.6, high: 1.0 }.ticks(4);
        assert_eq!(ticks.len(), 5);
        let ticks = Scale::decades([0.004, 2.4]).ticks(0);
        assert!(ticks.iter().zip([0.01, 0.1, 1.0]).all(|(tick, expected)| (tick / expected - 1.0).abs() < 1e-12));
        assert_eq!(ticks.len(), 3);
        let ticks = Scale::decades([1.6, 2.4]).ticks(0);
        assert_eq!(ticks, [1.0, 2.0]);
    }

    #[test]
    fn every_value_is_between_the_ends() {
        let values = [0.0031, 0.5, 2.3];
        let scale = Scale::decades(values);
        assert!(values.iter().all(|value| scale.place(*value).is_some_and(|place| (0.0..=1.0).contains(&place))));
        for none in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(scale.place(none), None);
        }
        assert_eq!(Scale::decades([f64::NAN]), Scale::Logarithmic { low: 0.1, high: 1.0 });
        assert_eq!(Scale::decades([1.0]), Scale::Logarithmic { low: 1.0, high: 10.0 });
    }
}
