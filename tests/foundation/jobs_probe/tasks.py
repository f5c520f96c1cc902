"""Functions as another package would declare them for django-tasks."""

from __future__ import annotations

from django_tasks import TaskContext, task


@task()
def add(first: int, second: int) -> int:
    return first + second


@task(takes_context=True)
def which_attempt(context: TaskContext) -> int:
    return context.attempt


@task()
def fail() -> None:
    raise LookupError("token=abc123")
