"""Cases whose model is what is special: its inputs and outputs, its own steps, its recurrence."""

from __future__ import annotations

from tests.differential import data, models, own_models
from tests.differential.case import EXACT, Case
from tests.differential.models import RATES, between, classifier, dense, layers, rate_of
from tests.differential.own_models import model_of, recurrent

subclassed = model_of(own_models.Subclassed, "Subclassed, unbuilt")
own_step = model_of(own_models.OwnTrainStep, "Subclassed, own `train_step`")
own_test = model_of(own_models.OwnTestStep, "Subclassed, own `test_step`")
own_loss = model_of(own_models.OwnLoss, "Subclassed, own `compute_loss`", metrics=["mae"])
nothing_for_y = data.only(data.arrays, "x")

CASES = [
    Case(
        "Sequential", dense(metrics=lambda: ["accuracy", "mae"]), data.arrays, EXACT, quick=(0, 1)
    ),
    Case("Sequential unbuilt", models.unbuilt, data.arrays, EXACT),
    Case("classes", classifier(), data.classes, EXACT),
    Case("two inputs and outputs, lists", models.two_lists, data.as_lists, EXACT),
    Case("two inputs and outputs, tuples", models.two_lists, data.as_tuples, EXACT),
    Case("two inputs and outputs, dicts", models.two_dicts, data.as_dicts, EXACT, quick=(0, 1)),
    Case("two outputs unnamed", models.two_unnamed, data.as_lists, EXACT),
    Case("two inputs, one output", models.two_in_one_out, data.as_dicts_one_target, EXACT),
    Case(
        "loss weights of two trials",
        models.two_lists,
        data.as_lists,
        EXACT,
        values=({"weight": 0.1}, {"weight": 0.9}),
    ),
    Case("shared layer", models.shared_layer, data.arrays, EXACT),
    Case("frozen layers", models.frozen, data.arrays, EXACT),
    Case("convolutional", models.convolutional, data.images, EXACT),
    Case("subclassed", subclassed, data.arrays, EXACT, quick=(1,)),
    Case("own train_step", own_step, data.arrays, EXACT, objective="val_seen"),
    Case(
        "own train_step, float64 arrays",
        own_step,
        data.double,
        EXACT,
        quick=(0,),
        objective="val_seen",
    ),
    Case("own test_step", own_test, data.arrays, EXACT),
    Case("own compute_loss", own_loss, data.arrays, EXACT),
    Case("a loss added by a layer", own_models.unsupervised, nothing_for_y, EXACT),
    Case(
        "an added loss of two trials",
        between("a layer with `add_loss`", lambda hp: own_models.AddsLoss(rate_of(hp))),
        data.arrays,
        EXACT,
        values=RATES,
    ),
    Case(
        "own layer",
        between("a layer of one's own", lambda hp: own_models.Gate()),
        data.arrays,
        EXACT,
    ),
    Case(
        "own loss, not a mean over rows",
        dense(text="Sequential, rmse as loss", loss=own_models.rmse),
        data.arrays,
        EXACT,
    ),
    Case(
        "LSTM with a mask",
        recurrent(lambda: layers.LSTM(4), "Embedding, masked LSTM"),
        data.tokens,
        EXACT,
        quick=(),
    ),
    Case(
        "GRU with a mask",
        recurrent(
            lambda: layers.Bidirectional(layers.GRU(3)), "Embedding, masked bidirectional GRU"
        ),
        data.tokens,
        EXACT,
    ),
    Case(
        "an output for each masked token",
        own_models.tagger,
        data.of("arrays of tokens, a target each", x=data.TOKENS, y=data.TOKENS),
        EXACT,
    ),
    Case("stateful RNN", own_models.stateful, data.steps, EXACT | {"batch_size": 4}, quick=(0,)),
    Case("attention", own_models.attention, data.steps, EXACT),
    Case("StringLookup", models.looked_up, data.words, EXACT, quick=(1,)),
    Case("TextVectorization", models.vectorized, data.texts, EXACT),
]
