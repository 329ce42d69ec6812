//! Filled contours of a function of two variables, by marching squares.
//!
//! For each level the region below it is one path of closed loops. Painted over each other, half transparent, from the
//! highest level to the lowest, they shade the valleys.

use std::fmt::Write as _;

use super::coordinate;

/// Samples of a function on a grid, in the order of rows.
pub(crate) struct Grid {
    columns: usize,
    rows: usize,
    values: Vec<f64>,
    size: [f64; 2],
}

impl Grid {
    /// Samples `value` at the corners of `cells` cells over a picture of `size`; `plane` takes a place in the picture to
    /// the weights that it shows.
    pub(crate) fn sample(
        cells: [usize; 2],
        size: [f64; 2],
        plane: impl Fn([f64; 2]) -> [f64; 2],
        value: impl Fn([f64; 2]) -> f64,
    ) -> Grid {
        let [columns, rows] = cells.map(|cells| cells + 1);
        let place = |index: usize, count: usize, length: f64| length * index as f64 / (count - 1) as f64;
        let corners = (0..rows).flat_map(|row| (0..columns).map(move |column| (column, row)));
        let values = corners
            .map(|(column, row)| value(plane([place(column, columns, size[0]), place(row, rows, size[1])])))
            .collect();
        Grid { columns, rows, values, size }
    }

    /// Levels that are as far apart in a bowl: squares of equal steps, from the lowest value to the highest.
    pub(crate) fn levels(&self, count: usize) -> Vec<f64> {
        let low = self.values.iter().copied().fold(f64::INFINITY, f64::min);
        let high = self.values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let part = |index: usize| (index as f64 + 0.6) / count as f64;
        (0..count).map(|index| low + (high - low) * part(index) * part(index)).collect()
    }

    /// The region below `level`, as path data; empty where there is none.
    pub(crate) fn below(&self, level: f64) -> String {
        let mut data = String::new();
        for ring in self.rings(level) {
            let mut last = None;
            for point in ring {
                let point = point.map(coordinate);
                if last.as_ref() == Some(&point) {
                    continue;
                }
                let _ = write!(data, "{}{} {}", if last.is_none() { 'M' } else { 'L' }, point[0], point[1]);
                last = Some(point);
            }
            data.push('Z');
        }
        data
    }

    /// Around the grid stands a frame of corners above every level, at the same places as the outermost ones: so all
    /// loops are closed, along the border of the picture where the region reaches it.
    fn padded(&self, column: usize, row: usize) -> (f64, [f64; 2]) {
        let inside = (1..=self.columns).contains(&column) && (1..=self.rows).contains(&row);
        let (column, row) = (column.clamp(1, self.columns) - 1, row.clamp(1, self.rows) - 1);
        let value = if inside { self.values[row * self.columns + column] } else { f64::INFINITY };
        let x = self.size[0] * column as f64 / (self.columns - 1) as f64;
        let y = self.size[1] * row as f64 / (self.rows - 1) as f64;
        (value, [x, y])
    }

