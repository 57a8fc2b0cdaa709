"""Strong augmentation: one random view of each picture a step, whose strength is one number.

A view is one affine resampling and one affine change of the colours, which XLA compiles to a single
pass over the batch: a third of the time of Keras' own affine resampling with the same colours
behind it. With s the strength from 0 to 1 and u1, u2 ... drawn for each picture evenly from -1 to
1, the pixel at (x, y) from the centre of a view is taken from

    R(180 degrees s u1) (fx z sqrt(a) x, fy z / sqrt(a) y) + 0.1 s (u6 width, u7 height)

    z        the side of the section that is seen, evenly from 0.55 ** s to 1.1 ** s (u4)
    a        its aspect, 1.2 ** (2 s u5)
    fx, fy   -1 with the chance s / 2, else 1: flips (u2, u3)

with bilinear weights; R is a rotation, and beyond an edge the picture is reflected. A value p of
channel c, counted from 0 to 1, then becomes

    g_c b (m + k (p - m)), cut to 0 ... 1

    m        the mean of the view
    b, k     brightness 1 + 0.3 s u8, contrast 1 + 0.3 s u9
    g_c      the gain of the channel, 1 + 0.08 s u(10 + c)

At strength 1 a leaf lies at any angle, mirrored or not, and is seen from a third of its area to all
of it. The ranges are of a recipe that was measured by five-fold cross-validation on photographs of
bean leaves, in PyTorch: with 100 epochs and more, and a learning rate that falls to zero, they were
worth 5 to 9 points of accuracy; with 60 epochs flips alone were better. Views drawn anew each
epoch: Simard, Steinkraus & Platt (2003). Sections of random size and aspect: Szegedy et al. (2015),
section 6.
"""

from __future__ import annotations

import math
from typing import Any

import keras
import tensorflow as tf
from keras import ops

from tftune.errors import UsageError
from tftune.support.checks import check_number
from tftune.support.seeding import check_seed
from tftune.support.texts import shown

SECTION = (0.55, 1.1)  # least and greatest side of what is seen, as a share of the picture's
ASPECT, SHIFT = 1.2, 0.1
BRIGHTNESS, CONTRAST, GAIN = 0.3, 0.3, 0.08
DRAWN = 9  # numbers for a picture, besides the gain of each channel


