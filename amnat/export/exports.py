"""Which export a generator has, by what it starts from."""

from amnat.export.generator_export import GeneratorExport
from amnat.methods.infogan.export import InfoGANExport
from amnat.methods.infogan.latent import InfoLatent
from amnat.methods.translator.export import TranslatorExport
from amnat.methods.translator.latent import TranslationLatent

EXPORTS = {InfoLatent: InfoGANExport, TranslationLatent: TranslatorExport}


def make_export(generator, latent, *args, **kwargs):
    """The `GeneratorExport`, or one of its kind, that a generator has; the same arguments."""
    export = EXPORTS.get(type(latent), GeneratorExport)
    return export(generator, latent, *args, **kwargs)
