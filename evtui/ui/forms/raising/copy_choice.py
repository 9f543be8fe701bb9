"""Which form a raise is copied in: the dialog that asks, and its answer."""

from evtui.raising.copy_forms import COPY_FORMS, CopyChoice
from evtui.ui.forms.raising.pick_dialog import PickDialog, Picked, PickLine


def copy_dialog() -> PickDialog:
    """Make the dialog that asks for a form."""
    return PickDialog("Copy the raise as", [PickLine(choice.label) for choice in COPY_FORMS])


def picked_form(picked: Picked | None) -> CopyChoice | None:
    """Return the form that was picked, None when the dialog was cancelled."""
    return None if picked is None or picked.place is None else COPY_FORMS[picked.place]
