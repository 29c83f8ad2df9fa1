"""Chooses the import whose flags a checkpoint asks for; see `amnat.compat.import_script`."""

from amnat.compat import checkpoint_names
from amnat.compat.import_script import ImportScript
from amnat.errors import InputError


def script_for(words):
    """The script that has the flags for the checkpoint which the command line `words` names.

    Without a checkpoint, or with a wrong one, it is the one for AM-GAN2, which says what is wrong.
    """
    given = None
    for index, word in enumerate(words):
        name, equals, value = word.lstrip("-").partition("=")
        if word.startswith("-") and name == "checkpoint":
            given = value if equals else next(iter(words[index + 1 :]), None)
    if not given:
        return ImportScript
    try:
        original = checkpoint_names.original_of(checkpoint_names.find_checkpoint(given))
    except InputError:
        return ImportScript
    if original == "am_gan_reproduce":
        from amnat.compat.import_reproduce_script import ImportReproduceScript

        return ImportReproduceScript
    if original == "msgan":
        from amnat.compat.import_msgan_script import ImportMSGANScript

        return ImportMSGANScript
    return ImportScript
