"""`SearchPlan`: everything that defines a search, in one object that is checked when it is made.

The command line makes one, and so does `Tuner` from its keywords. It is written to the journal's
header, and a search is resumed only by a plan that agrees with the header in everything that
decides what a trial is. Importing this module imports nothing slow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tftune.errors import RunFolderError
from tftune.journal.journal import SCHEMA
from tftune.journal.records import Record
from tftune.oracles import ORACLES
from tftune.schedulers import SCHEDULERS
from tftune.schedulers.base import AbstractScheduler
from tftune.schedulers.make import make_scheduler
from tftune.search.differences import field_lines, fit_lines, model_lines, version_of, way_out
from tftune.search.run_settings import RunSettings
from tftune.search.warm_start import Earlier, all_results
from tftune.support.seeding import check_seed
from tftune.training.settings import TrainingSettings

if TYPE_CHECKING:
    import keras_tuner

    from tftune.oracles.core.oracle import Oracle

MUST_AGREE = (
    "task",
    "search",
    "options",
    "scheduler",
    "scheduler_options",
    "seed",
    "objective",
    "training",
    "lag",
)


@dataclass(frozen=True)
class SearchPlan:
    """What is searched, by which method, who stops trials, how the search runs, how a trial trains.

    Attributes:
        oracle: A name of `tftune.ORACLES`, or an oracle that is made; it has the next seven then.
        objective: Name of a metric, or `keras_tuner.Objective`; None only with a made oracle.
        direction: `max` or `min` for a name as objective; None knows it from Keras' metrics.
        max_trials: Trials in all, resumed ones among them; None for what the method plans, else for
            no limit if `timeout` or `stop_when_flat` ends the search, else for 10.
        seed: 0 to 2**31 - 1; equal seeds give equal searches.
        oracle_options: Further arguments of the method.
        start: Configurations that are tried first.
        fixed: Knobs that are not tuned, with their values.
        warm_start: Earlier searches to learn from, of `tftune.search.warm_start.read_runs`.
        scheduler: A name of `tftune.SCHEDULERS`, or a scheduler that is made.
        scheduler_options: Further arguments of a named scheduler.
        run: Workers, limits, the order in which results count.
        training: Epochs, early stopping, the plateau rule, folds, executions.
        task: A name for the reports.
        data: What the reports say of the data, `fingerprint` among it; None until it is known.
        origin: Where the search comes from: of a program the `command` that repeats it and the
            `options` that load its data again, of another the `script`; compared with nothing.
        names_task: Whether the user named the task; a name of the run folder is compared with
            nothing, for a folder may be renamed.
        split_seed: Of how rows are cut into splits and folds; None is the seed of the search, so
            that searches with other seeds may share their splits.
        reason: What `auto` chose, and why, in a sentence; compared with nothing. None where the
            user chose.

    Raises:
        UsageError: If a name is unknown or a number outside its range.

    Example:
        >>> plan = SearchPlan("random", "val_loss", training=TrainingSettings(epochs=5), data={})
        >>> plan.check_resumes(plan.foreseen({}))
        >>> try:
        ...     replace(plan, seed=1).check_resumes(plan.foreseen({}))
        ... except RunFolderError as error:
        ...     print(str(error).splitlines()[1].strip())
        seed: 0 in the folder, 1 now
    """

    oracle: str | Oracle[Any] = "auto"
    objective: str | keras_tuner.Objective | None = None
    direction: str | None = None
    max_trials: int | None = None
    seed: int = 0
    oracle_options: Mapping[str, Any] = field(default_factory=dict)
    start: Sequence[Mapping[str, Any]] = ()
    fixed: Mapping[str, Any] = field(default_factory=dict)
    warm_start: Sequence[Earlier] = ()
    scheduler: str | AbstractScheduler = "none"
    scheduler_options: Mapping[str, Any] = field(default_factory=dict)
    run: RunSettings = field(default_factory=RunSettings)
    training: TrainingSettings = field(default_factory=TrainingSettings)
    task: str = "search"
    data: Mapping[str, Any] | None = None
    origin: Mapping[str, Any] | None = None
    names_task: bool = True
    split_seed: int | None = None
    reason: str | None = None

    def __post_init__(self) -> None:
        if isinstance(self.oracle, str):
            ORACLES.target(self.oracle)  # refuses an unknown name
            check_seed(self.seed)
        if self.split_seed is not None:
            check_seed(self.split_seed, "split_seed")
        self.make_scheduler(self.direction, None)  # refuses wrong options at once

    def seed_of_cuts(self, seed: int) -> int:
        """Returns the seed by which rows are cut, given that of the search."""
        return seed if self.split_seed is None else self.split_seed

    def make_scheduler(self, direction: str | None, max_epochs: int | None) -> AbstractScheduler:
        """Returns the scheduler.

        Args:
            direction: Of the objective, or None where it is not known yet.
            max_epochs: Epochs of a trial that nothing stops, or None where it is not known yet.
        """
        return make_scheduler(self.scheduler, direction, max_epochs, self.scheduler_options)

    def make_oracle(
        self, hyperparameters: keras_tuner.HyperParameters | None, recorded: Record | None = None
    ) -> Oracle[Any]:
        """Returns the oracle; this imports TensorFlow.

        Args:
            hyperparameters: A `keras_tuner.HyperParameters` with knobs declared before, or None.
            recorded: Options in the journal of a resumed search; earlier runs' results among them.
        """
        import keras_tuner

        from tftune.oracles.core.make import make_oracle

        given = {
            "start": self.start,
            "fixed": self.fixed,
            "warm_start": all_results(self.warm_start)
            or ((recorded or {}).get("warm_start") if isinstance(self.oracle, str) else None),
        }
        options = {**self.oracle_options, **{name: each for name, each in given.items() if each}}
        objective = self.objective
        if isinstance(objective, str) and self.direction is not None:
            objective = keras_tuner.Objective(objective, self.direction)
        named = (self.oracle, objective, self.max_trials, self.seed, hyperparameters, options)
        return make_oracle(*named, endless=self.run.ends_a_search, recorded=recorded or {})

    def at(self, epochs: int, data: Mapping[str, Any]) -> SearchPlan:
        """Returns the plan with what a call of `search` adds: the epochs of a trial, the data."""
        return replace(self, training=replace(self.training, epochs=epochs), data=dict(data))

    def header(
        self,
        oracle: Oracle[Any],
        scheduler: AbstractScheduler,
        fit: Mapping[str, Any] | None = None,
        model: Mapping[str, Any] | None = None,
        signature: Any = None,
    ) -> Record:
        """Returns what identifies the search: the first record of its journal.

        Args:
            oracle: As `make_oracle` made it, its space known.
            scheduler: As `make_scheduler` made it for the objective and the epochs.
            fit: The arguments of `fit`, as `tftune.search.identity.fit_identity` tells them.
            model: The model, as `tftune.search.identity.model_identity` tells it.
            signature: Of the inputs, as `tftune.training.input_specs.signature_of` tells it.
        """
        from tftune.journal.provenance import versions  # here: it looks at all that is installed

        told = {"fit": fit, "model": model, "signature": signature, "origin": self.origin}
        told["chosen"] = self.reason
        return {
            "schema": SCHEMA,
            **self._identity(
                ORACLES.name_of(oracle.kind), oracle.all_options(), oracle.seed, scheduler
            ),
            "objective": {"name": oracle.objective.name, "direction": oracle.objective.direction},
            "space": oracle.space.config(),
            **{name: what for name, what in told.items() if what is not None},
            "versions": versions(),
        }

    def foreseen(self, header: Record) -> Record:
        """Returns the header as far as it can be told before TensorFlow is imported.

        Args:
            header: That of the search to be resumed; what only the method or the model can tell is
                taken from it.
        """
        kept = {name: value for name, value in header.get("options", {}).items() if name != "start"}
        options = {**kept, **self.oracle_options, **({"start": self.start} if self.start else {})}
        scheduler = self.make_scheduler(self.direction, self.training.epochs)
        objective = {"name": self.objective, "direction": self.direction}
        return {
            **self._identity(self.search_name, options, self.seed, scheduler),
            "objective": objective if self.direction else header.get("objective"),
        }

    def _identity(
        self, search: str, options: Mapping[str, Any], seed: int, scheduler: AbstractScheduler
    ) -> Record:
        chosen = scheduler.options()
        return {
            "task": self.task,
            "search": search,
            "options": options,
            "scheduler": self.scheduler_name,
            **({"scheduler_options": chosen} if chosen else {}),
            "seed": seed,
            **({"split_seed": cuts} if (cuts := self.seed_of_cuts(seed)) != seed else {}),
            **({"lag": self.run.lag} if self.run.lag is not None else {}),
            "training": self.training.to_dict(),
            "data": self.data,
        }

    @property
    def search_name(self) -> str:
        """The method's name in `ORACLES`, or the class of an own one."""
        if isinstance(self.oracle, str):
            return self.oracle
        return ORACLES.name_of(self.oracle.kind)

    @property
    def scheduler_name(self) -> str:
        """Its name in `SCHEDULERS`, or the class of an own one."""
        if isinstance(self.scheduler, str):
            return self.scheduler
        return SCHEDULERS.name_of(type(self.scheduler))

    def check_resumes(
        self,
        header: Record,
        now: Record | None = None,
        space_difference: Sequence[str] = (),
        folder: Path | None = None,
    ) -> None:
        """Refuses to go on with a search that is another one.

        What an older journal does not tell is not compared.

        Args:
            header: The journal's first record.
            now: The header that this search would write; None for as much of it as is foreseen.
            space_difference: What differs between the spaces, a line each; not looked at without
                `now`, when only the fixed knobs are known.
            folder: The run folder, from whose name a free one is suggested.

        Raises:
            RunFolderError: With every difference in words.
        """
        if now is None and "space" in header:
            space_difference = self._fixed_difference(header)
        wanted = self.foreseen(header) if now is None else now
        lines = [
            line
            for name in MUST_AGREE
            if name != "task" or self.names_task
            for line in field_lines(name, header.get(name), wanted.get(name))
        ]
        if "split_seed" in header or "split_seed" in wanted:
            cuts = (each.get("split_seed", each.get("seed")) for each in (header, wanted))
            lines += field_lines("split_seed", *cuts)
        old, new = ((record.get("data") or {}).get("fingerprint") for record in (header, wanted))
        if old != new:
            lines.append(f"data: fingerprint {old} in the folder, {new} now")
        if "fit" in header and "fit" in wanted:
            lines += fit_lines(header["fit"], wanted["fit"])
        lines += [f"space: {line}" for line in space_difference]
        if "model" in header and "model" in wanted:
            other_keras = version_of(header, "keras") != version_of(wanted, "keras")
            lines += model_lines(header["model"], wanted["model"], lenient=other_keras)
        if lines:
            raise RunFolderError(
                "The run folder holds another search:\n  "
                + "\n  ".join(lines)
                + f"\n{way_out(folder)}"
            )

    def _fixed_difference(self, header: Record) -> list[str]:
        """Returns a line for each knob that is fixed otherwise than in the search of a header."""
        lines = []
        for knob in header["space"]["knobs"]:
            name = knob["name"]
            if name in self.fixed and (
                knob["kind"] != "Fixed" or knob["default"] != self.fixed[name]
            ):
                was = f"fixed at {knob['default']!r}" if knob["kind"] == "Fixed" else "not fixed"
                now = f"fixed at {self.fixed[name]!r} now"
                lines.append(f"knob {name!r}: {was} in the folder, {now}")
        return lines
