"""A layer's settings in a few words."""

from typing import Any

from nas.architecture.layers import Conv2D, Layer


def describe_settings(layer: Layer) -> str:
    """What a layer is set to beyond Keras's defaults; of a convolution filters·kernel/strides.

    >>> describe_settings(Conv2D(filters=12, kernel_size=(5, 5), strides=(2, 2), activation="relu", use_bias=False))
    '12·5×5/2 relu no bias'
    """
    values = layer.model_dump(exclude_defaults=True, exclude={"kind"})
    leading = f"{values.pop('filters')}·" if isinstance(layer, Conv2D) else ""
    words = "".join(f"{'' if name == 'strides' else ' '}{_word(name, value)}" for name, value in values.items())
    return leading + words.strip()


def _word(name: str, value: Any) -> str:
    match name, value:
        case "use_bias", False:
            return "no bias"
        case "strides", (down, across):
            return f"/{down}" if down == across else f"/{down}×{across}"
        case _, (height, width):
            return f"{height}×{width}"
        case _:
            return str(value)
