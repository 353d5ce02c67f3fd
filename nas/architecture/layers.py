"""The layers that a network may consist of, as frozen data with Keras's names for kinds and arguments."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Size = Annotated[int, Field(ge=1, le=10**18)]
Padding = Literal["valid", "same"]
ActivationName = Literal["linear", "relu", "silu", "hard_silu", "softmax"]


class _Layer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Conv2D(_Layer):
    """A convolution over height and width, with a bias unless a normalisation follows."""

    kind: Literal["conv2d"] = "conv2d"
    filters: Size
    """Number of output channels."""
    kernel_size: tuple[Size, Size]
    """Height and width of the window, in pixels."""
    strides: tuple[Size, Size] = (1, 1)
    """Step of the window down and across, in pixels."""
    padding: Padding = "valid"
    """`valid` shrinks the image by the kernel, `same` keeps it (divided by the strides, rounded up)."""
    activation: ActivationName = "linear"
    """Function applied to each output value."""
    use_bias: bool = True
    """Whether each filter adds a learnt constant."""


class DepthwiseConv2D(_Layer):
    """A convolution that filters each channel by itself, one output channel for each input channel."""

    kind: Literal["depthwise_conv2d"] = "depthwise_conv2d"
    kernel_size: tuple[Size, Size]
    """Height and width of the window, in pixels."""
    strides: tuple[Size, Size] = (1, 1)
    """Step of the window down and across, in pixels."""
    padding: Padding = "valid"
    """As for `Conv2D`."""
    activation: ActivationName = "linear"
    """Function applied to each output value."""
    use_bias: bool = True
    """Whether each channel adds a learnt constant."""


class MaxPooling2D(_Layer):
    """The largest value of each window; windows do not overlap."""

    kind: Literal["max_pooling2d"] = "max_pooling2d"
    pool_size: tuple[Size, Size]
    """Height and width of the window, which is also the step, in pixels."""


class AveragePooling2D(_Layer):
    """The mean of each window; windows do not overlap."""

    kind: Literal["average_pooling2d"] = "average_pooling2d"
    pool_size: tuple[Size, Size]
    """Height and width of the window, which is also the step, in pixels."""


class GlobalAveragePooling2D(_Layer):
    """The mean of each channel over the whole image."""

    kind: Literal["global_average_pooling2d"] = "global_average_pooling2d"


class BatchNormalization(_Layer):
    """Each channel brought to zero mean and unit variance, then scaled and shifted by learnt values."""

    kind: Literal["batch_normalization"] = "batch_normalization"


class Activation(_Layer):
    """A function applied to each value, as a layer of its own."""

    kind: Literal["activation"] = "activation"
    activation: ActivationName
    """The function's name in Keras."""


class Dropout(_Layer):
    """A share of the values set to zero while training; nothing at inference."""

    kind: Literal["dropout"] = "dropout"
    rate: Annotated[float, Field(ge=0, lt=1)]
    """Share of the values that are dropped."""


class Flatten(_Layer):
    """The image as one vector."""

    kind: Literal["flatten"] = "flatten"


class Dense(_Layer):
    """A fully connected layer."""

    kind: Literal["dense"] = "dense"
    units: Size
    """Number of output values."""
    activation: ActivationName = "linear"
    """Function applied to the outputs."""
    use_bias: bool = True
    """Whether each unit adds a learnt constant."""


Layer = Annotated[
    Conv2D
    | DepthwiseConv2D
    | MaxPooling2D
    | AveragePooling2D
    | GlobalAveragePooling2D
    | BatchNormalization
    | Activation
    | Dropout
    | Flatten
    | Dense,
    Field(discriminator="kind"),
]
