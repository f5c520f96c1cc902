"""The queue behind the django-tasks interface: `@task` functions of other packages run as platform-wide jobs.

Our own code uses `@job` and `enqueue`, which ask for account and actor; this door has neither to offer.
"""

from __future__ import annotations

import uuid
from typing import Any, TypeVar

from django.utils.module_loading import import_string
from django_tasks import TaskResultStatus
from django_tasks.backends.base import BaseTaskBackend
from django_tasks.base import Task, TaskContext, TaskError, TaskResult
from django_tasks.exceptions import TaskResultDoesNotExist
from django_tasks.signals import task_enqueued
from django_tasks.utils import normalize_json
from typing_extensions import ParamSpec

from sublet.foundation import clock
from sublet.foundation.jobs.context import JobContext
from sublet.foundation.jobs.models import Job, State
from sublet.foundation.jobs.queue import PLATFORM, enqueue
from sublet.foundation.jobs.registry import job
from sublet.foundation.jobs.schedules import schedule_actor

P = ParamSpec("P")
T = TypeVar("T")
RUN_TASK = "foundation.run_task"
_STATUS = {
    State.READY: TaskResultStatus.READY,
    State.RUNNING: TaskResultStatus.RUNNING,
    State.DONE: TaskResultStatus.SUCCESSFUL,
    State.DEAD: TaskResultStatus.FAILED,
    State.DISCARDED: TaskResultStatus.FAILED,
}


class JobsBackend(BaseTaskBackend):
    """`TASKS = {"default": {"BACKEND": "sublet.foundation.jobs.tasks_backend.JobsBackend"}}`."""

    supports_defer = True
    supports_async_task = True
    supports_get_result = True
    supports_priority = True

    def enqueue(
        self,
        task: Task[P, T],
        args: P.args,  # type: ignore[valid-type]  # as the class above has it
        kwargs: P.kwargs,  # type: ignore[valid-type]  # as above
    ) -> TaskResult[T]:
        """Store the call as a job, in the caller's transaction."""
        self.validate_task(task)
        job_id = enqueue(
            RUN_TASK,
            account_id=PLATFORM,
            actor=schedule_actor(),
            at=clock.now(),
            payload={
                "task": task.module_path,
                "args": normalize_json(args),
                "kwargs": normalize_json(kwargs),
                "backend": self.alias,
            },
            run_at=task.run_after,
            priority=-task.priority,  # there the higher number goes first
        )
        result = self.get_result(job_id)
        task_enqueued.send(type(self), task_result=result)
        return result

    def get_result(self, result_id: str) -> TaskResult[Any]:
        """How the task stands. Raises TaskResultDoesNotExist."""
        try:
            row = Job.unscoped.get(id=uuid.UUID(result_id), kind=RUN_TASK)  # unscoped: tasks are platform-wide
        except (Job.DoesNotExist, ValueError):
            raise TaskResultDoesNotExist(result_id) from None
        error = row.last_error if row.state in (State.DEAD, State.DISCARDED) else ""
        result: TaskResult[Any] = TaskResult(
            task=import_string(row.payload["task"]),
            id=str(row.id),
            status=_STATUS[State(row.state)],
            enqueued_at=row.created_at,
            started_at=row.started_at,
            finished_at=row.finished_at,
            last_attempted_at=row.started_at,
            args=row.payload["args"],
            kwargs=row.payload["kwargs"],
            backend=row.payload["backend"],
            errors=[TaskError(exception_class_path=_class_of(error), traceback=error)] if error else [],
            worker_ids=[row.worker] * row.attempts,
        )
        object.__setattr__(result, "_return_value", row.result)  # the class takes it no other way
        return result


@job(RUN_TASK)
def run_task(context: JobContext, *, task: str, args: list[Any], kwargs: dict[str, Any], backend: str) -> object:
    """Call the function of a stored task; what it returns is kept as the job's result."""
    function: Task[..., Any] = import_string(task)
    if function.takes_context:
        result = function.get_backend().get_result(context.job_id)
        return normalize_json(function.call(TaskContext(task_result=result), *args, **kwargs))
    return normalize_json(function.call(*args, **kwargs))


def _class_of(error: str) -> str:
    name = error.partition(":")[0]
    return name if "." in name else f"builtins.{name}"
