//! Sums in the order that the documentation lays down, number by number.

/// A tensor as matrices.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Matrices {
    pub(crate) count: usize,
    pub(crate) rows: usize,
    pub(crate) cols: usize,
}

impl Matrices {
    pub(crate) fn of(shape: &[usize], axes: bool) -> Self {
        match shape {
            _ if !axes => Matrices { count: 1, rows: 1, cols: shape.iter().product() },
            [] => Matrices { count: 1, rows: 1, cols: 1 },
            [n] => Matrices { count: 1, rows: 1, cols: *n },
            [batch @ .., rows, cols] => Matrices { count: batch.iter().product(), rows: *rows, cols: *cols },
        }
    }

    /// Matrix, rows and columns of every tile.
    fn tiles(self) -> Vec<(usize, std::ops::Range<usize>, std::ops::Range<usize>)> {
        let least = 4096_usize.div_ceil(self.cols.clamp(1, 4096));
        let height = least.max(self.rows.div_ceil(64));
        let mut tiles = Vec::new();
        for matrix in 0..self.count {
            for row in (0..self.rows).step_by(height) {
                for col in (0..self.cols).step_by(4096) {
                    tiles.push((matrix, row..(row + height).min(self.rows), col..(col + 4096).min(self.cols)));
                }
            }
        }
        tiles
    }
}

fn halves(lanes: [f64; 16], join: fn(f64, f64) -> f64) -> f64 {
    let lanes: [f64; 8] = std::array::from_fn(|i| join(lanes[i], lanes[i + 8]));
    let lanes: [f64; 4] = std::array::from_fn(|i| join(lanes[i], lanes[i + 4]));
    let lanes: [f64; 2] = std::array::from_fn(|i| join(lanes[i], lanes[i + 2]));
    join(lanes[0], lanes[1])
}

pub(crate) fn plus(a: f64, b: f64) -> f64 {
    a + b
}

/// Over the whole tensor.
pub(crate) fn tensor(m: Matrices, terms: &[f64], join: fn(f64, f64) -> f64) -> f64 {
    let mut total = 0.0;
    for (matrix, rows, cols) in m.tiles() {
        let mut lanes = [0.0; 16];
        for row in rows {
            for (j, col) in cols.clone().enumerate() {
                let lane = &mut lanes[j % 16];
                *lane = join(*lane, terms[(matrix * m.rows + row) * m.cols + col]);
            }
        }
        total = join(total, halves(lanes, join));
    }
    total
}

/// Over each row.
pub(crate) fn rows(m: Matrices, terms: &[f64]) -> Vec<f64> {
    let mut totals = vec![0.0; m.count * m.rows];
    for (matrix, rows, cols) in m.tiles() {
        for row in rows {
            let mut lanes = [0.0; 16];
            for (j, col) in cols.clone().enumerate() {
                lanes[j % 16] += terms[(matrix * m.rows + row) * m.cols + col];
            }
            totals[matrix * m.rows + row] += halves(lanes, plus);
        }
    }
    totals
}

/// Over each column.
pub(crate) fn cols(m: Matrices, terms: &[f64]) -> Vec<f64> {
    let mut totals = vec![0.0; m.count * m.cols];
    for (matrix, rows, cols) in m.tiles() {
        for col in cols {
            let mut sum = 0.0;
            for row in rows.clone() {
                sum += terms[(matrix * m.rows + row) * m.cols + col];
            }
            totals[matrix * m.cols + col] += sum;
        }
    }
    totals
}
