"""What tools/benchmark.py measures, one workload per file."""
