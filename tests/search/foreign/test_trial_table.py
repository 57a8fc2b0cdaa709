"""Tables of trials: whose columns are read how, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.search.foreign.sources import TRIALS, add_study
from tftune.errors import UsageError
from tftune.search.foreign.foreign_trials import Asked, ForeignTrials, foreign_trial
from tftune.search.foreign.reading import read_foreign
from tftune.search.foreign.trial_table import table_of


def read(folder: Path, text: str, **asked: Any) -> ForeignTrials:
    file = folder / "trials.csv"
    file.write_text(text)
    return read_foreign(file, Asked(**asked))


def values(found: ForeignTrials) -> list[Any]:
    return [trial.values for trial in found.trials]


TABLES = {
    "tftune": (
        "trial_id,status,score,best_epoch,seconds,parameters,units,values/score,message\n"
        "0000,completed,0.5,3,1.5,100,8,2,\n",
        {"units": "8", "score": "2"},
    ),
    "Optuna": (
        "number,value,datetime_start,duration,params_units,params_act,user_attrs_x,state\n"
        "0,0.5,2026-01-01,0 days 00:00:01.500000,8,relu,1,COMPLETE\n",
        {"units": "8", "act": "relu"},
    ),
    "Ray Tune": (
        "score,training_iteration,time_total_s,config/units,config/act,logdir\n"
        "0.5,3,1.5,8,relu,x\n",
        {"units": "8", "act": "relu"},
    ),
    "scikit-learn": (
        ",mean_fit_time,param_units,score,split0_test_score\n0,1.5,8,0.5,0.25\n",
        {"units": "8"},
    ),
    "W&B": (
        '"Name","State","Notes","User","Tags","Created","Runtime","Sweep","units","score"\n'
        '"a","finished","-","me","","2026","1.5","s","8","0.5"\n',
        {"units": "8"},
    ),
    "semicolons": ("units;score;seconds\n8;0.5;1.5\n", {"units": "8"}),
    "tabs": ("\ufeffunits\tscore\tseconds\n8\t0.5\t1.5\n", {"units": "8"}),
}


@pytest.mark.parametrize("name", TABLES)
def test_the_columns_of_each_tool_are_known(tmp_path: Path, name: str) -> None:
    text, expected = TABLES[name]
    (trial,) = read(tmp_path, text).trials
    assert dict(trial.values) == expected
    assert (trial.score, trial.status, trial.seconds) == (0.5, "completed", 1.5)


def test_a_data_frame_of_optuna_is_read_as_it_is_written(tmp_path: Path) -> None:
    pytest.importorskip("pandas")
    add_study(None, trials=TRIALS).trials_dataframe().to_csv(tmp_path / "trials.csv", index=False)
    found = read_foreign(tmp_path / "trials.csv")
    assert [trial.status for trial in found.trials] == [
        *("completed", "completed", "pruned", "failed")
    ]
    assert found.trials[1].values == {"units": "16", "rate": "0.01", "act": "tanh"}
    assert found.notes == ("1 running left out",)


def test_the_score_is_in_the_column_of_the_objective(tmp_path: Path) -> None:
    text = "units,score,val_auc\n8,1,0.5\n"
    found = read(tmp_path, text, objective="val_auc")
    assert (found.trials[0].score, found.objective, found.direction) == (0.5, "val_auc", None)
    assert values(found) == [{"units": "8"}]
    assert read(tmp_path, text).objective is None
    stated = {"objective": "val_auc", "direction": "max", "stated": True}
    found = read(tmp_path, "units,auc\n8,0.5\n", column="auc", **stated)
    assert (found.objective, found.direction, values(found)) == ("val_auc", "max", [{"units": "8"}])


def test_empty_and_strange_scores_count_as_failed(tmp_path: Path) -> None:
    found = read(tmp_path, "units,score\n8,0.5\n9,\n10,nan\n11,inf\n12,1e999\n")
    assert [trial.status for trial in found.trials] == ["completed", *["failed"] * 4]
    assert found.notes == ("4 completed without a finite score count as failed",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("units,units,score\n8,9,0.5\n", "has the column 'units' more than once"),
        ("units,score\n", "is an empty table. Expected a line with the names"),
        ("\n \n", "is empty. Expected an Optuna storage"),
        ("units,score\n8,0.5,1\n", "line 2, has 3 cells. Expected 2"),
        ("units,score\n8\n", "line 2, has 1 cells. Expected 2"),
        ("units,auc\n8,0.5\n", "has no column with a score. Expected one called 'val_auc' or 'sc"),
        ("score,seconds\n0.5,1\n", "has no column of a knob"),
        ("units,score\n8,good\n", "line 2: the score 'good' in column 'score' is no number"),
        ("units,score,status\n8,1,odd\n", "line 2: 'odd' is no state of a trial"),
        ("units,score\n8,\n", "No trial in .* has a score that is a finite number"),
        ("units,score,status\n8,1,running\n", "No trial has ended in"),
        ('units,score\n"8,0.5\n', r"cannot be read as a table of trials \(CSV\)"),
        (
            "units,score,direction\n8,1,up\n",
            "has 'up' in its column direction. Expected max or min. Corr",
        ),
        ("units,score,objective\n8,1,a\n8,1,b\n", r"names several in its column objective: \['a'"),
        ("units,score\n" + "8" * 200_000 + ",1\n", "cannot be read as a table.*field larger than"),
    ],
)
def test_a_table_that_gives_nothing_is_one_error(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        read(tmp_path, text, objective="val_auc")


def test_a_column_that_is_not_there_leads_to_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no column 'val_acu'. Did you mean 'val_auc'"):
        read(tmp_path, "units,val_auc\n8,0.5\n", column="val_acu")


def test_a_table_that_was_written_is_read_the_same(tmp_path: Path) -> None:
    trials = (
        foreign_trial("a", {"units": 8, "score": 0.1, "act": 'r,"x"'}, 0.5, "completed", 1.5),
        foreign_trial("b", {"units": 9}, 0.25, "pruned"),
        foreign_trial("c", {"norm": True}, None, "failed"),
    )
    found = read(tmp_path, table_of(ForeignTrials("x", "y", trials, "val_auc", "max")))
    assert (found.objective, found.direction) == ("val_auc", "max")
    assert values(found) == [
        {"units": "8", "score": "0.1", "act": 'r,"x"'},
        {"units": "9"},
        {"norm": "True"},
    ]
    told = [(trial.score, trial.status, trial.seconds) for trial in found.trials]
    assert told == [(0.5, "completed", 1.5), (0.25, "pruned", None), (None, "failed", None)]


@pytest.mark.parametrize(
    "text",
    [
        "units;rate;score\n8;1e-3;0.5\n",
        "sep=;\nunits;rate;score\n8;1e-3;0.5\n",
        "\n\nunits;rate;score\n8;1e-3;0.5\n",
        '"units";"rate";score;"a, b, c, d"\n8;1e-3;0.5;\n',
        "units;rate;score\n8;1e-3;0,5\n",
        "units\trate\tscore\n8\t1e-3\t,5\n",
    ],
)
def test_what_spreadsheets_write_is_read(tmp_path: Path, text: str) -> None:
    (trial,) = read(tmp_path, text).trials
    assert (dict(trial.values), trial.score) == ({"units": "8", "rate": "1e-3"}, 0.5)


def test_knobs_have_the_decimal_commas_that_the_scores_have(tmp_path: Path) -> None:
    assert values(read(tmp_path, "rate;score\n0,001;0,5\n")) == [{"rate": "0.001"}]
    assert values(read(tmp_path, "kernel;score\n3,3;0.5\n")) == [{"kernel": "3,3"}]
    with pytest.raises(UsageError, match="line 2: the score '1,000'"):
        read(tmp_path, 'units,score\n8,"1,000"\n')
    with pytest.raises(UsageError, match="line 3: the score 'good'"):
        read(tmp_path, "sep=;\nunits;score\n8;good\n")


def test_blank_cells_say_no_other_objective(tmp_path: Path) -> None:
    found = read(tmp_path, "units,score,objective,direction\n8,1,val_auc,max\n9,2,,\n")
    assert (found.objective, found.direction) == ("val_auc", "max")