@keras.saving.register_keras_serializable("tftune")
class Augmentation(keras.layers.Layer):
    """Shows another random view of each picture in each training step; predictions see the picture
    itself, as it is.

    The views are a function of the layer's seed and of how many batches it has seen. That count is
    one of the model's variables, so that a training which goes on from a checkpoint sees the views
    that it would have seen. Without a seed Keras draws one, which is the same after the same
    `keras.utils.set_random_seed`.

    Args:
        strength: From 0, which leaves every picture as it is, to 1.
        value_range: The values of black and of white.
        seed: Of the views; None draws one.
        **options: As for every layer of Keras.

    Raises:
        UsageError: If the strength is no number from 0 to 1, white not above black, the seed none
            from 0 to 2**31 - 1, or the input no pictures of known channels.

    Example:
        >>> layer = Augmentation(0.5, value_range=(0.0, 1.0), seed=0)
        >>> pictures = keras.random.uniform((2, 8, 8, 3), seed=1)
        >>> bool(ops.all(layer(pictures) == pictures))  # a prediction
        True
        >>> bool(ops.any(layer(pictures, training=True) == pictures))
        False
    """

    def __init__(
        self,
        strength: float = 1.0,
        value_range: tuple[float, float] = (0.0, 255.0),
        seed: int | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        check_number("strength", strength, 0, 1, example=0.5)
        if not isinstance(value_range, tuple | list) or len(value_range) != 2:
            raise UsageError(
                "value_range must be the two values of black and of white. Received: "
                f"{shown(value_range)}. Pass for example value_range=(0.0, 255.0)."
            )
        black, white = value_range
        check_number("black", black, example=0.0)
        check_number("white", white, float(black), above=True, example=float(black) + 1.0)
        if seed is not None:
            check_seed(seed)
        self.strength = float(strength)
        self.value_range = (float(black), float(white))
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Returns the pictures, in training a view of each; whole numbers become floats.

        Args:
            inputs: Numbers (batch, height, width, channels).
            training: Whether the model is trained.
        """
        _check_shape(inputs.shape)
        inputs = ops.cast(inputs, self.compute_dtype)
        if not training or not self.strength:
            return inputs
        shape = (ops.shape(inputs)[0], DRAWN + inputs.shape[-1])
        drawn = keras.random.uniform(shape, -1.0, 1.0, "float32", self.seed_generator)
        # tensors, for numbers would be constants of a graph each
        settings = [
            ops.convert_to_tensor(each, "float32") for each in (self.strength, *self.value_range)
        ]
        return _views(inputs, drawn, *settings)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Returns the shape of what comes in."""
        _check_shape(input_shape)
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Returns what the constructor takes."""
        own = {"strength": self.strength, "value_range": self.value_range, "seed": self.seed}
        return {**super().get_config(), **own}


def _check_shape(shape: Any) -> None:
    if len(shape) != 4 or shape[-1] is None:
        raise UsageError(
            "Augmentation shows views of pictures. Expected the shape (batch, height, width, "
            f"channels), with known channels. Received: {tuple(shape)}. Put the layer where the "
            "pictures are."
        )


def without_augmentation(model: keras.Model) -> keras.Model:
    """Returns a model without its augmentation, which predictions do not see: with the
    same layers and weights, not compiled, so that a file of it opens where there is no tftune.

    Args:
        model: Functional or sequential, built; one that has no `Augmentation` is returned itself.

    Example:
        >>> pixels = keras.Input((2, 2, 1))
        >>> model = keras.Model(pixels, keras.layers.Flatten()(Augmentation()(pixels)))
        >>> [type(layer).__name__ for layer in without_augmentation(model).layers]
        ['InputLayer', 'Flatten']
    """
    if not any(isinstance(layer, Augmentation) for layer in model.layers):
        return model

    if isinstance(model, keras.Sequential):  # which knows no calls
        model = keras.Model(model.inputs[0], model.outputs[0], name=model.name)

    def called(layer: Any, *arguments: Any, **options: Any) -> Any:
        if not isinstance(layer, Augmentation):
            return layer(*arguments, **options)
        known = keras.backend.standardize_dtype(arguments[0].dtype) == layer.compute_dtype
        return arguments[0] if known else ops.cast(arguments[0], layer.compute_dtype)

    return keras.models.clone_model(model, clone_function=lambda layer: layer, call_function=called)


def _show(pictures: Any, drawn: Any, strength: Any, black: Any, white: Any) -> Any:
    places = view_places(drawn, strength, *pictures.shape[1:3])
    return coloured(resampled(pictures, places), drawn, strength, (black, white))


_views = tf.function(_show, jit_compile=True, autograph=False)


def view_places(drawn: Any, strength: Any, height: int, width: int) -> Any:
    """Returns where the pixels of views come from, (batch, 6): with a row a, b, c, d, e, f of it,
    pixel (x, y) comes from (a x + b y + c, d x + e y + f).

    Args:
        drawn: Numbers from -1 to 1, (batch, 7 or more), u1 to u7 of the formula.
        strength: From 0 to 1.
        height: Rows of a picture.
        width: Columns of a picture.

    Example:
        >>> mirrored = ops.array([[0.0, 1.0, -1.0, 7 / 11, 0.0, 0.0, 0.0]])
        >>> places = view_places(mirrored, 1.0, 4, 4)  # x comes from 3 - x, y from y
        >>> [abs(round(float(place), 3)) for place in places[0]]
        [1.0, 0.0, 3.0, 0.0, 1.0, 0.0]
    """
    turn, mirror, tip, zoom, aspect, right, down = (drawn[:, number] for number in range(7))
    least, greatest = (ops.power(side, strength) for side in SECTION)
    section = least + (greatest - least) * (zoom + 1.0) / 2.0
    stretch = ops.exp(strength * math.log(ASPECT) * aspect)  # the root of the aspect
    across, along = section * stretch * _flips(mirror, strength), section / stretch
    along = along * _flips(tip, strength)
    cosine, sine = ops.cos(math.pi * strength * turn), ops.sin(math.pi * strength * turn)
    a, b, d, e = cosine * across, -sine * along, sine * across, cosine * along
    x, y = (width - 1) / 2.0, (height - 1) / 2.0  # the centre
    c = x + SHIFT * strength * width * right - a * x - b * y
    f = y + SHIFT * strength * height * down - d * x - e * y
    return ops.stack([a, b, c, d, e, f], axis=-1)


def _flips(chance: Any, strength: Any) -> Any:
    """Returns -1 where a number from -1 to 1 is in the upper `strength / 2` of these, else 1."""
    return ops.where(chance > 1.0 - strength, -1.0, 1.0)


def resampled(pictures: Any, places: Any) -> Any:
    """Returns pictures whose pixels come from other places: the bilinear mean of the four pixels
    around a place; beyond an edge the picture is reflected, `b a | a b c d | d c`.

    `keras.ops.image.affine_transform` is the same; XLA does not know it, and it finds each place
    once for each channel.

    Args:
        pictures: Floats (batch, height, width, channels).
        places: As `view_places` returns them.

    Example:
        >>> row = ops.array([[[[1.0], [2.0], [4.0]]]])
        >>> half_a_pixel = ops.array([[1.0, 0.0, 0.5, 0.0, 1.0, 0.0]])
        >>> resampled(row, half_a_pixel)[0, 0, :, 0].numpy().tolist()
        [1.5, 3.0, 4.0]
    """
    count = ops.shape(pictures)[0]
    height, width, channels = pictures.shape[1:]
    a, b, c, d, e, f = (places[:, number, None, None] for number in range(6))
    right = ops.arange(width, dtype="float32")[None, None, :]
    down = ops.arange(height, dtype="float32")[None, :, None]
    left, column, next_column = _neighbours(a * right + b * down + c, width)
    top, row, next_row = _neighbours(d * right + e * down + f, height)
    left, top = (ops.cast(weight, pictures.dtype)[..., None] for weight in (left, top))

    pixels = ops.reshape(pictures, (-1, channels))
    first = ops.arange(count, dtype="int32")[:, None, None] * height

    def along(row: Any) -> Any:
        begin = (first + row) * width
        found = ops.take(pixels, begin + column, axis=0)
        return found + left * (ops.take(pixels, begin + next_column, axis=0) - found)

    upper = along(row)
    return upper + top * (along(next_row) - upper)


def _neighbours(place: Any, size: int) -> tuple[Any, Any, Any]:
    """Returns the weight of the second of the two pixels around a place on an axis, and both."""
    place = size - 0.5 - ops.abs(size - ops.abs(place + 0.5))  # reflected at both edges
    place = ops.clip(place, 0.0, size - 1.0)
    before = ops.cast(place, "int32")
    return place - ops.cast(before, "float32"), before, ops.minimum(before + 1, size - 1)


def coloured(pictures: Any, drawn: Any, strength: Any, value_range: tuple[Any, Any]) -> Any:
    """Returns pictures of other brightness, contrast and colours.

    Args:
        pictures: Floats (batch, height, width, channels).
        drawn: Numbers from -1 to 1, (batch, 9 + channels), u1 to u9 of the formula and the gains'.
        strength: From 0 to 1.
        value_range: The values of black and of white.

    Example:
        >>> grey = ops.array([[[[0.25], [0.75]]]])
        >>> contrast = ops.array([[0.0] * 8 + [1.0, 0.0]])
        >>> seen = coloured(grey, contrast, 1.0, (0.0, 1.0))
        >>> [round(float(each), 3) for each in seen[0, 0, :, 0]]
        [0.175, 0.825]
    """
    black, white = value_range
    kind = pictures.dtype
    bright = 1.0 + BRIGHTNESS * strength * drawn[:, 7:8]
    bright = bright * (1.0 + GAIN * strength * drawn[:, DRAWN:])  # (batch, channels)
    contrast = 1.0 + CONTRAST * strength * drawn[:, 8:9]
    mean = ops.cast(ops.mean(pictures, axis=(1, 2, 3)), "float32")[:, None] - black
    # the formula, its brackets solved: one product and one sum for each value
    factor = bright * contrast
    summand = black + bright * (1.0 - contrast) * mean - factor * black
    factor, summand = (ops.cast(part, kind)[:, None, None, :] for part in (factor, summand))
    black, white = (ops.cast(end, kind) for end in value_range)
    return ops.minimum(ops.maximum(pictures * factor + summand, black), white)
