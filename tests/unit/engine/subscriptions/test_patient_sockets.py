"""The index of the events that a socket with a patient sink is subscribed to."""

from evtui.core.values import Event, Socket
from evtui.engine.scheme_counts import SchemeCounts
from evtui.engine.subscriptions.event_subscribers import EventSubscribers, PatientSockets

FIRST, SECOND = Socket("unix", "/tmp/a"), Socket("unix", "/tmp/b")


def test_it_knows_the_events_of_each_socket_as_long_as_there_are_any() -> None:
    patient = PatientSockets()
    made = [EventSubscribers(Event(number, f"E_{number}"), SchemeCounts(), patient) for number in range(3)]
    for each in made:
        patient.add(FIRST, each)
    patient.add(SECOND, made[1])
    assert list(patient.events_of(FIRST)) == made
    assert list(patient.events_of(SECOND)) == [made[1]]
    patient.remove(FIRST, made[1])
    patient.remove(FIRST, made[1])
    assert list(patient.events_of(FIRST)) == [made[0], made[2]]
    patient.remove(SECOND, made[1])
    patient.remove(Socket("udp", "127.0.0.1:9"), made[0])
    assert not patient.events_of(SECOND)
    assert len(patient) == 1
