//! How tensors are cut: into matrices, and these into tiles, by their shapes alone.

use core::ops::Range;

use super::Slot;
use super::blocks::BLOCK;
use super::dither::LANES as CODES;
use super::store::Cuts;
use crate::tiled::{Level, Shape, TILE_COLS, tile_rows};

// Stretches of a row end with a block of codes, but for the last.
const _: () = assert!(BLOCK.is_multiple_of(CODES) && TILE_COLS.is_multiple_of(CODES));

/// What a chunk costs beside its weights, for each tile and each row, in weights.
const OVERHEAD: usize = 64;

/// A chunk is at least so much work: taking it costs something too.
const LEAST: usize = 4 * 1024;

/// Chunks that threads take of a pass: more than threads, so that one that is held up leaves its share to the others.
const CHUNKS: usize = 64;

/// The matrices and tiles of one tensor, and where they stand in lists of those of all tensors.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Grid {
    pub(crate) slot: Slot,
    pub(crate) shape: Shape,
    pub(crate) matrices: usize,
    pub(crate) rows: usize,
    pub(crate) cols: usize,
    /// Whether anything depends on what is added up along its rows.
    pub(crate) has_rows: bool,
    /// Whether its columns have numbers; without them, they have no places among those of all tensors.
    pub(crate) has_columns: bool,
    /// Rows of a tile; the last ones may have fewer.
    pub(crate) tile_rows: usize,
    /// Tiles of a matrix, over each other.
    pub(crate) row_tiles: usize,
    /// Tiles of a matrix, side by side.
    pub(crate) col_tiles: usize,
    /// The first tile, matrix, row and column among those of all tensors.
    pub(crate) first_tile: usize,
    pub(crate) first_matrix: usize,
    pub(crate) first_row: usize,
    pub(crate) first_col: usize,
    /// The first of the pieces of rows and of columns among those of all tensors: what a tile holds of a row, a column.
    pub(crate) first_row_piece: usize,
    pub(crate) first_col_piece: usize,
    /// The first scale of the tensor's blocks, in each cache that has such.
    pub(crate) first_scale: usize,
}

impl Grid {
    pub(crate) fn tiles(&self) -> usize {
        self.matrices * self.row_tiles * self.col_tiles
    }

    /// How many numbers a loop gets at once that goes through blocks, or a row where it has more, and how many lie from
    /// one line of tiles to the next: what blocks of codes are cut by.
    pub(crate) fn run(&self) -> (usize, usize) {
        let cols = self.cols.max(1);
        if cols > BLOCK {
            return (cols, cols);
        }
        let rows = self.tile_rows.min(self.rows).max(1);
        ((BLOCK / cols).clamp(1, rows) * cols, rows * cols)
    }

    /// Rows and columns of the last two axes, whatever the rule sees of them.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "lengths of axes, as they were given")]
    pub(crate) fn matrix(&self) -> (usize, usize) {
        (self.shape.rows as usize, self.shape.cols as usize)
    }

    /// How many of a level there are, and which is the first.
    pub(crate) fn range(&self, level: Level, tensor: usize) -> Range<usize> {
        let (first, count) = match level {
            Level::Model => (0, 1),
            Level::Tensor => (tensor, 1),
            Level::Matrix => (self.first_matrix, self.matrices),
            Level::Row => (self.first_row, self.matrices * self.rows),
            Level::Col => (self.first_col, if self.has_columns { self.matrices * self.cols } else { 0 }),
        };
        first..first + count
    }
}

/// Every tensor that is updated, cut.
#[derive(Clone, Debug)]
pub(crate) struct Tiling {
    /// In the order of the slots.
    pub(crate) grids: Vec<Grid>,
    pub(crate) weights: usize,
    pub(crate) tiles: usize,
    pub(crate) row_pieces: usize,
    pub(crate) col_pieces: usize,
    pub(crate) scales: usize,
    /// The last number is that of the tiles: chunk `i` is the tiles from `chunks[i]` to `chunks[i + 1]`.
    pub(crate) chunks: Vec<usize>,
}

