"""Runs one PyTorch program of tools/benchmark.py: python tools/torch_benchmark REQUEST.

The programs do the same work as amnat's workloads, layer by layer. They are only for comparing
speed, not for training. REQUEST and the result are those of amnat/benchmark/task_worker.py;
"program" is MODULE:FUNCTION in this folder, a function of the settings that returns a `work.Work`,
and "mode" says how it runs. The programs need PyTorch and NumPy, but not amnat.
"""

import importlib
import json
import pathlib
import resource
import sys
import time

import torch


def peak_bytes():
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def synchronize():
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def time_calls(request):
    module, _, function = request["program"].partition(":")
    work = getattr(importlib.import_module(module), function)(request["settings"])
    call = work.prepared(request.get("mode", "eager"))
    # Short calls are reported in groups, as on amnat's side.
    group = request["settings"].get("steps_per_execution", 1)
    times, done = [[time.time(), 0]], 0
    while done < request["calls"]:
        for _ in range(min(group, request["calls"] - done)):
            call()
            done += 1
        synchronize()
        times.append([time.time(), done])
    found = {"times": times, "peak_bytes": peak_bytes()}
    if torch.cuda.is_available():
        found["gpu_peak_bytes"] = torch.cuda.max_memory_allocated()
    return found


def product(request):
    size = request["size"]
    device = "cuda" if torch.cuda.is_available() else "cpu"
    factor = torch.randn(size, size, dtype=getattr(torch, request["dtype"]), device=device)
    durations, end = [], time.perf_counter() + request["seconds"]
    while len(durations) < 5 or time.perf_counter() < end:
        start = time.perf_counter()
        torch.mm(factor, factor)
        synchronize()
        durations.append(time.perf_counter() - start)
    return {"flops_per_second": 2.0 * size**3 / min(durations)}


def main(path):
    request = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
    # TF32 is the fastest way to compute float32 products on a GPU, and TensorFlow uses it as well.
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
    torch.manual_seed(0)
    result = {"time": time_calls, "product": product}[request["task"]](request)
    pathlib.Path(request["out"]).write_text(json.dumps(result), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
