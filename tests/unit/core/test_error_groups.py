"""The only error of a task group is raised as itself."""

import pytest

from evtui.core.error_groups import unwrap_lone_error


@pytest.mark.parametrize("depth", [1, 2, 5])
def test_a_lone_error_is_raised_as_itself_with_its_cause(depth: int) -> None:
    cause, error = KeyError("cause"), ValueError("lone")
    error.__cause__ = cause
    group = BaseExceptionGroup[BaseException]("tasks", [error])
    for _ in range(depth - 1):
        group = BaseExceptionGroup[BaseException]("tasks", [group])
    with pytest.raises(ValueError, match="lone") as raised, unwrap_lone_error():
        raise group
    assert raised.value is error
    assert raised.value.__cause__ is cause


def test_several_errors_stay_a_group_without_the_groups_around_it() -> None:
    several = ExceptionGroup("tasks", [ValueError("one"), KeyError("two")])
    with pytest.RaisesGroup(ValueError, KeyError), unwrap_lone_error():
        raise ExceptionGroup("outer", [several])


def test_an_error_without_a_group_and_none_at_all_pass() -> None:
    with unwrap_lone_error():
        pass
    with pytest.raises(ValueError, match="bare"), unwrap_lone_error():
        raise ValueError("bare")
