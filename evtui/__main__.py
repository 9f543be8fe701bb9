"""Run the command line: `python -m evtui`."""

from evtui.cli.commands import app


def main() -> None:
    """Run evtui with the arguments of this process."""
    app(prog_name="evtui")


if __name__ == "__main__":
    main()
