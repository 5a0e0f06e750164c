"""The command `planner completion`: prints what a shell needs to complete planner's commands."""

import click


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    r"""Print the completion script of a shell.

    \b
    bash: planner completion bash >> ~/.bashrc
    zsh:  planner completion zsh >> ~/.zshrc
    fish: planner completion fish > ~/.config/fish/completions/planner.fish
    """
    from click.shell_completion import ShellComplete, get_completion_class

    of_shell = get_completion_class(shell)
    assert of_shell is not None
    completer = of_shell(context.find_root().command, {}, "planner", "_PLANNER_COMPLETE")
    # Not the class's own `source`, which for bash starts a bash to ask for its version.
    click.echo(ShellComplete.source(completer))
