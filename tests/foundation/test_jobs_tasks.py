"""django-tasks functions run over the queue."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from django_tasks import TaskResultStatus, default_task_backend
from django_tasks.exceptions import TaskResultDoesNotExist

from sublet.foundation import clock
from sublet.foundation.jobs import run_due_jobs
from sublet.foundation.jobs.models import Job
from tests.foundation.jobs_probe.tasks import add, fail, which_attempt

pytestmark = pytest.mark.django_db


def test_a_task_runs_as_a_job_and_gives_its_result() -> None:
    result = add.enqueue(2, second=3)
    assert result.status == TaskResultStatus.READY
    assert run_due_jobs(at=clock.now()) == 1
    result.refresh()
    assert (result.status, result.return_value, result.attempts) == (TaskResultStatus.SUCCESSFUL, 5, 1)
    assert add.get_result(result.id).return_value == 5


def test_a_task_that_takes_its_context_gets_it() -> None:
    result = which_attempt.enqueue()
    run_due_jobs(at=clock.now())
    result.refresh()
    assert result.return_value == 1


def test_a_task_that_fails_for_good_tells_the_class_of_its_error() -> None:
    result = fail.enqueue()
    Job.unscoped.update(max_attempts=1)
    run_due_jobs(at=clock.now())
    result.refresh()
    assert result.status == TaskResultStatus.FAILED
    [error] = result.errors
    assert error.exception_class is LookupError
    assert error.traceback.startswith("LookupError: token=[hidden] (tasks.py:")


def test_a_task_goes_with_its_transaction() -> None:
    with transaction.atomic():
        add.enqueue(1, 1)
        transaction.set_rollback(True)
    assert Job.unscoped.count() == 0


def test_a_higher_task_priority_is_an_earlier_job_and_run_after_is_kept() -> None:
    later = clock.now() + timedelta(hours=1)
    add.using(priority=5).enqueue(1, 1)
    add.using(run_after=later).enqueue(1, 1)
    assert list(Job.unscoped.order_by("priority").values_list("priority", "not_before")) == [(-5, None), (0, later)]


@pytest.mark.parametrize("unknown", ["rubbish", "00000000-0000-4000-8000-000000000000"])
def test_an_unknown_result_does_not_exist(unknown: str) -> None:
    with pytest.raises(TaskResultDoesNotExist):
        default_task_backend.get_result(unknown)
