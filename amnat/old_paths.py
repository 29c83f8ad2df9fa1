"""Which classes a record may name, and where they are now if it names an older path.

generator.json of a run and the metadata of an export name a class by its module. Runs and exports
made before the methods had folders of their own (version 0.2) keep opening by this table.
"""

# A record is treated as data: nothing outside these packages is imported for the class of a role.
# Other classes are only found after the program itself has imported them (`recordable`).
PACKAGES = {
    "generator": ("amnat.networks.", "amnat.methods."),
    "discriminator": ("amnat.networks.", "amnat.methods."),
    "encoder": ("amnat.networks.", "amnat.methods."),
    "latent": ("amnat.models.", "amnat.methods."),
}
# Modules: old -> new.
MODULES = {
    "amnat.models.info_latent": "amnat.methods.infogan.latent",
    "amnat.models.point_sources": "amnat.methods.toys.sources",
    "amnat.models.translation_latent": "amnat.methods.translator.latent",
    "amnat.networks.am_gan_reproduce": "amnat.methods.am_gan_paper.networks",
    "amnat.networks.dcgan": "amnat.methods.am_gan.image_networks",
    "amnat.networks.dcgan_guidelines": "amnat.methods.pytorch_gan.dcgan_networks",
    "amnat.networks.gan_intro": "amnat.methods.toys.gan_intro_networks",
    "amnat.networks.info_cycle": "amnat.methods.infogan.patch_networks",
    "amnat.networks.infogan": "amnat.methods.infogan.networks",
    "amnat.networks.mlp": "amnat.methods.am_gan.point_networks",
    "amnat.networks.mlp_gan": "amnat.methods.pytorch_gan.mlp_networks",
    "amnat.networks.ms_gan.common": "amnat.methods.dist_gan.networks.common",
    "amnat.networks.ms_gan.dcgan": "amnat.methods.dist_gan.networks.dcgan",
    "amnat.networks.ms_gan.points": "amnat.methods.toys.toy_networks",
    "amnat.networks.ms_gan.resnet": "amnat.methods.dist_gan.networks.resnet",
    "amnat.networks.ms_gan.sngan": "amnat.methods.dist_gan.networks.sngan",
    "amnat.networks.semi_supervised": "amnat.methods.semi_supervised.networks",
}
# Classes that are not where the rest of their old module is: (old module, class) -> new module.
CLASSES = {
    ("amnat.networks.virtual_batch_norm", name): module
    for name, module in (
        ("VirtualDCGANGenerator", "amnat.methods.am_gan.image_networks"),
        ("VirtualMLPGenerator", "amnat.methods.am_gan.point_networks"),
        ("VirtualGuidelineGenerator", "amnat.methods.pytorch_gan.dcgan_networks"),
        ("VirtualMLPImageGenerator", "amnat.methods.pytorch_gan.mlp_networks"),
    )
} | {
    ("amnat.networks.info_cycle", "ResidualGenerator"): "amnat.methods.translator.networks",
}


def current_module(module, name):
    """The module that has the class now.

    Args:
      module: the one that a record names.
      name: of the class.
    """
    return CLASSES.get((module, name)) or MODULES.get(module, module)
