#!/usr/bin/env bash
# PyTorch and DeepSpeed beside this crate, in one run: optim-core/benches/peers.sh [WORD...], words as in peers.py.
#
# They are installed into target/peers (some gigabytes: PyTorch's package needs its CUDA libraries to be there, though
# nothing here uses them). DeepSpeed compiles its optimizer when it is first used, with the C++ compiler of the system;
# where it cannot be had, it is left out.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}
python="$target/peers/bin/python"

[ -x "$python" ] || python3 -m venv "$target/peers"
"$python" -c 'import torch, numpy' 2>/dev/null || "$python" -m pip install --quiet torch numpy
# Built with what is in the environment, since it asks for PyTorch while it is built.
"$python" -c 'import importlib.util as u, sys; sys.exit(not all(map(u.find_spec, ["deepspeed", "ninja"])))' \
  || { "$python" -m pip install --quiet ninja 'setuptools>=77' wheel \
       && "$python" -m pip install --quiet --no-build-isolation deepspeed; } \
  || echo "DeepSpeed could not be installed" >&2

export PATH="$target/peers/bin:$PATH"
export TORCH_EXTENSIONS_DIR="$target/peers/extensions" DS_ACCELERATOR=cpu OMP_PROC_BIND=true
exec "$python" "$root/optim-core/benches/peers.py" "$@"
