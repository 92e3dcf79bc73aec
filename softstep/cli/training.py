"""`train` and `gradcheck`: many steps of gradient descent, and the gradient against differences of the loss."""

from pathlib import Path
from typing import Annotated

import typer

from softstep.cli.app import app
from softstep.cli.options import Config, Presentation, count_option, parse_distance, with_presentation
from softstep.cli.present import finish, format_name, show_progress
from softstep.cli.problems import open_problem
from softstep.output import write_file


@app.command(
    "train",
    help="Train by gradient descent: loss, accuracy and gradient norm of each step, and the weights at the end.",
    short_help="Train by gradient descent, and show how the loss falls.",
)
@with_presentation("Result", without=("work",))
def _train(
    presentation: Presentation,
    config: Config = None,
    steps: Annotated[int | None, count_option("Take at most N steps (default: 100).")] = None,
    every: Annotated[int | None, count_option("Print every N-th step (default: about 20 rows).")] = None,
    until_loss: Annotated[
        float | None,
        typer.Option(metavar="X", parser=parse_distance, help="Stop when the loss is X or less; if never, status 1."),
    ] = None,
    history: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write step, loss, accuracy, gradient_norm to a CSV file.")
    ] = None,
    plot: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Draw loss and accuracy, as svg, png or pdf; needs softstep[plot]."),
    ] = None,
) -> int:
    name = format_name("Result", presentation)  # before the training, which may take long
    if plot:
        from softstep.render.plot import plot_bytes, refuse_unplottable

        refuse_unplottable(Path(plot))
    problem = open_problem(
        config, presentation.quiet, name == "yaml", output=presentation.output, history=history, plot=plot
    )
    with show_progress("Training") as progress:
        result = problem.train(steps, every, until_loss, progress)
    if history:
        from softstep.render.delimited import render_csv
        from softstep.render.options import Options
        from softstep.render.result_views import history_rows

        write_file(Path(history), render_csv(history_rows(result), Options()))
    if plot:
        write_file(Path(plot), plot_bytes(result, problem.plane(result), Path(plot)))
    return finish(result, name, presentation)


@app.command(
    "gradcheck",
    help="Compare the gradient with central differences of the loss; status 1 if they differ.",
    short_help="Compare the gradient with differences of the loss.",
)
@with_presentation("Result", without=("work",))
def _gradcheck(
    presentation: Presentation,
    config: Config = None,
    tolerance: Annotated[
        float | None,
        typer.Option(metavar="T", parser=parse_distance, help="The largest relative error allowed (default: 1e-6)."),
    ] = None,
) -> int:
    name = format_name("Result", presentation)
    problem = open_problem(config, presentation.quiet, output=presentation.output)
    with show_progress("Checking") as progress:
        result = problem.gradcheck(tolerance, progress)
    return finish(result, name, presentation)
