"""Why a run came to nothing, from what Dagster recorded of it: for people, and to decide whether to try again."""

from __future__ import annotations

from dataclasses import dataclass

import dagster as dg
from dagster import DagsterEventType

from keystone_nexus.lake.errors import BY_NAME, Breach, EnvironmentFault, Refused, says_disk

PERSON, CHANGE, MACHINE = "person", "change", "machine"
"""Who has to act before another try can do better: who cancelled it, who can change data or models, or nobody."""
OF_THE_DATA = (Refused.__name__, Breach.__name__)


@dataclass(frozen=True, slots=True)
class Cause:
    """One step that failed, or the run as a whole (`step` is None). `kind` is the error's class where it is ours."""

    step: str | None
    kind: str
    text: str

    @property
    def sentence(self) -> str:
        return f"{self.step}: {self.text}" if self.step else self.text


@dataclass(frozen=True, slots=True)
class Failure:
    """What became of a run that did not succeed."""

    run_id: str
    status: dg.DagsterRunStatus
    causes: tuple[Cause, ...]

    @property
    def whose(self) -> str:
        """PERSON, CHANGE or MACHINE. What nobody foresaw may pass, and so does a process that died."""
        if self.status == dg.DagsterRunStatus.CANCELED:
            return PERSON
        return CHANGE if self.causes and all(one.kind in OF_THE_DATA for one in self.causes) else MACHINE

    @property
    def text(self) -> str:
        if self.status == dg.DagsterRunStatus.CANCELED:
            return "cancelled by a person"
        return "; ".join(dict.fromkeys(one.sentence for one in self.causes)) or "its process died"

    def of(self, step: str) -> Failure:
        """As far as it is one step's: a run may hold steps that have nothing to do with each other."""
        mine = tuple(one for one in self.causes if one.step == step)
        return Failure(self.run_id, self.status, mine or tuple(one for one in self.causes if one.step is None))


def failure_of(instance: dg.DagsterInstance, run: dg.DagsterRun) -> Failure:
    """The causes of a run's end, each step's as it said it."""
    steps = instance.all_logs(run.run_id, of_type=DagsterEventType.STEP_FAILURE)
    causes = [_of_step(entry.dagster_event) for entry in steps if entry.dagster_event]
    if not causes and run.status == dg.DagsterRunStatus.FAILURE:
        ends = instance.all_logs(run.run_id, of_type=DagsterEventType.RUN_FAILURE)
        said = [entry.dagster_event.message for entry in ends if entry.dagster_event and entry.dagster_event.message]
        causes = [Cause(None, "", _sentence(text)) for text in said[-1:]]
    return Failure(run.run_id, run.status, tuple(causes))


def _of_step(event: dg.DagsterEvent) -> Cause:
    """The innermost error that is one of ours, else the innermost of all: what wraps it says nothing."""
    error = event.step_failure_data.error
    while error is not None and error.cause is not None and error.cls_name not in BY_NAME:
        error = error.cause
    kind = (error.cls_name if error else None) or ""
    text = _sentence(error.message if error else event.message or "failed")
    if kind == "DagsterAssetCheckFailedError":
        kind = Breach.__name__
    elif kind not in BY_NAME:
        text = f"{kind}: {text}" if kind and not text.startswith(kind) else text
        kind = EnvironmentFault.__name__ if says_disk(text) else ""
    return Cause(event.step_key, kind, text)


def _sentence(message: str) -> str:
    """The first line with something on it, without the name of the class that Dagster puts before it."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    first, _, rest = (lines[0] if lines else "failed").partition(": ")
    is_class = bool(rest) and " " not in first and "." in first and first.rpartition(".")[2][:1].isupper()
    return rest if is_class else (lines[0] if lines else "failed")
