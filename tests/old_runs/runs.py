"""The runs in this folder: the scripts that made them, and their arguments. Data alone.

{out} in the arguments stands for the folder that holds the run, {mnist} and {cifar} for folders
with these data sets' files of a few random images, as tests/tools/script_runs.py and
tests/data/cifar_files.py write them. Flags with these are left out of a run's flags.txt: the
command line that resumes it has them.
"""

GAN = ("--seed=4", "--log_every=1", "--save_every=2", "--max_to_keep=9", "--score_every=0")
AM_GAN = (*GAN, "--sResultDir={out}", "--iMaxIter=3", "--iBatchSize=10", "--sample_every=2")
AM_GAN_DIGITS = (*AM_GAN, "--sDataSet=digits", "--iFilterDimsG=1", "--iFilterDimsD=1")
AM_GAN_DIGITS += ("--iDimsZ=2",)
PYTORCH_GAN = (*GAN, "--sResultDir={out}", "--dataset=digits", "--n_epochs=1", "--batch_size=359")
PYTORCH_GAN += ("--latent_dim=2", "--sample_interval=2")
DIST_GAN = (*GAN, "--out_dir={out}", "--n_steps=3", "--batch_size=4", "--noise_dim=2")
DIST_GAN += ("--gf_dim=1", "--ef_dim=1", "--df_dim=1", "--nb_test_fake=8", "--sample_every=2")
CIFAR = ("--db_name=cifar10", "--data_source={cifar}", "--gf_dim=2", "--ef_dim=2", "--df_dim=4")

# Name -> (script, arguments). A run ends after its fourth iteration, a classifier's after the third
# epoch; their tables have all of it. The checkpoint that is kept is that of the second one. Toys,
# which have none, are done again.
RUNS = {
    "am_gan": ("am_gan.py", (*AM_GAN_DIGITS, "--instance_noise=0.1")),
    "am_gan_toy": (
        "am_gan.py",
        (*AM_GAN, "--sDataSet=toy_cov", "--iFilterDimsG=4", "--iFilterDimsD=4", "--ema_decay=0.9")
        + ("--minibatch_kernels=3", "--virtual_batch_norm=5", "--iDimsZ=4"),
    ),
    "nat_gan": (
        "nat_gan.py",
        (*AM_GAN_DIGITS, "--negatives=noise=20", "--iNegPerBatch=3"),
    ),
    "am_gan_paper": (
        "am_gan_reproduce.py",
        (*GAN, "--sResultDir={out}", "--iBatchRun=3", "--iBatchSize=10", "--sample_every=2")
        + ("--sDataSet=digits", "--iFilterDimG=2", "--iFilterDimD=2", "--iDimsZ=2")
        + ("--bPredefined", "--ema_decay=0.9"),
    ),
    "pytorch_gan": (
        "dcgan.py",
        (*PYTORCH_GAN, "--img_size=28", "--width=2", "--virtual_batch_norm=5")
        + ("--historical_averaging=0.01",),
    ),
    "semi_supervised": (
        "ssl_gan.py",
        (*PYTORCH_GAN, "--img_size=28", "--network=conv", "--width=1", "--num_labels=20")
        + ("--accuracy_interval=2",),
    ),
    "infogan": (
        "infogan.py",
        (*PYTORCH_GAN, "--img_size=16", "--width=2", "--critic_width=1")
        + ("--agreement_interval=2",),
    ),
    "translator": (
        "info_cycle_sim_gan.py",
        (*GAN, "--sResultDir={out}", "--dataset_name=digits:inverted", "--n_epochs=1")
        + ("--batch_size=400", "--n_steps=4", "--g_batch_size=4", "--img_size=16", "--channels=1")
        + ("--width=1", "--critic_width=1", "--n_blocks=1", "--n_samples=3")
        + ("--sample_interval=1",),
    ),
    "dist_gan": (
        "msdistgan.py",
        (*DIST_GAN, "--db_name=mnist-1k", "--data_source={mnist}", "--k=4"),
    ),
    "toys": (
        "gan_intro.py",
        ("--num_steps=4", "--log_every=2", "--minibatch", "--negatives=13:1,-6:2", "--compare")
        + ("--result_dir={out}/run",),
    ),
    "toy_study": (
        "nat_1d_study.py",
        ("--num_seeds=1", "--num_steps=2", "--measure_every=1", "--result_dir={out}/run"),
    ),
    "classifiers": (
        "nat_classifier.py",
        ("--dataset=digits", "--network=densenet", "--epochs=3", "--batch_size=700", "--lr=0.01")
        + ("--negatives=noise=20", "--negatives_per_batch=5:10", "--test_negatives=noise=50")
        + ("--out_dir={out}/run",),
    ),
}
# What every network and latent is called in a run's record, generator.json: of runs of which
# nothing else is kept.
RECORDS = {
    "am_gan_image": ("am_gan.py", (*AM_GAN_DIGITS, "--virtual_batch_norm=5")),
    "am_gan_points": ("am_gan.py", (*AM_GAN, "--sDataSet=toy_cov", "--nobAMGAN", "--nobUseWN")),
    "am_gan_paper_uniform": (
        "am_gan_reproduce.py",
        (*GAN, "--sResultDir={out}", "--iBatchRun=3", "--iBatchSize=10", "--sDataSet=digits")
        + ("--iFilterDimG=2", "--iFilterDimD=2", "--bUseUniformZ", "--AC=false"),
    ),
    "gan": ("gan.py", (*PYTORCH_GAN, "--img_size=14")),
    "gan_virtual": ("gan.py", (*PYTORCH_GAN, "--img_size=14", "--virtual_batch_norm=5")),
    "dcgan": ("dcgan.py", (*PYTORCH_GAN, "--img_size=28", "--width=2", "--latent_noise=normal")),
    "semi_supervised_mlp": ("ssl_gan.py", (*PYTORCH_GAN, "--img_size=14", "--num_labels=20")),
    "infogan_patch": (
        "infogan.py",
        (*PYTORCH_GAN, "--img_size=16", "--width=2", "--critic_width=1", "--critic=patch"),
    ),
    "dist_gan_mnist": ("msdistgan.py", (*DIST_GAN, "--db_name=mnist", "--data_source={mnist}")),
    "dist_gan_resnet": ("msdistgan.py", (*DIST_GAN, *CIFAR, "--nnet_type=resnet")),
    "dist_gan_sngan": ("msdistgan.py", (*DIST_GAN, *CIFAR, "--nnet_type=sngan")),
    "dist_gan_dcgan": ("msdistgan.py", (*DIST_GAN, *CIFAR, "--nnet_type=dcgan")),
    "ssgan": ("msdistgan.py", (*DIST_GAN, *CIFAR, "--variant=ssgan")),
    "pytorch_seed": ("msdistgan.py", (*DIST_GAN, *CIFAR, "--variant=pytorch_seed")),
}
