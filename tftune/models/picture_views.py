"""Prediction as the mean over the views of a picture: its flips and quarter turns.

A leaf is as healthy upside down. With g running over the symmetries of the square,

    p(x) = mean of p(g x)   over   1 view: the picture
                                   4 views: as it is, mirrored, upside down, turned by half
                                   8 views: these, and the same of the transposed picture

The eight are the quarter turns of the picture and of its mirror image. The mean is no worse than
the members are on average, for every convex loss (Jensen); on photographs of bean leaves it was
worth 0.1 to 1.1 points of accuracy in most cross-validations. It costs as many forward passes.

Only operations of Keras are used, so that a saved model has them in it and opens anywhere.
"""

from __future__ import annotations

import numbers
from typing import Any

import keras
from keras import ops

from tftune.errors import UsageError
from tftune.models.augmentation import without_augmentation
from tftune.support.texts import shown

VIEWS = (1, 4, 8)


def check_views(views: object, height: int | None = None, width: int | None = None) -> None:
    """Refuses a number of views that there is not, or quarter turns of what is not square.

    Args:
        views: 1, 4 or 8.
        height: Rows of a picture.
        width: Columns of a picture.

    Raises:
        UsageError: If it is another number, or 8 for pictures that are not square.

    Example:
        >>> check_views(8, 64, 64)
    """
    if isinstance(views, bool) or not isinstance(views, numbers.Integral) or views not in VIEWS:
        raise UsageError(
            f"views must be one of {', '.join(map(str, VIEWS))}. Received: {shown(views)}. Pass "
            "for example views=8."
        )
    if views == 8 and height != width:
        raise UsageError(
            "Eight views turn a picture by quarters, so it must be square. Received: pictures of "
            f"{height} rows and {width} columns. Pass views=4, which are the flips alone."
        )


def views_of(pictures: Any, views: int) -> Any:
    """Returns the views of pictures, all of the first kind before all of the second.

    Args:
        pictures: (batch, height, width, channels).
        views: 1, 4 or 8.

    Returns:
        (views * batch, height, width, channels).

    Example:
        >>> picture = ops.reshape(ops.arange(4), (1, 2, 2, 1))  # 0 1 above 2 3
        >>> ops.reshape(views_of(picture, 4), (4, 4)).numpy().tolist()
        [[0, 1, 2, 3], [1, 0, 3, 2], [2, 3, 0, 1], [3, 2, 1, 0]]
    """
    found = [pictures] if views < 8 else [pictures, ops.transpose(pictures, (0, 2, 1, 3))]
    if views > 1:
        found = [_flipped(each, axes) for each in found for axes in ((), (2,), (1,), (1, 2))]
    return ops.concatenate(found, axis=0) if len(found) > 1 else pictures


def _flipped(pictures: Any, axes: tuple[int, ...]) -> Any:
    for axis in axes:  # one at a time: until 3.13 Keras takes no more
        pictures = ops.flip(pictures, axis)
    return pictures


def with_views(model: keras.Model, views: int) -> keras.Model:
    """Returns a model whose prediction is the mean of a model's predictions for the views of each
    picture; it has the same weights and is compiled alike.

    It is for predictions: train the model itself.

    Args:
        model: Of pictures (batch, height, width, channels), with one output (batch, ...).
        views: 1, 4 or 8; with 1 the model itself is returned.

    Raises:
        UsageError: If there is no such number of views, 8 for pictures that are not square, or it
            is no model of pictures with one output.

    Example:
        >>> pixels = keras.Input((2, 2, 1))
        >>> corner = keras.Model(pixels, keras.layers.Flatten()(pixels)[:, :1])
        >>> picture = ops.reshape(ops.arange(4.0), (1, 2, 2, 1))
        >>> float(corner(picture)[0, 0]), float(with_views(corner, 8)(picture)[0, 0])
        (0.0, 1.5)
    """
    check_views(views)
    if views == 1:
        return model
    ends = [len(getattr(model, name, None) or ()) for name in ("inputs", "outputs")]
    if ends != [1, 1] or len(model.inputs[0].shape) != 4:
        shapes = [tuple(each.shape) for each in getattr(model, "inputs", None) or ()]
        raise UsageError(
            "Views are of pictures. Expected a built model of one input (batch, height, width, "
            f"channels) and one output. Received: {shown(type(model).__name__)} with the inputs "
            f"{shapes} and {ends[1]} outputs. Pass views=1."
        )
    check_views(views, *model.inputs[0].shape[1:3])
    inputs = keras.Input(model.input_shape[1:], dtype=model.inputs[0].dtype, name="pixels")
    inner = keras.Model(model.inputs[0], model.outputs[0], name=f"{model.name}_of_a_view")
    inner = without_augmentation(inner)
    found = inner(views_of(inputs, views), training=False)
    apart = ops.reshape(found, (views, -1, *found.shape[1:]))
    viewed = keras.Model(inputs, ops.mean(apart, axis=0), name=model.name)
    if getattr(model, "compiled", False):
        viewed.compile_from_config(model.get_compile_config())
    return viewed
