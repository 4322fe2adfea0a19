"""Paints the pictures on the frames of the zoetrope: a drop falls while the sun goes down, in 24 phases."""

import math

FRAMES = 24  # one second of film
CELL = (120, 80)  # pixels of one picture
GRID = (6, 4)


def mix(low, high, amount):
    return tuple(a + (b - a) * amount for a, b in zip(low, high))


def clamp(value):
    return min(1.0, max(0.0, value))


def paint(x, y, phase):
    """One point of one picture: a drop falls into still water while the sun goes down."""
    width, height = CELL
    middle = width / height / 2
    low = mix((0.99, 0.86, 0.62), (0.98, 0.48, 0.30), phase)
    color = mix(low, mix((0.10, 0.55, 0.62), (0.16, 0.12, 0.38), phase), clamp((y - 0.25) / 0.75) ** 0.8)

    sun = math.hypot(x - middle * 1.45, y - (0.86 - 0.68 * phase))
    color = mix(color, (1.0, 0.95, 0.80), clamp((0.13 - sun) * height * 0.7))
    water = clamp((0.27 - y) * height)
    color = mix(color, mix((0.05, 0.36, 0.42), (0.07, 0.09, 0.28), phase), water)

    fall = 1.05 - 1.6 * phase**2
    drop = math.hypot((x - middle) * (1.1 + 3 * clamp(y - fall)), y - fall)
    color = mix(color, (1.0, 0.99, 0.97), clamp((0.085 - drop) * height * 0.8) * clamp((y - 0.24) * height))
    since = phase - 0.70
    if since > 0:  # the drop has met the water
        ripple = abs(math.hypot((x - middle) * 0.55, (y - 0.14) * 2.0) - since * 1.3)
        color = mix(color, (0.98, 0.93, 0.86), clamp((0.022 - ripple) * height) * (1 - since * 2) * water)
    return color


def paint_strip():
    """All pictures in one: width, height, and RGBA from the lower left corner as Blender has it."""
    columns, rows = GRID
    width, height = CELL
    pixels = []
    for y in range(rows * height):
        for x in range(columns * width):
            phase = (y // height * columns + x // width) / FRAMES
            pixels.extend((*paint((x % width + 0.5) / height, (y % height + 0.5) / height, phase), 1.0))
    return columns * width, rows * height, pixels
