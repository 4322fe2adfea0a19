"""What this Blender can do, asked of Blender itself: what it was built with, and what is really there."""

import bpy

ENGINES = ("CYCLES", "BLENDER_EEVEE", "BLENDER_EEVEE_NEXT", "BLENDER_WORKBENCH")
# Fastest first: OptiX and CUDA drive the same cards.
GPU_DEVICES = ("OPTIX", "CUDA", "HIP", "METAL", "ONEAPI")


def probe():
    return {
        "version": list(bpy.app.version),
        "engines": engines(),
        "devices": ["cpu"] + [device.lower() for device in GPU_DEVICES if gpus(device)],
        "denoisers": denoisers(),
        "features": features(),
    }


def engines():
    """The engine property lists only the current engine, but takes every one that is registered."""
    render = bpy.context.scene.render
    before = render.engine
    found = []
    added = [getattr(kind, "bl_idname", "") for kind in bpy.types.RenderEngine.__subclasses__()]
    for engine in dict.fromkeys((*ENGINES, *added)):
        try:
            render.engine = engine
            found.append(engine)
        except TypeError:
            pass
    render.engine = before
    return found


def cycles():
    """Cycles' compiled half, where this Blender has it."""
    try:
        import _cycles
    except ImportError:
        return None
    return _cycles


def cycles_preferences():
    addon = bpy.context.preferences.addons.get("cycles")
    return addon.preferences if addon else None


def gpus(device):
    """Devices of this kind that answer, not those that the build could drive."""
    compiled = cycles()
    if compiled is None or cycles_preferences() is None:
        return []
    try:
        cycles_preferences().compute_device_type = device
    except TypeError:
        return []
    return [found for found in compiled.available_devices(device) if found[1] == device]


def denoisers():
    compiled = cycles()
    found = []
    if getattr(compiled, "with_openimagedenoise", False):
        found.append("OPENIMAGEDENOISE")
    if gpus("OPTIX"):
        found.append("OPTIX")
    return found


def features():
    build = bpy.app.build_options
    wanted = {"alembic": build.alembic, "usd": build.usd, "openvdb": build.openvdb, "osl": build.cycles_osl}
    return [name for name, built in wanted.items() if built]
