"""`run`, `forward`, `loss`, `grad` and `update`: the stages of the lesson."""

import typer

from softstep.cli.app import app
from softstep.cli.options import Class, Config, Node, Param, Presentation, Step, with_presentation
from softstep.cli.present import finish, format_name
from softstep.cli.problems import open_problem

COMMANDS = {
    "run": "Every step, from the inputs to the loss after the update.",
    "forward": "Logits, softmax probabilities and predicted classes.",
    "loss": "The cross-entropy loss of each labelled node, and the mean.",
    "grad": "The gradient of the loss with respect to weights and biases.",
    "update": "The weights and biases after one step; as yaml, a config.",
}


@with_presentation("Result")
def _run_command(
    context: typer.Context,
    presentation: Presentation,
    config: Config = None,
    node: Node = None,
    class_: Class = None,
    param: Param = None,
    step: Step = None,
) -> int:
    command = str(context.info_name)
    name = format_name("Result", presentation)
    is_next_config = command == "update" and name == "yaml"
    problem = open_problem(config, presentation.quiet, is_next_config, output=presentation.output)
    result = getattr(problem, command)(*(param or ()))
    return finish(result.only(nodes=node or (), classes=class_ or (), steps=step or ()), name, presentation)


for _name, _help in COMMANDS.items():
    app.command(_name, help=_help)(_run_command)
