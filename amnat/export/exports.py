"""Which export a generator has, by what it starts from."""

from amnat.export.generator_export import GeneratorExport
from amnat.export.infogan_export import InfoGANExport
from amnat.export.translator_export import TranslatorExport
from amnat.models.info_latent import InfoLatent
from amnat.models.translation_latent import TranslationLatent

EXPORTS = {InfoLatent: InfoGANExport, TranslationLatent: TranslatorExport}


def make_export(generator, latent, *args, **kwargs):
    """The `GeneratorExport`, or one of its kind, that a generator has; the same arguments."""
    export = EXPORTS.get(type(latent), GeneratorExport)
    return export(generator, latent, *args, **kwargs)
