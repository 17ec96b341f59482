"""The pad as an anywidget: `static/pad.js` draws, Python gives the bytes."""

from typing import Any

import numpy as np
import torch
import traitlets
from anywidget import AnyWidget

from course_utils.data import Dataset
from course_utils.models import VAE, Autoencoder
from course_utils.pad.drawing import EXAMPLES, prepare, sheets
from course_utils.pad.pack import STATIC
from course_utils.pad.picture import picture
from course_utils.pngs import png, png_metadata

ALT = (
    "Two maps of the codes of test digits, those of a variational autoencoder and of a"
    " plain one, with one point on both; beside each, the digit decoded at the point."
)


class Pad(AnyWidget):
    """Where the point is (`z`) and what was drawn (`strokes`); both may be set.

    They are brought up to date when the pointer or the key is let go.
    """

    _esm = STATIC / "pad.js"
    _css = STATIC / "pad.css"
    _ipython_display_ = None  # ipywidgets 7 would show itself without the picture

    data = traitlets.Bytes().tag(sync=True)  # little-endian, see pack.py
    z = traitlets.List(traitlets.Float(), minlen=2, maxlen=2).tag(sync=True)
    strokes: Any = traitlets.List().tag(sync=True)

    def __init__(
        self, vae: VAE, autoencoder: Autoencoder, digits: Dataset, data: bytes
    ) -> None:
        """An example is on the sheet, a 7, and the point at its code."""
        with torch.no_grad():
            z = vae.encode(sheets([EXAMPLES["7"]]))[0][0].tolist()
        self._models = vae, autoencoder, digits
        super().__init__(data=data, z=z, strokes=EXAMPLES["7"])

    @traitlets.validate("z")
    def _finite(self, proposal: dict[str, Any]) -> list[float]:
        if not np.isfinite(proposal["value"]).all():
            raise traitlets.TraitError(f"z must be finite, got {proposal['value']}")
        return list(proposal["value"])

    @traitlets.validate("strokes")
    def _strokes(self, proposal: dict[str, Any]) -> list[Any]:
        try:
            prepare(proposal["value"])
        except (ValueError, TypeError) as error:
            raise traitlets.TraitError(str(error)) from None
        return list(proposal["value"])

    def drawing(self) -> np.ndarray:
        """What is on the sheet, as the encoder reads it: (28, 28) in [0, 1]."""
        return prepare(self.strokes)

    def _repr_mimebundle_(self, **_kwargs: Any) -> tuple[dict, dict]:
        """The widget; where no kernel runs, a picture of it; the text never changes."""
        shown = png(picture(*self._models, self.z))
        bundle = {
            "text/plain": "The latent pad; run this cell to drag the point.",
            "image/png": shown,
            "application/vnd.jupyter.widget-view+json": {
                "version_major": 2,
                "version_minor": 0,
                "model_id": self.model_id,
            },
        }
        return bundle, png_metadata(shown, ALT)
