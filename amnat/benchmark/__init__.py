"""The measurements of tools/benchmark.py; each workload has its own file."""
