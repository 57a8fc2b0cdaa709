"""What every oracle promises about what it is given beforehand: start configurations, fixed knobs,
results of earlier searches.
"""

from __future__ import annotations

from typing import Any

from tftune.oracles.core.given import start_configurations
from tftune.testing.searching import Make, Records, all_values, end, fresh_values, search

STARTS: list[dict[str, Any]] = [
    {"rate": 1e-3, "units": 32, "norm": True},
    {"optimizer": "adam", "momentum": 0.9},
]
FIXED = {
    "rate": 1.0,
    "units": 20,
    "dropout": 0.75,
    "optimizer": "adam",
    "norm": True,
}  # the numbers lie outside range and steps
EARLIER = [
    {
        "values": {"rate": 10.0**-number, "units": 16 * number, "optimizer": optimizer},
        "score": score,
        "status": status,
    }
    for number, optimizer, score, status in [
        (1, "sgd", 2.0, "completed"),
        (2, "adam", None, "failed"),
        (3, "rmsprop", 1.25, "completed"),
        (4, "sgd", 0.5, "pruned"),
        (5, "adam", 1.5, "completed"),
    ]
]


def resumed(make: Make, cut: int, trials: int, **given: Any) -> Any:
    """Runs some trials, one at a time, and then the rest; a search that was cut and resumed goes on
    with the same.
    """
    oracle, records, restored = make(**given), Records(), None
    for number in range(trials):
        if number == cut:
            restored = make(**given)
            restored.restore(records.events, records.memo, records.position)
        trial = oracle.create_trial("slot 0")
        assert trial.status == "RUNNING"
        records.start(trial)
        records.end(
            oracle, trial, "failed" if number == 1 else "pruned" if number == 2 else "completed"
        )
    assert restored is not None
    for event in records.events[2 * cut :]:
        if event["kind"] == "start":
            assert (
                restored.create_trial(f"slot {event['trial_id']}").hyperparameters.values
                == event["values"]
            )
        else:
            restored.end_from_record(event)
    assert search(restored) == search(oracle)
    return oracle


class GivenContract:
    """The promises about start configurations, fixed knobs and earlier results; a part of
    `OracleContract`.
    """

    def test_start_configurations_come_first(self, make: Make) -> None:
        oracle = resumed(make, 1, 4, start=STARTS)
        first = all_values(oracle)[: len(STARTS)]
        assert fresh_values(oracle)[: len(STARTS)] == start_configurations(STARTS, oracle.space)
        assert {values.get("tuner/round", 0) for values in first} == {
            0
        }  # Hyperband's kind: in a first rung, with its budget
        assert all(("tuner/epochs" in values) == oracle.method.places_starts for values in first)
        keys = [oracle.space.key(values) for values in fresh_values(oracle)]
        assert len(keys) == len(set(keys))

    def test_a_fixed_knob_has_its_value_in_every_trial(self, make: Make) -> None:
        oracle = resumed(make, 2, 5, fixed=FIXED)
        assert len(oracle.trials) == 6
        for values in fresh_values(oracle):
            assert {knob: values[knob] for knob in FIXED} == FIXED
        free = [
            {knob: value for knob, value in values.items() if knob not in FIXED}
            for values in fresh_values(oracle)
        ]
        assert len({tuple(sorted(values.items())) for values in free}) == len(free)

    def test_of_earlier_results_only_the_best_is_tried_again(self, make: Make) -> None:
        earlier = [
            {
                "values": {"layers": layers, "activation": activation, "norm": False},
                "score": score,
                "status": status,
            }
            for layers, activation, score, status in [
                (1, "relu", 0.9, "completed"),
                (2, "relu", 0.4, "completed"),
                (3, "relu", None, "failed"),
                (3, "tanh", 0.2, "pruned"),
            ]
        ]
        oracle = make("finite", max_trials=None, warm_start=earlier)
        search(oracle)
        keys = [oracle.space.key(values) for values in fresh_values(oracle)]
        before = [oracle.space.key(result["values"]) for result in earlier]
        assert keys[0] == before[1]
        assert not set(keys[1:]) & set(before)
        assert len(keys) == len(set(keys)) == 12 - 4 + 1

    def test_earlier_results_are_used_and_resumed(self, make: Make) -> None:
        oracle = resumed(make, 2, 5, warm_start=EARLIER, start=STARTS[:1])
        best = oracle.space.canonical(EARLIER[2]["values"])
        assert fresh_values(oracle)[:2] == [*start_configurations(STARTS[:1], oracle.space), best]
        assert [seen.trial_id for seen in oracle.observations[: len(EARLIER)]] == [None] * len(
            EARLIER
        )
        assert make(warm_start=EARLIER).all_options()["warm_start"][0]["score"] == 2.0

    def test_results_may_come_from_trials_that_the_method_never_proposed(self, make: Make) -> None:
        """Start configurations alone, in parallel and out of order, before the method proposes
        anything.
        """
        starts = [{"units": 16 * number} for number in range(1, 6)]
        oracle = make(max_trials=8, start=starts)
        slots = [oracle.create_trial(f"slot {number}") for number in range(3)]
        for trial in reversed(slots):
            end(oracle, trial)
        assert len(search(oracle)) == 8
        assert [values["units"] for values in fresh_values(oracle)[:3]] == [16, 32, 48]