    /// The border of the region below `level`: closed loops of points, the region to the right of each.
    fn rings(&self, level: f64) -> Vec<Vec<[f64; 2]>> {
        let (width, height) = (self.columns + 2, self.rows + 2);
        // Edges by number: that to the right of corner n is 2n, that below it 2n + 1. From each edge where the border
        // enters a cell to the edge where it leaves.
        let mut next = vec![usize::MAX; 2 * width * height];
        for row in 0..height - 1 {
            for column in 0..width - 1 {
                let corner = row * width + column;
                let [top, left, bottom, right] =
                    [2 * corner, 2 * corner + 1, 2 * (corner + width), 2 * (corner + 1) + 1];
                let corners = [(column, row), (column + 1, row), (column + 1, row + 1), (column, row + 1)]
                    .map(|(column, row)| self.padded(column, row).0);
                let below = corners.map(|value| value < level);
                let sides = [top, right, bottom, left];
                // Clockwise around the cell: where corners go from above to below the level the border leaves, where
                // they go from below to above it enters.
                let mut enters = (0..4).filter(|&side| below[side] && !below[(side + 1) % 4]);
                let mut leaves = (0..4).filter(|&side| !below[side] && below[(side + 1) % 4]);
                match (enters.next(), leaves.next(), enters.next(), leaves.next()) {
                    (Some(enter), Some(leave), None, None) => next[sides[enter]] = sides[leave],
                    (Some(enter), Some(_), Some(second), Some(_)) => {
                        // Two opposite corners: the middle decides whether they are one region or two.
                        let joined = corners.iter().sum::<f64>() / 4.0 < level;
                        for enter in [enter, second] {
                            next[sides[enter]] = sides[if joined { enter + 1 } else { enter + 3 } % 4];
                        }
                    }
                    _ => {}
                }
            }
        }
        let mut rings = Vec::new();
        for start in 0..next.len() {
            let (mut ring, mut edge) = (Vec::new(), start);
            while let Some(after) = next.get(edge).copied().filter(|&after| after != usize::MAX) {
                ring.push(self.crossing(edge, width, level));
                next[edge] = usize::MAX;
                edge = after;
            }
            if !ring.is_empty() {
                rings.push(ring);
            }
        }
        rings
    }

    /// Where the level crosses an edge.
    fn crossing(&self, edge: usize, width: usize, level: f64) -> [f64; 2] {
        let (corner, down) = (edge / 2, edge % 2);
        let (column, row) = (corner % width, corner / width);
        let (a, from) = self.padded(column, row);
        let (b, to) = self.padded(column + 1 - down, row + down);
        let part = if a.is_finite() && b.is_finite() { (level - a) / (b - a) } else { 0.0 };
        // Towards the frame the border stays on the outermost corners, which is where the frame stands, too.
        [from[0] + part * (to[0] - from[0]), from[1] + part * (to[1] - from[1])]
    }
}

#[cfg(test)]
mod tests {
    use super::Grid;

    fn area(ring: &[[f64; 2]]) -> f64 {
        let pairs = ring.iter().zip(ring.iter().cycle().skip(1));
        pairs.map(|(a, b)| (a[0] * b[1] - b[0] * a[1]) / 2.0).sum()
    }

    fn grid(value: impl Fn([f64; 2]) -> f64) -> Grid {
        Grid::sample([40, 40], [2.0, 2.0], |[x, y]| [x - 1.0, y - 1.0], value)
    }

    #[test]
    fn a_circle_has_its_area() {
        let rings = grid(|[x, y]| x * x + y * y).rings(0.49);
        assert_eq!(rings.len(), 1);
        assert!((area(&rings[0]).abs() - std::f64::consts::PI * 0.49).abs() < 0.01, "{}", area(&rings[0]));
    }

    #[test]
    fn regions_are_closed_along_the_border() {
        let grid = grid(|[x, _]| x);
        let rings = grid.rings(0.013);
        assert_eq!(rings.len(), 1);
        assert!((area(&rings[0]).abs() - 2.0 * 1.013).abs() < 1e-9, "{}", area(&rings[0]));
        assert!((area(&grid.rings(9.0)[0]).abs() - 4.0).abs() < 1e-9);
        assert_eq!((grid.below(-2.0), grid.rings(-2.0).len()), (String::new(), 0));
    }

    #[test]
    fn at_a_saddle_regions_touch_as_the_middle_says() {
        let saddle = grid(|[x, y]| x * y);
        assert_eq!(saddle.rings(-0.01).len(), 2);
        assert_eq!(saddle.rings(0.01).len(), 1);
        let hole = grid(|[x, y]| -(x * x + y * y)).rings(-0.25);
        assert_eq!(hole.len(), 2);
        assert!(area(&hole[0]) * area(&hole[1]) < 0.0);
    }
}
