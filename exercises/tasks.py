"""Background work on imports; a message carries a run's id and nothing else."""

from uuid import UUID

from celery import shared_task

from clinic import broker
from exercises import imports


# Photos are encoded anew: longer than a handout takes, and shorter than the lease
@shared_task(name=imports.STEP, soft_time_limit=150, time_limit=170)
def step_import(run_id: str) -> None:
    """Do one step and ring for the next, so that handouts come between."""
    uuid = UUID(run_id)
    if imports.step(uuid):
        broker.publish(imports.STEP, uuid)


@shared_task(name="exercises.sweep_imports")
def sweep_imports() -> int:
    """Ring for what stands still; return the bells rung."""
    return sum(broker.publish(imports.STEP, pk) for pk in imports.stand_still())


@shared_task(name="exercises.drop_uploads")
def drop_uploads() -> int:
    """Delete the files of old imports; return how many."""
    return imports.drop_old_uploads()
