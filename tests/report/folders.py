"""Folders of runs as trainings leave them, written in milliseconds."""

import json

from amnat.training.run_directory import RunDirectory

from PIL import Image, ImageDraw

FLAGS = {
    "bAMGAN": "true",
    "fBeta1": "0.5",
    "iMaxIter": "300",
    "sDataSet": "digits",
    "sResultTag": "am_gan",
}


def write_run(
    folder, seed=0, iterations=(0, 100, 200, 300), flags=None, command="", shift=0.0, scores=True
):
    """Writes a run of AM-GAN on digits into a folder; returns its `RunDirectory`."""
    run = RunDirectory(folder)
    values = FLAGS | {"seed": str(seed)} | (flags or {})
    lines = ["#     python tools/am_gan.py --flagfile=THIS_FILE"]
    run.create([*lines, *sorted(f"--{name}={text}" for name, text in values.items())])
    run.record_file.write_text(json.dumps({"version": 1, "data": "digits"}))
    rows = [["iteration", "loss_dis_total", "loss_dis_total_std", "loss_gen_total", "klr"]]
    rows += [[i, 2 + shift - i / 200, 0.1, 1 + i / 300, 0.4] for i in iterations if i]
    run.metrics_file.write_text("".join(",".join(map(str, row)) + "\n" for row in rows))
    log = [
        "data           digits, 1,797 samples of 32x32x1, 10 classes",
        f"command line  tools/am_gan.py {command}".rstrip(),
        *(
            f"2026-01-02 10:00:0{i // 100}  run  ITER: {i}, klr: 0.4, time: 0.0500, "
            f"memory: {500 + i}.0 MB"
            for i in iterations
            if i
        ),
    ]
    run.log_file.write_text("\n".join(log) + "\n")
    if scores:
        run.scores_file.write_text(
            "iteration,inception_score,am_score\n"
            f"100,{2 + shift},3.5\n200,{4 + shift},3\n300,{3 + shift},2.5\n"
        )
        run.real_scores_file.write_text(json.dumps({"inception_score": 9.9, "am_score": 0.2}))
    for iteration in iterations:
        sheet(run.samples / f"train_00_{iteration:04d}.png", iteration % 251)
    sheet(run.samples / "real.png", 90)
    for suffix in ("index", "data-00000-of-00001"):
        (run.checkpoints / f"ckpt-300.{suffix}").write_bytes(bytes(1000))
    (run.checkpoints / "ckpt-300.json").write_text(json.dumps({"iteration": 300, "files": {}}))
    run.finished_file.write_text("300\n")
    return run


def sheet(path, shade, size=(60, 40)):
    """Writes a picture of one colour with a line."""
    image = Image.new("RGB", size, (shade, 200 - shade // 2, 120))
    ImageDraw.Draw(image).line((0, 0, shade % size[0], size[1]), "white")
    image.save(path)
