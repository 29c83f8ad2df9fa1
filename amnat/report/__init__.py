"""Pages of runs, sweeps and comparisons: an HTML file each, without a network or a server."""
