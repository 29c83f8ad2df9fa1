"""Which export a generator has."""

from amnat.export.exports import make_export
from amnat.export.generator_export import ExportOptions, GeneratorExport
from amnat.methods.am_gan.point_networks import MLPGenerator
from amnat.models import NormalLatent


class OwnExport(GeneratorExport):
    pass


class OwnLatent(NormalLatent):
    def export_class(self):
        return OwnExport


def test_latents_decide():
    generator = MLPGenerator(6).build_variables((4,))
    options = ExportOptions(standing_batches=1, max_samples=4)
    for latent, expected in ((NormalLatent(4), GeneratorExport), (OwnLatent(4), OwnExport)):
        export = make_export(generator, latent, 8, ["a"], 0, options)
        assert type(export) is expected
