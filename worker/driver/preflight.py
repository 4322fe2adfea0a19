"""Finds, before anything is rendered, what Blender would pass over in silence and render wrongly."""

import bpy

import capabilities
import code_in_scene
import denoising
import files
import simulations
from nodes import compositor_tree
from problem import refuse


def inspect(opened, root):
    problems = []
    for look in (
        _version,
        _camera,
        _stereoscopy,
        _features,
        denoising.inspect,
        code_in_scene.inspect,
        simulations.inspect,
    ):
        problems.extend(look(opened))
    problems.extend(files.inspect(opened, root))
    return problems


def _version(_):
    if tuple(bpy.data.version[:2]) > tuple(bpy.app.version[:2]):
        saved, here = (".".join(map(str, version[:2])) for version in (bpy.data.version, bpy.app.version))
        yield refuse(
            "scene-too-new",
            f"The scene was saved by Blender {saved}; this is {here}, which would lose data without saying what. "
            f"Render it with Blender {saved} or newer.",
        )


def _camera(opened):
    """As Blender asks for one: not for a picture made of strips or of images alone."""
    scene = opened.scene
    editor = scene.sequence_editor
    strips = editor and (editor.strips_all if hasattr(editor, "strips_all") else editor.sequences_all)
    tree = compositor_tree(scene) if scene.render.use_compositing else None
    from_images = tree and not any(node.type == "R_LAYERS" for node in tree.nodes)
    if scene.camera is None and not (scene.render.use_sequencer and strips) and not from_images:
        yield refuse(
            "no-camera", f"Scene '{scene.name}' has no active camera: make one active, or name one with `camera`."
        )


def _stereoscopy(opened):
    if opened.scene.render.use_multiview:
        yield refuse(
            "stereoscopy",
            "The scene renders in stereo, which writes several pictures a frame: switch Stereoscopy off.",
        )


def _features(opened):
    have = capabilities.features()
    scene = opened.scene
    engine = scene.render.engine
    if engine == "CYCLES" and scene.cycles.shading_system and "osl" not in have:
        yield refuse(
            "osl-missing", "The scene uses Open Shading Language, but this Blender was built without it."
        )
    for cache in bpy.data.cache_files:
        needs = "usd" if ".usd" in cache.filepath.lower() else "alembic"
        if cache.users and needs not in have:
            yield refuse(
                f"{needs}-missing",
                f"Cache '{cache.name}' ({cache.filepath}) is {needs.upper() if needs == 'usd' else 'Alembic'}, "
                "but this Blender was built without it: use an official Blender.",
            )
    for volume in bpy.data.volumes:
        if volume.users and "openvdb" not in have:
            yield refuse(
                "openvdb-missing", f"Volume '{volume.name}' is OpenVDB, but this Blender was built without it."
            )
