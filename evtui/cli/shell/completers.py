"""The functions with which click completes the arguments; what they need is imported when a shell asks."""

import click


def complete_event(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """Offer the events of the server."""
    from evtui.cli.shell import completion_values as values

    return values.matching(values.events(context), incomplete)


def complete_subscribed_socket(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """Offer the sockets that are subscribed to the event that the line names."""
    from evtui.cli.shell import completion_values as values

    return values.matching(values.sockets(context, context.params.get("event")), incomplete)


def complete_socket(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """Offer all subscribed sockets, and the schemes that a socket begins with."""
    from evtui.cli.shell import completion_values as values

    return values.matching([*values.sockets(context, None), *values.schemes()], incomplete)


def complete_parameter(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """Offer the documented attributes of the event that are not given yet."""
    from evtui.cli.shell import completion_values as values

    given = context.params.get("params") or ()
    return values.matching(values.attributes(context, context.params.get("event"), given), incomplete)


def complete_method(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """Offer the commands of the server's management interface."""
    from evtui.cli.shell import completion_values as values

    return values.matching(values.methods(context), incomplete)