impl Tiling {
    /// `axes`: whether rows and columns are told apart; the functions: whether the rows of a shape have numbers, and the
    /// columns.
    pub(crate) fn new<'s>(
        tensors: impl Iterator<Item = (Slot, &'s [usize])>,
        axes: bool,
        [has_rows, has_columns]: [fn(&Shape) -> bool; 2],
    ) -> Self {
        let mut tiling = Tiling {
            grids: Vec::new(),
            weights: 0,
            tiles: 0,
            row_pieces: 0,
            col_pieces: 0,
            scales: 0,
            chunks: vec![0],
        };
        let (mut matrix, mut row, mut col) = (0, 0, 0);
        for (slot, axes_of) in tensors {
            let shape = Shape::of(axes_of);
            let (matrices, rows, cols) = match axes_of {
                _ if !axes => (1, 1, slot.len),
                [] => (1, 1, 1),
                [cols] => (1, 1, *cols),
                [batch @ .., rows, cols] => (batch.iter().product(), *rows, *cols),
            };
            let tile_rows = tile_rows(rows, cols);
            let (row_tiles, col_tiles) = (rows.div_ceil(tile_rows), cols.div_ceil(TILE_COLS));
            let grid = Grid {
                slot,
                shape,
                matrices,
                rows,
                cols,
                has_rows: has_rows(&shape),
                has_columns: has_columns(&shape),
                tile_rows,
                row_tiles,
                col_tiles,
                first_tile: tiling.tiles,
                first_matrix: matrix,
                first_row: row,
                first_col: col,
                first_row_piece: tiling.row_pieces,
                first_col_piece: tiling.col_pieces,
                first_scale: tiling.scales,
            };
            tiling.scales += Cuts::of_grid(&grid).count(slot.len);
            tiling.weights += slot.len;
            tiling.tiles += grid.tiles();
            tiling.row_pieces += matrices * rows * col_tiles;
            let columns = if grid.has_columns { matrices * cols } else { 0 };
            tiling.col_pieces += columns * row_tiles;
            (matrix, row, col) = (matrix + matrices, row + matrices * rows, col + columns);
            tiling.grids.push(grid);
        }
        tiling.cut();
        tiling
    }

    /// Takes groups, and what is frozen, of the same slots.
    pub(crate) fn set_slots(&mut self, slots: &[Slot]) {
        self.grids.iter_mut().zip(slots).for_each(|(grid, slot)| grid.slot = *slot);
    }

    /// The tensors that move now, with their places among all.
    pub(crate) fn moving(&self) -> impl Iterator<Item = (usize, &Grid)> {
        self.grids.iter().enumerate().filter(|(_, grid)| !grid.slot.frozen)
    }

    /// Makes the chunks: of whole tiles, for about the same work.
    fn cut(&mut self) {
        let work = |grid: &Grid| grid.slot.len + grid.tiles() * OVERHEAD * (1 + grid.rows.min(grid.tile_rows));
        let share = self.grids.iter().map(work).sum::<usize>().div_ceil(CHUNKS).max(LEAST);
        let mut open = 0;
        for grid in self.grids.iter().filter(|grid| grid.tiles() > 0) {
            let tile = work(grid).div_ceil(grid.tiles());
            for number in 0..grid.tiles() {
                if open >= share {
                    self.chunks.push(grid.first_tile + number);
                    open = 0;
                }
                open += tile;
            }
        }
        if self.tiles > 0 {
            self.chunks.push(self.tiles);
        }
    }

