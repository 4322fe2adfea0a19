"""Applies the settings of a render to the open scene; what nobody asked for stays as the scene says."""

import bpy

import capabilities
from drivers import every_driver
from problem import refuse, warn

FORMATS = {
    "png": "PNG",
    "exr": "OPEN_EXR",
    "exr-multilayer": "OPEN_EXR_MULTILAYER",
    "jpeg": "JPEG",
    "tiff": "TIFF",
    "webp": "WEBP",
    "bmp": "BMP",
    "tga": "TARGA",
    "hdr": "HDR",
    "dpx": "DPX",
}
NAMES = {identifier: name for name, identifier in FORMATS.items()} | {"TARGA_RAW": "tga"}
# Scene-referred or logarithmic: shown as they are they would not look like Blender's own picture.
NOT_FOR_DISPLAY = ("exr", "exr-multilayer", "hdr", "dpx")
# Blender's limits of one side of a render, in pixels.
SMALLEST, LARGEST = 4, 65536


class Opened:
    """The scene that is open, with the settings applied."""

    def __init__(self, context, asked):
        self.scene = context.scene
        self.asked = asked
        self.problems = []
        self.format = "png"
        self.device = "cpu"
        self.sequences = []
        self.simulations = []

    def size(self):
        """Of the files that will be written, computed as Blender does."""
        render = self.scene.render
        width = render.resolution_x * render.resolution_percentage // 100
        height = render.resolution_y * render.resolution_percentage // 100
        if render.use_border and render.use_crop_to_border:
            width = int(render.border_max_x * width) - int(render.border_min_x * width)
            height = int(render.border_max_y * height) - int(render.border_min_y * height)
        return width, height

    def facts(self):
        render = self.scene.render
        width, height = self.size()
        return {
            "engine": render.engine,
            "width": width,
            "height": height,
            "fps": {"numerator": render.fps, "base": render.fps_base},
            "extension": render.file_extension,
            "format": self.format,
            "device": self.device,
            "animated": self.sequences != [] or _animated(),
        }


def _animated():
    """Something that moves by itself: keyframes, drivers, particles, simulations, films."""
    data = bpy.data
    if any(action.users for action in data.actions) or any(True for _ in every_driver()):
        return True
    if data.particles or data.movieclips or data.cache_files:
        return True
    moving = {"CLOTH", "SOFT_BODY", "FLUID", "DYNAMIC_PAINT", "OCEAN", "WAVE", "MESH_CACHE", "NODES"}
    return any(modifier.type in moving for item in data.objects for modifier in item.modifiers) or any(
        scene.rigidbody_world for scene in data.scenes
    )


def apply(context, asked, threads):
    opened = Opened(context, asked)
    render = opened.scene.render
    for scene in bpy.data.scenes:
        scene.render.threads_mode = "FIXED"
        scene.render.threads = threads
    # An existing or half-written file must never pass for a rendered one.
    render.use_overwrite = True
    render.use_placeholder = False
    render.use_file_extension = True
    _resolution(opened, asked.get("resolution"))
    _format(opened, asked.get("format"))
    _camera(opened, asked.get("camera"))
    _view_layer(opened, asked.get("viewLayer"))
    _samples(opened, asked.get("samples"))
    _device(opened, asked.get("device"))
    return opened


