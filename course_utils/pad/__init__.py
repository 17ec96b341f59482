"""The latent pad: two decoders at work in the page, and a sheet to draw on.

from course_utils.pad import latent_pad
pad = latent_pad()
pad             # drag the point, or draw a digit
pad.z           # where the point rests
pad.drawing()   # what was drawn, as the encoder reads it
"""

from ipywidgets import DOMWidget

from course_utils.data import Dataset, load
from course_utils.models import VAE, Autoencoder
from course_utils.weights import load as load_weights


def latent_pad(
    vae: VAE | None = None,
    autoencoder: Autoencoder | None = None,
    digits: Dataset | None = None,
) -> DOMWidget:
    """The pad of two models with 2 latents; without any, of those that ship.

    The maps show the codes of `digits`, mnist_small if there are none. Models that do
    not fit give a message in the pad's place. Without anywidget there are two sliders.
    """
    from course_utils.pad.pack import FILES, pack, rounded
    from course_utils.pad.picture import message, sliders

    vae = load_weights(FILES[VAE])[0] if vae is None else vae
    if autoencoder is None:
        autoencoder = load_weights(FILES[Autoencoder])[0]
    digits = load("mnist_small") if digits is None else digits
    try:
        vae, autoencoder = rounded(vae, VAE), rounded(autoencoder, Autoencoder)
        data = pack(vae, autoencoder, digits)
    except ValueError as error:
        return message(f"The pad cannot start: {error}.")
    try:
        from course_utils.pad.widget import Pad
    except ImportError:
        return sliders(vae, autoencoder, digits)
    return Pad(vae, autoencoder, digits, data)
