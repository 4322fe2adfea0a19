"""Narrows a render to one part of the frame, and undoes it."""

# A quarter of a pixel beyond the edge: Blender cuts `border * size` down to whole pixels, and a
# quotient that floats just below an edge would lose a column.
INSIDE = 0.25


def not_possible(opened, part):
    """Why this part cannot be rendered without changing the picture; None when it can."""
    render = opened.scene.render
    if part["kind"] == "tile" and render.use_border and not render.use_crop_to_border:
        return (
            "The scene renders a region without cropping to it: tiles of it are not defined. "
            "Switch on 'Crop to Render Region', or switch the region off."
        )
    if part["kind"] == "samples" and render.engine != "CYCLES":
        return f"Engine {render.engine} cannot render a subset of the samples: only Cycles can."
    return None


class Narrowed:
    def __init__(self, opened, part):
        self._scene = opened.scene
        self._part = part
        self._format = opened.format
        self._kept = []

    def __enter__(self):
        if self._part["kind"] == "tile":
            self._tile(self._part["rect"])
        elif self._part["kind"] == "samples":
            self._samples(self._part["offset"], self._part["count"], self._part["total"])

    def __exit__(self, *_):
        for owner, name, value in reversed(self._kept):
            setattr(owner, name, value)

    def _set(self, owner, name, value):
        if hasattr(owner, name):
            self._kept.append((owner, name, getattr(owner, name)))
            setattr(owner, name, value)

    def _tile(self, rect):
        """`rect` counts pixels of the frame from its top left corner; Blender counts from the bottom."""
        render = self._scene.render
        width = render.resolution_x * render.resolution_percentage // 100
        height = render.resolution_y * render.resolution_percentage // 100
        left, bottom, frame_height = 0, 0, height
        if render.use_border:
            left, bottom = int(render.border_min_x * width), int(render.border_min_y * height)
            frame_height = int(render.border_max_y * height) - bottom
        left += rect["x"]
        bottom += frame_height - rect["y"] - rect["height"]
        # The old edges must not clamp the new ones: Blender keeps min below max.
        for name, value in (("border_min_x", 0), ("border_min_y", 0), ("border_max_x", 1), ("border_max_y", 1)):
            self._set(render, name, value)
        self._set(render, "border_max_x", min(1, (left + rect["width"] + INSIDE) / width))
        self._set(render, "border_max_y", min(1, (bottom + rect["height"] + INSIDE) / height))
        self._set(render, "border_min_x", (left + INSIDE) / width)
        self._set(render, "border_min_y", (bottom + INSIDE) / height)
        self._set(render, "use_border", True)
        self._set(render, "use_crop_to_border", True)

    def _samples(self, offset, count, total):
        cycles = self._scene.cycles
        if hasattr(cycles, "use_sample_subset"):  # newer Blender: the pattern follows the whole frame
            self._set(cycles, "use_sample_subset", True)
            self._set(cycles, "sample_subset_length", count)
            self._set(cycles, "samples", total)
        else:
            self._set(cycles, "samples", count)
        self._set(cycles, "sample_offset", offset)
        self._set(cycles, "use_layer_samples", "IGNORE")
        self._set(cycles, "time_limit", 0)
        # Both look at the neighbours or at the whole: they belong behind the merge.
        self._set(cycles, "use_adaptive_sampling", False)
        self._set(cycles, "use_denoising", False)
        if self._format in ("exr", "exr-multilayer"):
            self._set(self._scene.render.image_settings, "color_depth", "32")