    /// The rows or columns `places` of all, by matrices: the tensor, its grid, the matrix, and which of these are its.
    pub(crate) fn lines(
        &self,
        level: Level,
        places: Range<usize>,
    ) -> impl Iterator<Item = (usize, &Grid, usize, Range<usize>)> {
        let end_of = move |grid: &Grid| grid.range(level, 0).end;
        let first = self.grids.partition_point(|grid| end_of(grid) <= places.start);
        let mut tensors = self.grids.iter().enumerate().skip(first);
        let (mut next, mut found) = (places.start, None);
        core::iter::from_fn(move || {
            if next >= places.end {
                return None;
            }
            while found.is_none_or(|(_, grid)| end_of(grid) <= next) {
                found = Some(tensors.next()?);
            }
            let (tensor, grid) = found?;
            let (start, length) = (grid.range(level, 0).start, if level == Level::Row { grid.rows } else { grid.cols });
            let matrix = (next - start) / length;
            let lines = next..places.end.min(start + (matrix + 1) * length);
            next = lines.end;
            Some((tensor, grid, matrix, lines))
        })
    }

    /// How many of a level there are.
    pub(crate) fn count(&self, level: Level) -> usize {
        match (level, self.grids.last()) {
            (Level::Model, _) => 1,
            (_, None) => 0,
            (level, Some(grid)) => grid.range(level, self.grids.len() - 1).end,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Tiling;
    use crate::kernel::Slot;
    use crate::tiled::Level;

    fn tiling(shapes: &[&[usize]], axes: bool) -> Tiling {
        let slot =
            |shape: &[usize]| Slot { tensor: 0, offset: 0, len: shape.iter().product(), group: 0, frozen: false };
        Tiling::new(shapes.iter().map(|shape| (slot(shape), *shape)), axes, [|_| true, |shape| shape.ndim != 0.0])
    }

    #[test]
    fn shapes_are_cut_into_matrices_and_tiles() {
        let cut = tiling(&[&[], &[10_001], &[0, 3], &[3, 5000], &[2, 130, 3], &[4, 0]], true);
        let counts: Vec<_> = cut.grids.iter().map(|g| (g.matrices, g.row_tiles, g.col_tiles)).collect();
        assert_eq!(counts, [(1, 1, 1), (1, 1, 3), (1, 0, 1), (1, 3, 2), (2, 1, 1), (1, 1, 0)]);
        assert_eq!((cut.tiles, cut.count(Level::Matrix)), (1 + 3 + 6 + 2, 7));
        assert_eq!(cut.count(Level::Row), 1 + 1 + 3 + 260 + 4);
        // A number on its own is said to have none.
        assert_eq!(cut.count(Level::Col), 10_001 + 3 + 5000 + 6);
        let heights = |rows, cols| tiling(&[&[rows, cols]], true).grids[0].tile_rows;
        assert_eq!([heights(64, 4096), heights(65, 4096), heights(1000, 3), heights(3000, 200)], [1, 2, 1366, 47]);
        let cut = tiling(&[&[], &[0, 3], &[2, 5000]], false);
        assert_eq!(cut.grids.iter().map(super::Grid::tiles).collect::<Vec<_>>(), [1, 0, 3]);
    }

    #[test]
    fn lines_are_found_by_their_matrices() {
        let cut = tiling(&[&[0, 3], &[3, 4], &[0], &[2, 2, 5], &[]], true);
        let lines = |level, places| -> Vec<_> {
            cut.lines(level, places).map(|(tensor, _, matrix, lines)| (tensor, matrix, lines)).collect()
        };
        assert_eq!(lines(Level::Row, 1..6), [(1, 0, 1..3), (2, 0, 3..4), (3, 0, 4..6)]);
        assert_eq!(lines(Level::Row, 0..0), []);
        assert_eq!(lines(Level::Col, 2..17), [(0, 0, 2..3), (1, 0, 3..7), (3, 0, 7..12), (3, 1, 12..17)]);
    }

    #[test]
    fn chunks_hold_every_tile_once() {
        for shapes in [&[][..], &[&[0][..]], &[&[3][..]], &[&[5, 2][..], &[0], &[1_000_000], &[3000, 3000]]] {
            let cut = tiling(shapes, true);
            assert_eq!((cut.chunks.first(), cut.chunks.last()), (Some(&0), Some(&cut.tiles)));
            assert!(cut.chunks.is_sorted_by(|a, b| a < b) && cut.chunks.len() <= 2 * super::CHUNKS);
        }
    }
}
