"""What a network is and what it costs; the standard library and pydantic are all it needs."""

from nas.architecture.budget import Budget, describe_cost, describe_excess, excesses, fits, require_fit, violations
from nas.architecture.cost import Cost, LayerCost, measure
from nas.architecture.devices import Device, Fit, devices, find_device, fit, room_on
from nas.architecture.factory import BuiltLayer, Factory
from nas.architecture.layer_words import describe_settings
from nas.architecture.layers import (
    Activation,
    AveragePooling2D,
    BatchNormalization,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Dropout,
    Flatten,
    GlobalAveragePooling2D,
    Layer,
    MaxPooling2D,
)
from nas.architecture.network import Architecture, Network, failure_of, layers_of, parse_architecture
from nas.architecture.shapes import Shape
from nas.architecture.suggest import Fixed, Suggest
from nas.architecture.task import Task

__all__ = [
    "Activation",
    "Architecture",
    "AveragePooling2D",
    "BatchNormalization",
    "Budget",
    "BuiltLayer",
    "Conv2D",
    "Cost",
    "Dense",
    "DepthwiseConv2D",
    "Device",
    "Dropout",
    "Factory",
    "Fit",
    "Fixed",
    "Flatten",
    "GlobalAveragePooling2D",
    "Layer",
    "LayerCost",
    "MaxPooling2D",
    "Network",
    "Shape",
    "Suggest",
    "Task",
    "describe_cost",
    "describe_excess",
    "describe_settings",
    "devices",
    "excesses",
    "failure_of",
    "find_device",
    "fit",
    "fits",
    "layers_of",
    "measure",
    "parse_architecture",
    "require_fit",
    "room_on",
    "violations",
]
