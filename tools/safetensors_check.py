"""Reads and writes files with Python's `safetensors`, for the tests of checkpoints.

    python3 -m venv /tmp/safetensors && /tmp/safetensors/bin/pip install safetensors numpy
    OPTIM_PYTHON=/tmp/safetensors/bin/python cargo test -p optim-core --test checkpoint

`read FILE` prints all that is in a file as JSON, and the checksum that it should have; `write FILE` writes one.
Ends with 77 where Python does not have what it needs.
"""

import json
import sys

try:
    import numpy
    from safetensors import safe_open
    from safetensors.numpy import save_file
except ImportError as error:
    print(error, file=sys.stderr)
    sys.exit(77)


def checksum(path):
    """CRC-64/XZ over the file, its own sixteen digits as zeros."""
    data = bytearray(open(path, "rb").read())
    start = b'{"__metadata__":{"checksum":"'
    assert data[8:].startswith(start), "the header does not begin with a checksum"
    at = 8 + len(start)
    data[at : at + 16] = b"0" * 16
    crc = 0xFFFFFFFFFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0xC96C5795D7870F42 if crc & 1 else 0)
    return f"{crc ^ 0xFFFFFFFFFFFFFFFF:016x}"


def read(path):
    tensors = {}
    with safe_open(path, framework="numpy") as file:
        metadata = file.metadata()
        for name in file.keys():
            tensor = file.get_tensor(name)
            tensors[name] = {"dtype": str(tensor.dtype), "shape": list(tensor.shape), "bytes": tensor.tobytes().hex()}
    print(json.dumps({"metadata": metadata, "tensors": tensors, "checksum": checksum(path)}))


def write(path):
    tensors = {
        "0": numpy.arange(6, dtype=numpy.float32).reshape(2, 3),
        "1": numpy.array([0.5, -0.25], dtype=numpy.float16),
        "2": numpy.array(1.5, dtype=numpy.float64),
        "count": numpy.array(3, dtype=numpy.int64),
    }
    save_file(tensors, path, metadata={"note": '"ü"\n'})


{"read": read, "write": write}[sys.argv[1]](sys.argv[2])
