#!/usr/bin/env python3
"""Read the event files of a folder with TensorBoard, and print what it found as JSON.

    python3 -m venv /tmp/tb && /tmp/tb/bin/pip install tensorboard
    /tmp/tb/bin/python tools/tensorboard_check.py FOLDER [--serve]

What is printed: {"scalars": {tag: [[step, value], …]}, "histograms": {tag: [[step, [[left, right, count], …]], …]},
"texts": {tag: [[step, text], …]}}, NaN and infinities as strings. The reader is the one behind TensorBoard's pages, with
checksums; --serve also starts TensorBoard itself on a port of this machine, and compares the scalars that its page is
given with these. Without TensorBoard the exit code is 77.
"""
import argparse, json, logging, math, sys, time, urllib.parse, urllib.request

try:
    from tensorboard.backend.event_processing import event_accumulator
    from tensorboard.util import tensor_util
except ImportError as error:
    print(f"no TensorBoard here: {error}", file=sys.stderr)
    sys.exit(77)


def plain(x):
    """A number as JSON has it; what JSON has not as a string."""
    x = float(x)
    return x if math.isfinite(x) else "NaN" if math.isnan(x) else "Infinity" if x > 0 else "-Infinity"


def read(folder):
    events = event_accumulator.EventAccumulator(folder, size_guidance={kind: 0 for kind in event_accumulator.DEFAULT_SIZE_GUIDANCE})
    events.Reload()
    found = {"scalars": {}, "histograms": {}, "texts": {}}
    tags = events.Tags()
    for tag in tags["scalars"]:
        found["scalars"][tag] = [[e.step, plain(e.value)] for e in events.Scalars(tag)]
    for tag in tags["histograms"]:
        values = ((e.step, e.histogram_value) for e in events.Histograms(tag))
        found["histograms"][tag] = [[step, [list(map(plain, b)) for b in buckets(h)]] for step, h in values]
    for tag in tags["tensors"]:
        plugin = events.SummaryMetadata(tag).plugin_data.plugin_name
        tensors = [(e.step, tensor_util.make_ndarray(e.tensor_proto)) for e in events.Tensors(tag)]
        if plugin == "scalars":
            found["scalars"][tag] = [[step, plain(value.item())] for step, value in tensors]
        elif plugin == "histograms":
            found["histograms"][tag] = [[step, [list(map(plain, b)) for b in value]] for step, value in tensors]
        elif plugin == "text":
            found["texts"][tag] = [[step, value.reshape(-1)[0].decode()] for step, value in tensors]
        else:
            sys.exit(f"`{tag}` is of the plugin `{plugin}`")
    return found


def buckets(histogram):
    lefts = [histogram.min] + list(histogram.bucket_limit[:-1])
    return zip(lefts, histogram.bucket_limit, histogram.bucket)


def served(folder, tags):
    """What the page of scalars is given by TensorBoard itself."""
    from tensorboard import program
    board = program.TensorBoard()
    board.configure(argv=[None, "--logdir", folder, "--host", "127.0.0.1", "--port", "0", "--samples_per_plugin", "scalars=100000"])
    url = board.launch()
    page = lambda path, **query: json.load(urllib.request.urlopen(f"{url}data/plugin/scalars/{path}?{urllib.parse.urlencode(query)}", timeout=10))
    for _ in range(100):
        runs = page("tags")
        if runs and all(set(tags) <= set(run) for run in runs.values()):
            break
        time.sleep(0.1)
    (run,) = runs
    number = lambda x: plain(float(x)) if x is not None else None
    return {tag: [[int(step), number(value)] for _, step, value in page("scalars", run=run, tag=tag)] for tag in tags}


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("folder")
    arguments.add_argument("--serve", action="store_true")
    arguments = arguments.parse_args()
    logging.disable(logging.INFO)
    found = read(arguments.folder)
    if arguments.serve:
        there = served(arguments.folder, list(found["scalars"]))
        if there != found["scalars"]:
            sys.exit(f"TensorBoard's page is given {there}, not {found['scalars']}")
    json.dump(found, sys.stdout, allow_nan=False)


main()
