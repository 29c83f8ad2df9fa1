"""What log.txt says of a run."""

from amnat.report.log_lines import read_log

LOG = """run directory  result/am_gan_digits
data           digits, 1,797 samples of 32x32x1, 10 classes
command line  tools/am_gan.py --seed=1
2026-01-02 10:00:00  run  ITER: 10, loss: 1.0000±0.1, time: 0.5000, memory: 600.0 MB
2026-01-02 10:00:01  run  ITER: 30, loss: 1.0000, time: 0.1000, memory: 650.5 MB
SCORES  ITER: 30, 100 samples, inception_score: 2.0000
command line  tools/am_gan.py --seed=1 --bLoadCheckpoint
2026-01-02 10:00:02  run  ITER: 30, loss: 1.0000, time: 0.2000, memory: nan MB
"""


def test_the_last_line_of_an_iteration_counts(tmp_path):
    (tmp_path / "log.txt").write_text(LOG)
    log = read_log(tmp_path / "log.txt")
    assert log.command == "tools/am_gan.py --seed=1 --bLoadCheckpoint"
    assert log.options["data"].startswith("digits, 1,797")
    assert log.seconds == {10: 0.5, 30: 0.2} and log.megabytes == {10: 600.0, 30: 650.5}
    assert log.total_seconds == 10 * 0.5 + 20 * 0.2


def test_no_log(tmp_path):
    assert read_log(tmp_path / "log.txt").total_seconds == 0
