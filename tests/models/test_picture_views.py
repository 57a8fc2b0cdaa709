"""A model of several views answers by the mean over flips and quarter turns, also when saved."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest

from tftune.errors import UsageError
from tftune.models.picture_views import check_views, views_of, with_views

PICTURE = np.array([[[[1], [2]], [[3], [4]]]], np.float32)  # 1 2 above 3 4


def rows(pictures: object) -> set[str]:
    return {"".join(str(int(value)) for value in picture.flat) for picture in np.asarray(pictures)}


def lopsided(shape: tuple[int, int] = (4, 4)) -> keras.Model:
    keras.utils.set_random_seed(1)
    pixels = keras.Input((*shape, 3), dtype="uint8")
    x = keras.layers.Rescaling(1 / 255)(pixels)
    x = keras.layers.Flatten()(x)
    model = keras.Model(pixels, keras.layers.Dense(3, activation="softmax")(x), name="lopsided")
    model.compile("sgd", "categorical_crossentropy", metrics=["accuracy"])
    return model


def photographs(height: int = 4, width: int = 4) -> np.ndarray:
    shape = (6, height, width, 3)
    return np.random.default_rng(0).integers(0, 256, shape).astype("uint8")


def test_the_views_of_a_square_are_its_eight_symmetries() -> None:
    assert rows(views_of(PICTURE, 1)) == {"1234"}
    assert rows(views_of(PICTURE, 4)) == {"1234", "2143", "3412", "4321"}
    assert rows(views_of(PICTURE, 8)) == {
        *("1234", "2413", "4321", "3142"),  # quarter turns
        *("2143", "4231", "3412", "1324"),  # of the mirror image
    }


def test_the_prediction_is_the_mean_over_turns_and_their_mirror_images() -> None:
    model, x = lopsided(), photographs()
    turned = [np.rot90(side, k, (1, 2)) for side in (x, x[:, :, ::-1]) for k in range(4)]
    wanted = np.mean([model.predict(each, verbose=0) for each in turned], axis=0)
    eight = with_views(model, 8)
    np.testing.assert_allclose(eight.predict(x, verbose=0), wanted, atol=1e-6)
    np.testing.assert_allclose(
        eight.predict(x[:, ::-1], verbose=0), eight.predict(x, verbose=0), atol=1e-6
    )
    assert (eight.name, eight.count_params()) == (model.name, model.count_params())


def test_flips_alone_do_for_pictures_that_are_not_square() -> None:
    model, x = lopsided((2, 4)), photographs(2, 4)
    wanted = np.mean(
        [
            model.predict(each, verbose=0)
            for each in (x, x[:, ::-1], x[:, :, ::-1], x[:, ::-1, ::-1])
        ],
        axis=0,
    )
    np.testing.assert_allclose(with_views(model, 4).predict(x, verbose=0), wanted, atol=1e-6)
    with pytest.raises(UsageError, match="must be square. Received: pictures of 2 rows and 4"):
        with_views(model, 8)


def test_it_is_compiled_alike_and_saved_whole(tmp_path: Path) -> None:
    model, x = lopsided(), photographs()
    eight = with_views(model, 8)
    eight.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(loaded.predict(x, verbose=0), eight.predict(x, verbose=0), atol=1e-6)
    labels = np.eye(3, dtype="float32")[[0, 1, 2, 0, 1, 2]]
    told = eight.evaluate(x, labels, verbose=0, return_dict=True)
    assert set(told) == {"loss", "accuracy"}
    right = eight.predict(x, verbose=0).argmax(axis=1) == labels.argmax(axis=1)
    assert told["accuracy"] == pytest.approx(right.mean())


def test_one_view_is_the_model_itself() -> None:
    model = lopsided()
    assert with_views(model, 1) is model


@pytest.mark.parametrize("views", [0, 2, True, "8", 8.0])
def test_other_numbers_of_views_are_refused(views: object) -> None:
    with pytest.raises(UsageError, match=f"views must be one of 1, 4, 8. Received: {views!r}"):
        check_views(views, 4, 4)


def test_what_has_no_pictures_or_several_outputs_is_refused() -> None:
    vectors, pixels = keras.Input((5,)), keras.Input((4, 4, 3))
    flat = keras.layers.Flatten()(pixels)
    for model, told in (
        (keras.Model(vectors, keras.layers.Dense(3)(vectors)), r"inputs \[\(None, 5\)\]"),
        (keras.Model(pixels, [flat, flat]), "and 2 outputs. Pass views=1"),
        (None, "Received: 'NoneType'"),
    ):
        with pytest.raises(UsageError, match=f"Views are of pictures.*{told}"):
            with_views(model, 4)
