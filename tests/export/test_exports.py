"""Which export a generator has."""

from amnat.export.exports import EXPORTS, make_export
from amnat.export.generator_export import ExportOptions, GeneratorExport
from amnat.methods.am_gan.point_networks import MLPGenerator
from amnat.methods.infogan.latent import InfoLatent
from amnat.methods.translator.latent import TranslationLatent
from amnat.models import NormalLatent


def test_latents_decide():
    assert set(EXPORTS) == {InfoLatent, TranslationLatent}
    generator = MLPGenerator(6).build_variables((4,))
    options = ExportOptions(standing_batches=1, max_samples=4)
    export = make_export(generator, NormalLatent(4), 8, ["a"], 0, options)
    assert type(export) is GeneratorExport
