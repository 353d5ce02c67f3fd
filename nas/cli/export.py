"""`nas export`: a trained network as files that are proven to compute the same, with their card."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from nas.cli.options import Json, Runs, Storage, StudyName


def export(  # noqa: PLR0913 - one argument a flag
    *,
    trial: Annotated[
        str,
        Parameter(help="best, a trial's number, a hand-designed network's name, or baselines; several with commas between."),
    ] = "best",
    format: Annotated[  # noqa: A002 - the flag's name
        str, Parameter(help="keras, saved-model, litert, litert-int8, onnx, c, python; several with commas between, or all.")
    ] = "keras",
    out: Annotated[
        Path | None, Parameter(help="Folder that takes a folder for each network (default: exports in the run's folder).")
    ] = None,
    include_rescaling: Annotated[
        bool, Parameter(help="Put the division by 255 inside, so that the files take pixels from 0 to 255.", negative="")
    ] = False,
    calibration: Annotated[
        int, Parameter(help="Training images from which int8 ranges are found.", validator=Number(gte=1, lte=100_000))
    ] = 500,
    calibration_seed: Annotated[int, Parameter(help="Gives the choice of these images.", validator=Number(gte=0))] = 0,
    refit: Annotated[
        bool,
        Parameter(help="Train it once more, on training and validation images together; not the judged network.", negative=""),
    ] = False,
    table: Annotated[Path | None, Parameter(help="Also write the exports side by side, as a Markdown file.")] = None,
    study: StudyName = None,
    storage: Storage = None,
    runs: Runs = None,
    json: Json = False,
) -> None:
    """Write a trained network in the formats of laptops and microcontrollers, each checked against Keras.

    The best is the verdict's winner (of its confirmation trainings the one with median validation accuracy), or, without a
    verdict, the best by search score. Every file is opened again in the runtime meant for it and compared with Keras on
    validation images; a model card says what it is, what it takes and gives, and what it costs.

    For example:

    - `nas export`
    - `nas export --format all --include-rescaling`
    - `nas export --trial model-2 --format litert-int8,c --out firmware`
    - `nas export --trial best,baselines --format all --table exports.md`
    """
    from nas.cli.exported import answer_exports, exports_json
    from nas.cli.output import answer, answer_json
    from nas.cli.terminal import Terminal
    from nas.exporting.released import Conversion
    from nas.exporting.shipping import choose_formats
    from nas.library.exporting import ship, write_table
    from nas.library.places import find_place
    from nas.library.releases import choose_releases

    formats, display = choose_formats(format), Terminal()
    view = find_place(study, storage=storage, runs=runs, display=display).read()
    releases = choose_releases(view, trial)
    conversion = Conversion(
        include_rescaling=include_rescaling, calibration_images=calibration, calibration_seed=calibration_seed
    )
    exports = ship(view, releases, formats=formats, conversion=conversion, out=out, again=refit, display=display)
    if table:
        write_table(exports, table)
    if json:
        answer_json(exports_json(exports, releases))
        return
    answer_exports(exports)
    if table:
        answer(f"Table: {table}")
