#!/usr/bin/env python3
"""Writes the digits that `optim-models` embeds: from rows of 64 pixels and a class to two IDX files.

    python3 tools/digits.py digits.csv.gz optim-models/data

The input is the test set of *Optical Recognition of Handwritten Digits* (E. Alpaydin, C. Kaynak, UCI repository,
CC BY 4.0, https://doi.org/10.24432/C50P49, file `optdigits.tes`), 1,797 lines of 65 numbers separated by commas: 8 x 8
pixels from 0 to 16, row by row, and the class. Plain or compressed with gzip. The rows stay in their order.
"""
import gzip
import pathlib
import struct
import sys

source, folder = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
opened = gzip.open(source, "rt") if source.suffix == ".gz" else open(source)
with opened as lines:
    rows = [[int(float(number)) for number in line.split(",")] for line in lines if line.strip()]
assert all(len(row) == 65 and all(0 <= pixel <= 16 for pixel in row[:64]) and 0 <= row[64] <= 9 for row in rows)

# IDX: two zeros, 8 for unsigned bytes, the number of axes; the length of each axis, big-endian; the bytes.
images = struct.pack(">4B3I", 0, 0, 8, 3, len(rows), 8, 8) + bytes(pixel for row in rows for pixel in row[:64])
labels = struct.pack(">4BI", 0, 0, 8, 1, len(rows)) + bytes(row[64] for row in rows)
(folder / "digits-images.idx3-ubyte").write_bytes(images)
(folder / "digits-labels.idx1-ubyte").write_bytes(labels)
print(f"{len(rows)} digits, {len(images)} and {len(labels)} bytes")
