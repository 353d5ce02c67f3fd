"""`nas.measure`: what a network costs, without training or even building it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nas.architecture import Architecture, Budget, Cost, describe_excess
from nas.architecture import fits as within
from nas.architecture import measure as cost_of
from nas.library.layers import LAYER_COLUMNS, layer_rows, summarise
from nas.library.limiting import limits
from nas.library.own import Network, network_of

if TYPE_CHECKING:
    import pandas as pd


def measure(
    network: Network,
    /,
    *,
    budget: int | None = None,
    max_macs: int | None = None,
    max_ram: str | int | None = None,
    max_flash: str | int | None = None,
    fits: str | None = None,
) -> "MeasureResult":
    """What a network costs, layer by layer: parameters, MACs and memory.

    >>> import nas
    >>> nas.measure("model-5", budget=7_000).fits
    True

    Args:
        network: Name of a hand-designed network, an architecture's JSON file, a .keras file, module:function, an
            `Architecture`, or a Keras model.
        budget: Also say whether it fits so many parameters.
        max_macs: Most multiply-accumulate operations for one image.
        max_ram: Most RAM, as bytes or such as 64kB: the arena of TensorFlow Lite Micro, estimated.
        max_flash: Most flash, as bytes or such as 256KiB: the int8 LiteRT file, estimated.
        fits: A device whose flash and RAM it has to fit.

    Raises:
        ArchitectureError: If there is no such network, or it is none that can be trained here.
        BudgetError: If a limit is less than 1, or there is no such device.
    """
    limit = limits(budget=budget, max_macs=max_macs, max_ram=max_ram, max_flash=max_flash, fits=fits)
    name, architecture = network_of(network)
    return MeasureResult(name=name, architecture=architecture, limits=limit)


@dataclass(frozen=True, repr=False, kw_only=True)
class MeasureResult:
    """What a network costs; bytes of flash and RAM are upper estimates until it is exported."""

    name: str
    architecture: Architecture
    limits: Budget
    """What it was measured against."""

    @property
    def cost(self) -> Cost:
        """Everything, layer by layer."""
        return cost_of(self.architecture)

    @property
    def parameters(self) -> int:
        """Numbers stored, as Keras counts them."""
        return self.cost.parameters

    @property
    def trainable_parameters(self) -> int:
        """Numbers that training changes by gradient."""
        return self.cost.trainable_parameters

    @property
    def deployed_parameters(self) -> int:
        """Numbers left for inference after folding BatchNormalization."""
        return self.cost.deployed_parameters

    @property
    def macs(self) -> int:
        """Multiply-accumulate operations for one image."""
        return self.cost.macs

    @property
    def peak_activation_bytes(self) -> int:
        """The most that one layer's input and output take together, as int8, for one image."""
        return self.cost.peak_activation_bytes

    @property
    def flash_bytes(self) -> int:
        """Bytes of the int8 LiteRT file, estimated from above."""
        return self.cost.flash_bytes

    @property
    def ram_bytes(self) -> int:
        """Bytes of the arena that TensorFlow Lite Micro works in, estimated from above."""
        return self.cost.ram_bytes

    @property
    def fits(self) -> bool | None:
        """Whether it keeps to all limits; None if none was given."""
        return within(self.cost, budget=self.limits) if self.limits.limits else None

    def to_frame(self) -> "pd.DataFrame":
        """A row for each layer in order; parameters and MACs add up to the network's."""
        import pandas as pd

        rows = [
            {
                "layer": row.kind,
                "output_shape": row.output_shape,
                "parameters": row.parameters,
                "trainable_parameters": row.trainable_parameters,
                "deployed_parameters": row.deployed_parameters,
                "macs": row.macs,
                "activation_bytes": row.activation_bytes,
            }
            for row in self.cost.rows
        ]
        return pd.DataFrame(rows)

    def __repr__(self) -> str:
        return "\n".join((f"{self.name}: {summarise(self.architecture)}", *self._told))

    def _repr_html_(self) -> str:
        from nas.evaluation.report.fragment import fragment  # it draws pictures too, which takes a second to import
        from nas.evaluation.report.page import Table, Text

        return fragment(self.name, Table(LAYER_COLUMNS, layer_rows(self.architecture)), *map(Text, self._told[1:]))

    @property
    def _told(self) -> tuple[str, ...]:
        cost = self.cost
        counts = f"{cost.parameters:,} parameters, {cost.macs:,} MACs, {cost.peak_activation_bytes:,} int8 bytes at most"
        bytes_ = f"Deployed in int8: at most {cost.flash_bytes:,} bytes of flash and {cost.ram_bytes:,} bytes of RAM, estimated."
        if self.fits is None:
            return counts, bytes_
        over = describe_excess(cost, budget=self.limits)
        told = f"It is over the budget of {self.limits.words}: {over}." if over else f"It fits the budget of {self.limits.words}."
        return counts, bytes_, told