def _resolution(opened, asked):
    render = opened.scene.render
    if asked is None:
        return
    width, height, percent = render.resolution_x, render.resolution_y, 100
    if "width" in asked:
        width, height = asked["width"], asked["height"]
    elif float(asked["percent"]).is_integer():
        percent = int(asked["percent"])
    else:
        width, height = (round(side * asked["percent"] / 100) for side in (width, height))
    sides = (width * percent // 100, height * percent // 100)
    if min(sides) < SMALLEST or max(sides) > LARGEST:
        opened.problems.append(
            refuse(
                "resolution-not-possible",
                f"Blender cannot render {sides[0]}x{sides[1]} pixels: "
                f"ask for a resolution from {SMALLEST} to {LARGEST} on each side.",
            )
        )
        return
    render.resolution_x, render.resolution_y, render.resolution_percentage = width, height, percent


def _format(opened, asked):
    image = opened.scene.render.image_settings
    own = NAMES.get(image.file_format)
    opened.format = asked or own or "png"
    if asked is None and own is None:
        opened.problems.append(
            warn(
                "format-changed",
                f"The scene's output format {image.file_format} is no sequence of still images that Dropframe "
                "delivers: frames are rendered as PNG. Set `format` to choose another.",
            )
        )
    if opened.format == own:
        return
    mode = image.color_mode
    set_format(image, FORMATS[opened.format])
    try:
        image.color_mode = mode
    except TypeError:
        pass  # a format without alpha
    if image.file_format == "PNG":
        image.color_depth, image.compression = "8", 15  # Blender's own defaults


def set_format(image, identifier):
    # Since Blender 5.0 stills, multilayer files and movies are kinds of media that must be chosen first.
    if hasattr(image, "media_type"):
        image.media_type = "MULTI_LAYER_IMAGE" if identifier == "OPEN_EXR_MULTILAYER" else "IMAGE"
    image.file_format = identifier


def _camera(opened, asked):
    if asked is None:
        return
    scene = opened.scene
    camera = scene.objects.get(asked)
    if camera is None or camera.type != "CAMERA":
        cameras = sorted(item.name for item in scene.objects if item.type == "CAMERA")
        opened.problems.append(
            refuse(
                "camera-not-found",
                f"Scene '{scene.name}' has no camera '{asked}'. It has: {', '.join(cameras) or 'none'}.",
            )
        )
        return
    scene.camera = camera
    # A marker bound to a camera would switch back to it at its frame.
    for marker in scene.timeline_markers:
        marker.camera = None


def _view_layer(opened, asked):
    layers = opened.scene.view_layers
    if asked is not None and asked not in layers:
        names = ", ".join(layer.name for layer in layers)
        opened.problems.append(
            refuse(
                "view-layer-not-found",
                f"Scene '{opened.scene.name}' has no view layer '{asked}'. It has: {names}.",
            )
        )
    elif asked is not None:
        for layer in layers:
            layer.use = layer.name == asked
    elif not any(layer.use for layer in layers):
        opened.problems.append(
            refuse("no-view-layer", "Every view layer is switched off: name one with `viewLayer`.")
        )


def _samples(opened, asked):
    scene = opened.scene
    if asked is None:
        return
    if scene.render.engine == "CYCLES":
        scene.cycles.samples = asked
        scene.cycles.use_layer_samples = "IGNORE"
    elif scene.render.engine.startswith("BLENDER_EEVEE"):
        scene.eevee.taa_render_samples = asked
    else:
        opened.problems.append(
            warn(
                "samples-not-used",
                f"Engine {scene.render.engine} takes no number of samples; {asked} is ignored.",
            )
        )


def _device(opened, asked):
    engine = opened.scene.render.engine
    if engine != "CYCLES":
        opened.device = "opengl" if engine.startswith("BLENDER_") else engine.lower()
        if asked not in (None, "cpu"):
            opened.problems.append(
                refuse("device-not-used", f"Engine {engine} does not render on `device` {asked}: only Cycles does.")
            )
        return
    wants_gpu = asked != "cpu" and (asked is not None or opened.scene.cycles.device == "GPU")
    kinds = (asked.upper(),) if asked else capabilities.GPU_DEVICES
    kind = next((kind for kind in kinds if capabilities.gpus(kind)), None) if wants_gpu else None
    if kind is not None:
        _use_gpu(kind)
        opened.device = kind.lower()
    elif asked not in (None, "cpu"):
        opened.problems.append(
            refuse(
                "device-not-available",
                f"`device` {asked} was asked for, but this machine has no such device that Blender can use.",
            )
        )
    elif wants_gpu:
        opened.problems.append(
            warn(
                "gpu-not-used",
                "The scene asks for a GPU, but this machine has none that Blender can use: it renders on the CPU.",
            )
        )
    for scene in bpy.data.scenes:
        scene.cycles.device = "GPU" if kind else "CPU"


def _use_gpu(kind):
    preferences = capabilities.cycles_preferences()
    preferences.compute_device_type = kind
    preferences.get_devices()
    for device in preferences.devices:
        device.use = device.type == kind
